// SPDX-License-Identifier: Apache-2.0
#include "core/performing/guard.hpp"

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>

#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

std::function<void()>& stored_rollback() {
  static std::function<void()> instance;
  return instance;
}

// 1 while the first thread runs. The kernel clears it and wakes waiters when that thread
// exits: see set_tid_address(2).
std::atomic<int> first_thread_runs = 1;
pid_t guard = 0;
bool is_hurried = false;
static_assert(sizeof first_thread_runs == sizeof(int));

// The guard's stack, once it has one.
uintptr_t lowest_of_stack = 0;
uintptr_t end_of_stack = 0;

// The raw clone gives the guard the first thread's thread-local storage (errno, malloc's cache). That is
// sound because it makes nothing but this one system call until the first thread is gone.
int guard_main(void*) {
  while (first_thread_runs.load() != 0)
    syscall(SYS_futex, &first_thread_runs, FUTEX_WAIT, 1, nullptr, nullptr, 0);
  // A rollback may take long, and moves itself between groups.
  const sched_param none = {};
  if (is_hurried) syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &none);
  stored_rollback()();
  _exit(1);
}

// Of a thread's usual size, as release goes into plugins. Pages that are not touched cost nothing; the lowest
// can't be touched, so that what needs more crashes instead of writing over other memory.
Result<char*> make_stack() {
  constexpr size_t kGuardPage = 4096UL * 16;  // a page on every machine
  constexpr size_t kSize = 8UL * 1024 * 1024;
  void* const lowest = mmap(nullptr, kGuardPage + kSize, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (lowest == MAP_FAILED) return system_error(errno, "make the guard thread's stack");
  if (mprotect(lowest, kGuardPage, PROT_NONE) != 0)
    return system_error(errno, "make the guard thread's stack end");
  char* const end = static_cast<char*>(lowest) + kGuardPage + kSize;
  lowest_of_stack = reinterpret_cast<uintptr_t>(lowest);
  end_of_stack = reinterpret_cast<uintptr_t>(end);
  return end;
}

}  // namespace

Result<void> start_guard(std::function<void()> rollback) {
  JR_ASSIGN(char* const stack, make_stack());
  stored_rollback() = std::move(rollback);
  syscall(SYS_set_tid_address, &first_thread_runs);
  // Without CLONE_FS: root and working directory are the guard's own from the start.
  constexpr int kFlags = CLONE_VM | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
  guard = clone(guard_main, stack, kFlags, nullptr);
  if (guard < 0) return system_error(errno, "start the guard thread");
  return {};
}

void hurry_guard() {
  const sched_param lowest = {1};
  if (guard > 0) is_hurried = syscall(SYS_sched_setscheduler, guard, SCHED_FIFO, &lowest) == 0;
}

bool is_guard() {
  const char here = 0;
  const auto address = reinterpret_cast<uintptr_t>(&here);
  return address >= lowest_of_stack && address < end_of_stack;
}

void exit_first_thread() {
  for (;;) syscall(SYS_exit, 1);
}

}  // namespace jailrun::core
