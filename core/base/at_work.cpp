// SPDX-License-Identifier: Apache-2.0
#include "core/base/at_work.hpp"

#include "core/base/log.hpp"
#include "core/base/message.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// No more than a signal handler can read.
struct Worker {
  const char* kind = nullptr;  // null: no plugin is at work
  const char* name = "";
  size_t length = 0;
  const char* doing = "";
};
Worker worker;
pid_t watched = 0;  // the process whose way out a plugin must not take
int crash_report = -1;
char left_behind[128] = "";

std::function<void(const Error&)>& way_out() {
  static auto* const kInstance = new std::function<void(const Error&)>;  // outlives every destructor
  return *kInstance;
}

void on_exit() {
  if (worker.kind == nullptr) return;  // the runner's own
  const Error error =
      internal_error(std::string(worker.kind) + " " + std::string(worker.name, worker.length) +
                     " called exit() while " + worker.doing + ", which no plugin may");
  worker = {};
  const std::function<void(const Error&)> leave = std::exchange(way_out(), nullptr);
  if (leave) leave(error);
  log::error(message(error));
  _exit(1);
}

// Only what a signal handler may do. Nothing is rolled back: a memory that can't be relied on must not decide
// what root removes.
void on_crash(int number, siginfo_t* info, void*) {
  if (worker.kind != nullptr) {
    char text[512];
    const bool is_reported = crash_report >= 0;
    const int length = snprintf(text, sizeof text, "%s%s %.*s crashed by signal %d (%s) while %s%s%s",
                                is_reported ? "4 0 " : "jailrun: ", worker.kind,
                                static_cast<int>(worker.length), worker.name, number, sigabbrev_np(number),
                                worker.doing, is_reported ? "" : left_behind, is_reported ? "" : "\n");
    if (length > 0)
      (void)!write(is_reported ? crash_report : STDERR_FILENO, text,
                   std::min(static_cast<size_t>(length), sizeof text - 1));
  }
  // By default from here on. What the kernel sent is sent again once the same instruction runs, and abort()
  // sends its own again; anything else is not.
  if (info->si_code <= 0 && number != SIGABRT) kill(getpid(), number);
}

}  // namespace

void watch_plugins() {
  static bool is_watching = false;
  if (is_watching) return;
  is_watching = true;
  watch_exit();
  (void)std::at_quick_exit(on_exit);
  watched = getpid();
  // A plugin's own children may end as they like.
  pthread_atfork(nullptr, nullptr, [] { worker = {}; });
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_SIGINFO;
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigaction(number, &action, nullptr);
}

AtWork::AtWork(const char* kind, std::string_view name, const char* doing) {
  watch_plugins();
  worker = {kind, name.data(), name.size(), doing};
}

AtWork::~AtWork() { worker = {}; }

void watch_exit() { (void)std::atexit(on_exit); }

void set_way_out(std::function<void(const Error&)> leave) { way_out() = std::move(leave); }

void report_crashes_to(int fd) {
  crash_report = fd;
  watched = getpid();
}

void note_crash_leaves(const std::string& id) {
  snprintf(left_behind, sizeof left_behind, "; 'jailrun rm %s' removes what it had made", id.c_str());
}

void leave_process(int status) {
  // A child that a plugin made by vfork shares this memory, but not the process's number.
  if (worker.kind != nullptr && getpid() == watched) on_exit();
  for (;;) syscall(SYS_exit_group, status);
}

}  // namespace jailrun::core
