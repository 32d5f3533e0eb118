// SPDX-License-Identifier: Apache-2.0
#include "integration/sweep/tracer.hpp"

#include "integration/support/files.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <stdexcept>

#include <elf.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration::sweep {
namespace {

constexpr int kTimeLimitSeconds = 60;  // only a hang reaches it

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

long trace(int request, pid_t pid, uintptr_t address, uintptr_t data) {
  return syscall(SYS_ptrace, request, pid, address, data);
}

// The kernel skips a call whose number is -1.
void skip_call(pid_t pid) {
#if defined __x86_64__
  trace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), static_cast<uintptr_t>(-1));
#elif defined __aarch64__
  int number = -1;
  iovec part = {&number, sizeof number};
  trace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, reinterpret_cast<uintptr_t>(&part));
#else
#error "how is a system call skipped here?"
#endif
}

void set_result(pid_t pid, long result) {
#if defined __x86_64__
  trace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), static_cast<uintptr_t>(result));
#elif defined __aarch64__
  user_regs_struct registers{};
  iovec part = {&registers, sizeof registers};
  trace(PTRACE_GETREGSET, pid, NT_PRSTATUS, reinterpret_cast<uintptr_t>(&part));
  registers.regs[0] = static_cast<unsigned long long>(result);
  trace(PTRACE_SETREGSET, pid, NT_PRSTATUS, reinterpret_cast<uintptr_t>(&part));
#endif
}

std::string string_at(pid_t pid, uint64_t address) {
  char text[256] = "";
  // In two parts: the string may end just before a page that is not there.
  const size_t to_page_end = 4096 - address % 4096;
  const size_t first = std::min(sizeof text - 1, to_page_end);
  iovec local = {text, sizeof text - 1};
  const iovec remote[2] = {{reinterpret_cast<void*>(address), first},
                           {reinterpret_cast<void*>(address + first), sizeof text - 1 - first}};
  if (process_vm_readv(pid, &local, 1, remote, 2, 0) < 0) return "?";
  return text;
}

volatile sig_atomic_t time_is_over = 0;
void note_time(int) { time_is_over = 1; }

// SIGALRM ends a wait; without SA_RESTART it is not begun again.
class TimeLimit {
 public:
  TimeLimit() {
    time_is_over = 0;
    struct sigaction action {};
    action.sa_handler = note_time;
    sigaction(SIGALRM, &action, &before_);
    const itimerval timer = {{1, 0}, {kTimeLimitSeconds, 0}};
    setitimer(ITIMER_REAL, &timer, nullptr);
  }
  TimeLimit(const TimeLimit&) = delete;
  TimeLimit& operator=(const TimeLimit&) = delete;
  ~TimeLimit() {
    const itimerval off = {};
    setitimer(ITIMER_REAL, &off, nullptr);
    sigaction(SIGALRM, &before_, nullptr);
  }

 private:
  struct sigaction before_ {};
};

enum class Image { kRunner, kSupervisor, kInit, kProgram };

struct Task {
  size_t number = 0;
  Image image = Image::kRunner;
  bool in_main = false;  // past the dynamic loader
  bool faulted = false;
  std::map<long, size_t> counts;
};

class Tracer {
 public:
  Tracer(const std::vector<std::string>& argv, const std::optional<Fault>& fault) : fault_(fault) {
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int err = memfd_create("stderr", MFD_CLOEXEC);
    first_ = fork();
    if (first_ < 0) throw_errno("fork");
    if (first_ == 0) {
      raise(SIGSTOP);
      dup2(null, 0);
      dup2(null, 1);
      dup2(err, 2);
      std::vector<char*> words;
      for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
      words.push_back(nullptr);
      char* const no_environment[] = {nullptr};
      execve(words[0], words.data(), no_environment);
      _exit(127);
    }
    close(null);
    int status = 0;
    waitpid(first_, &status, WUNTRACED);
    constexpr int kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                             PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (trace(PTRACE_SEIZE, first_, 0, kOptions) != 0) throw_errno("trace the launch");
    kill(first_, SIGCONT);
    task(first_);
    watch();
    char text[8192];
    const ssize_t size = pread(err, text, sizeof text, 0);
    if (size > 0) traced_.err.assign(text, static_cast<size_t>(size));
    close(err);
  }

  TraceResult take() { return std::move(traced_); }

 private:
  Task& task(pid_t pid) {
    const auto found = tasks_.find(pid);
    if (found != tasks_.end()) return found->second;
    Task& made = tasks_[pid];
    made.number = next_++;
    made.in_main = made.number > 0;  // a copy of one that is: nothing forks before main
    return made;
  }

  void watch() {
    const TimeLimit limit;
    for (;;) {
      int status = 0;
      const pid_t pid = waitpid(-1, &status, __WALL);
      if (time_is_over != 0 && !traced_.hung) {
        traced_.hung = true;
        kill(-1, SIGKILL);  // in the pid namespace that is ours
      }
      if (pid < 0 && errno == EINTR) continue;
      if (pid < 0) return;  // all are gone
      if (WIFSTOPPED(status))
        go_on(pid, status);
      else
        note_end(pid, status);
    }
  }

  void note_end(pid_t pid, int status) {
    tasks_.erase(pid);
    if (pid != first_) return;
    if (WIFEXITED(status)) traced_.exit_status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) traced_.signal = WTERMSIG(status);
  }

  void go_on(pid_t pid, int status) {
    const int signal = WSTOPSIG(status);
    const int event = status >> 16;
    int deliver = 0;
    if (event == PTRACE_EVENT_EXEC) {
      see_exec(pid);
    } else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
      unsigned long made = 0;
      trace(PTRACE_GETEVENTMSG, pid, 0, reinterpret_cast<uintptr_t>(&made));
      const bool is_programs = task(pid).image == Image::kProgram;
      if (Task& child = task(static_cast<pid_t>(made)); is_programs) child.image = Image::kProgram;
    } else if (signal == (SIGTRAP | 0x80)) {
      see_call(pid);
    } else if (event == 0) {
      deliver = signal;
    } else {
      task(pid);  // the first stop of a new one
    }
    const bool watched = tasks_.count(pid) > 0 && tasks_[pid].image != Image::kProgram;
    trace(watched ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, static_cast<uintptr_t>(deliver));
  }

  void see_exec(pid_t pid) {
    Task& here = task(pid);
    const std::string name = read_file("/proc/" + std::to_string(pid) + "/comm");
    here.in_main = false;
    const bool is_runner = name == "jailrun\n" || name == "jailrun-dynamic\n" || name == "jailrun-command\n";
    const bool is_supervisor = name == "jailrun-supervi\n";
    // Executed by descriptor, whose number older kernels take for its name.
    const std::string words = read_file("/proc/" + std::to_string(pid) + "/cmdline");
    const bool is_init = words.rfind("jailrun-init", 0) == 0;
    const std::string first = words.substr(0, words.find('\0'));
    const bool is_helper = first.substr(first.rfind('/') + 1) == "background";
    here.image = is_runner       ? Image::kRunner
                 : is_supervisor ? Image::kSupervisor
                 : is_init       ? Image::kInit
                                 : Image::kProgram;
    if (is_init) init_ = pid;
    // The jail's, which the pid file names.
    if (here.image == Image::kProgram && !is_helper) traced_.program_pid = init_ != 0 ? init_ : pid;
  }

  void see_call(pid_t pid) {
    __ptrace_syscall_info info{};
    if (trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, reinterpret_cast<uintptr_t>(&info)) <= 0) return;
    Task& here = task(pid);
    if (here.image == Image::kProgram) return;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) enter_call(pid, here, info);
    if (info.op == PTRACE_SYSCALL_INFO_EXIT && here.faulted) {
      set_result(pid, -fault_->error);
      here.faulted = false;
    }
  }

  void enter_call(pid_t pid, Task& here, const __ptrace_syscall_info& info) {
    const auto number = static_cast<long>(info.entry.nr);
    const Call* const call = find_call(number);
    if (call == nullptr)
      throw std::runtime_error("sweep/calls.cpp does not know system call " + std::to_string(number));
    const size_t nth = ++here.counts[number];
    if (!here.in_main) here.in_main = begins_main(pid, here, *call, info);
    if (!fault_ && here.in_main) note_call(pid, here, *call, nth, info);
    if (!fault_ || here.number != fault_->site.task || call != fault_->site.call || nth != fault_->site.nth)
      return;
    traced_.reached = true;
    if (fault_->kind != FaultKind::kError) {
      kill(fault_->kind == FaultKind::kKill ? pid : -1, SIGKILL);
      return;
    }
    here.faulted = true;
    if (!call->done_all_the_same) skip_call(pid);
  }

  // A wait with WNOHANG is not interrupted, and a futex wake that wakes nobody is not an error.
  static bool can_fail(const Call& call, const __ptrace_syscall_info& info) {
    if (call.number == SYS_wait4) return (info.entry.args[2] & WNOHANG) == 0;
    if (call.number == SYS_waitid) return (info.entry.args[3] & WNOHANG) == 0;
    return call.number != SYS_futex || (static_cast<int>(info.entry.args[1]) & FUTEX_CMD_MASK) == FUTEX_WAIT;
  }

  // The first call of each program's main.
  static bool begins_main(pid_t pid, const Task& here, const Call& call, const __ptrace_syscall_info& info) {
    if (here.image == Image::kInit) return true;
    if (here.image == Image::kSupervisor) return call.number == SYS_signalfd4;
    // It asks how many descriptors there are before it lists them.
    return (call.number == SYS_newfstatat || call.number == SYS_openat) &&
           string_at(pid, info.entry.args[1]) == "/proc/self/fd";
  }

  void note_call(pid_t pid, const Task& here, const Call& call, size_t nth,
                 const __ptrace_syscall_info& info) {
    std::string text =
        "process " + std::to_string(here.number) + ": " + call.name + "#" + std::to_string(nth);
    if (call.path >= 0) text += " " + string_at(pid, info.entry.args[call.path]);
    traced_.calls.push_back({{here.number, &call, nth},
                             can_fail(call, info) ? call.errors : std::vector<int>(),
                             tasks_.size() == 1,
                             text});
  }

  const std::optional<Fault>& fault_;
  pid_t first_ = 0;
  size_t next_ = 0;
  std::map<pid_t, Task> tasks_;
  pid_t init_ = 0;
  TraceResult traced_;
};

}  // namespace

TraceResult run_traced(const std::vector<std::string>& argv, const std::optional<Fault>& fault) {
  return Tracer(argv, fault).take();
}

}  // namespace jailrun::integration::sweep
