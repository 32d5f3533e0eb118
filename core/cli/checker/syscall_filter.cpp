// SPDX-License-Identifier: Apache-2.0
#include "core/cli/checker/syscall_filter.hpp"

#include "core/cli/checker/forbidden_call.hpp"
#include "core/sys/fd.hpp"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <vector>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::core::cli::checker {
namespace {

struct Call {
  uint32_t number;
  const char* name;
};

#define JAILRUN_CALL(name) \
  { SYS_##name, #name }

// The system calls that can change the host, or another process, whatever their arguments are.
constexpr Call kChanges[] = {
#ifdef SYS_mkdir  // the older forms, which not every architecture has
    JAILRUN_CALL(mkdir),         JAILRUN_CALL(rmdir),        JAILRUN_CALL(unlink),
    JAILRUN_CALL(rename),        JAILRUN_CALL(link),         JAILRUN_CALL(symlink),
    JAILRUN_CALL(mknod),         JAILRUN_CALL(chmod),        JAILRUN_CALL(chown),
    JAILRUN_CALL(lchown),        JAILRUN_CALL(creat),        JAILRUN_CALL(utime),
    JAILRUN_CALL(utimes),        JAILRUN_CALL(futimesat),    JAILRUN_CALL(fork),
    JAILRUN_CALL(vfork),
#endif
    JAILRUN_CALL(mkdirat),       JAILRUN_CALL(unlinkat),     JAILRUN_CALL(renameat2),
#ifdef SYS_renameat
    JAILRUN_CALL(renameat),
#endif
    JAILRUN_CALL(linkat),        JAILRUN_CALL(symlinkat),    JAILRUN_CALL(mknodat),
    JAILRUN_CALL(fchmod),        JAILRUN_CALL(fchmodat),     JAILRUN_CALL(fchown),
    JAILRUN_CALL(fchownat),      JAILRUN_CALL(truncate),     JAILRUN_CALL(ftruncate),
    JAILRUN_CALL(fallocate),     JAILRUN_CALL(utimensat),    JAILRUN_CALL(setxattr),
    JAILRUN_CALL(lsetxattr),     JAILRUN_CALL(fsetxattr),    JAILRUN_CALL(removexattr),
    JAILRUN_CALL(lremovexattr),  JAILRUN_CALL(fremovexattr), JAILRUN_CALL(mount),
    JAILRUN_CALL(umount2),       JAILRUN_CALL(move_mount),   JAILRUN_CALL(fsmount),
    JAILRUN_CALL(mount_setattr), JAILRUN_CALL(pivot_root),   JAILRUN_CALL(chroot),
    JAILRUN_CALL(setns),         JAILRUN_CALL(unshare),      JAILRUN_CALL(execve),
    JAILRUN_CALL(execveat),      JAILRUN_CALL(kill),         JAILRUN_CALL(sethostname),
    JAILRUN_CALL(setdomainname), JAILRUN_CALL(settimeofday), JAILRUN_CALL(clock_settime),
    JAILRUN_CALL(swapon),        JAILRUN_CALL(swapoff),      JAILRUN_CALL(reboot),
    JAILRUN_CALL(init_module),   JAILRUN_CALL(finit_module), JAILRUN_CALL(delete_module),
    JAILRUN_CALL(quotactl),
};

// O_TMPFILE contains O_DIRECTORY, which is harmless. So is O_RDWR: devices are queried through it.
constexpr uint32_t kChangingOpenFlags = O_CREAT | O_TRUNC | O_APPEND | O_WRONLY | (O_TMPFILE & ~O_DIRECTORY);

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

const Reporter* the_reporter = nullptr;

const char* name_of(int number) {
  for (const Call& call : kChanges)
    if (call.number == static_cast<uint32_t>(number)) return call.name;
  if (number == SYS_clone) return "clone, to create a process";
  if (number == SYS_openat) return "openat, to write";
#ifdef SYS_open
  if (number == SYS_open) return "open, to write";
#endif
  return "another system call";
}

void on_change(int, siginfo_t* info, void*) {
  the_reporter->finish(failed(forbidden_call("the stage", info->si_syscall)));
  _exit(0);  // no further line of the plugin runs
}

class Filter {
 public:
  // `forbidden`: what is done with a system call that is not to be made.
  explicit Filter(uint32_t forbidden) : forbidden_(forbidden) {
    add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
    filter_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
    add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  }
  void answer(uint32_t number, uint32_t with) {
    filter_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
    add(BPF_RET | BPF_K, with);
  }
  // Traps if the argument has one of the bits set, or if it has none of them.
  void trap_by_bits(uint32_t number, int argument, uint32_t bits, bool where_set) {
    const uint8_t if_set = where_set ? 0 : 1;  // how many statements are skipped
    const uint8_t if_not = where_set ? 1 : 0;
    const auto place =
        static_cast<uint32_t>(offsetof(seccomp_data, args)) + 8U * static_cast<uint32_t>(argument);
    filter_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4));
    add(BPF_LD | BPF_W | BPF_ABS, place);  // the lower half: both machines are little-endian
    filter_.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, if_set, if_not));
    add(BPF_RET | BPF_K, forbidden_);
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  }
  void forbid(uint32_t number) { answer(number, forbidden_); }
  // -1, or what `flags` asks for.
  int install(unsigned flags) {
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const sock_fprog program = {static_cast<unsigned short>(filter_.size()), filter_.data()};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
  }

 private:
  void add(uint16_t code, uint32_t operand) { filter_.push_back(BPF_STMT(code, operand)); }
  uint32_t forbidden_;
  std::vector<sock_filter> filter_;
};

// The filter with all that it forbids.
Filter complete(uint32_t forbidden) {
  Filter filter(forbidden);
  for (const Call& call : kChanges) filter.forbid(call.number);
#ifdef SYS_open
  filter.trap_by_bits(SYS_open, 1, kChangingOpenFlags, true);
#endif
  filter.trap_by_bits(SYS_openat, 2, kChangingOpenFlags, true);
  filter.trap_by_bits(SYS_clone, 0, CLONE_THREAD, false);  // the number of threads is checked elsewhere
  // No filter sees its flags. Newer libcs try it first for threads, system and posix_spawn, and fall back to
  // clone.
  filter.answer(SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
  return filter;
}

}  // namespace

std::string forbidden_call(const std::string& during, int number) {
  return during + " calls " + name_of(number) + ", which changes the host: plan an action instead";
}

Result<void> forbid_changes(const Reporter& reporter, const std::string& during) {
  reporter.running(during);
  // The checker is asked about what is forbidden. A signal would not do: newer libcs block all of them around
  // the clone of fork, system and posix_spawn, and the kernel then kills the process without a word.
  const UniqueFd listener(complete(SECCOMP_RET_USER_NOTIF).install(SECCOMP_FILTER_FLAG_NEW_LISTENER));
  if (listener) {
    if (reporter.hand_over(listener.get())) return {};
    return system_error(errno, "pass on the descriptor of the system call filter");
  }
  // A kernel before 5.0, or a container whose runtime listens already, and there can be one only.
  the_reporter = new Reporter(reporter);  // as long as the process
  struct sigaction action {};
  action.sa_sigaction = on_change;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSYS, &action, nullptr);
  if (complete(SECCOMP_RET_TRAP).install(0) != 0) return system_error(errno, "forbid system calls");
  return {};
}

}  // namespace jailrun::core::cli::checker
