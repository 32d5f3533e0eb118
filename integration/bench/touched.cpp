// SPDX-License-Identifier: Apache-2.0
// A launch's own memory, looked at where it ends: at the entry of the exec of its program.
#include "integration/bench/footprint.hpp"
#include "integration/support/files.hpp"

#include <cerrno>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration::bench {
namespace {

// Not by glibc, whose header and the kernel's exclude each other.
long trace(int request, pid_t pid, uintptr_t address, const void* data) {
  return syscall(SYS_ptrace, request, pid, address, data);
}

Touched touched_by(pid_t pid) {
  const std::string directory = "/proc/" + std::to_string(pid);
  // The name may hold blanks; behind it: state, ppid, pgrp, session, tty, tpgid, flags, minflt.
  const std::string stat = read_file(directory + "/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int field = 0; field < 7; ++field) fields >> skipped;
  Touched touched;
  fields >> touched.faults;
  const std::string status = read_file(directory + "/status");
  const std::string peak = "VmHWM:";
  touched.peak_kib = std::stoul(status.substr(status.find(peak) + peak.size()));
  return touched;
}

bool is_at_exec(pid_t pid) {
  ptrace_syscall_info info{};
  return trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0 &&
         info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_execve;
}

[[noreturn]] void become(const Strings& launch) {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : {0, 1, 2}) dup2(null, stream);
  close_range(3, ~0U, 0);
  std::vector<char*> words;
  for (const std::string& word : launch) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  char* const no_environment[] = {nullptr};
  raise(SIGSTOP);
  execve(words[0], words.data(), no_environment);
  _exit(127);
}

}  // namespace

// Only the thread that becomes the program is traced; what the kernel counts is the whole process's.
Touched touched_before_exec(const Strings& launch) {
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
  if (pid == 0) become(launch);
  int status = 0;
  waitpid(pid, &status, WUNTRACED);
  if (trace(PTRACE_SEIZE, pid, 0, reinterpret_cast<void*>(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) != 0)
    throw std::runtime_error(std::string("trace the launch: ") + std::strerror(errno));
  kill(pid, SIGCONT);
  Touched before;  // what the child of this process has touched
  Touched last;
  size_t execs = 0;
  while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
    const int signal = WSTOPSIG(status);
    if (signal == (SIGTRAP | 0x80) && is_at_exec(pid)) (execs++ == 0 ? before : last) = touched_by(pid);
    const bool is_signal = status >> 16 == 0 && signal != (SIGTRAP | 0x80) && signal != SIGTRAP;
    trace(PTRACE_SYSCALL, pid, 0, reinterpret_cast<void*>(is_signal ? uintptr_t(signal) : 0));
  }
  if (execs < 2 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("the launch whose page faults were to be counted has failed");
  last.faults -= before.faults;
  return last;
}

}  // namespace jailrun::integration::bench
