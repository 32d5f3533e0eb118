// SPDX-License-Identifier: Apache-2.0
#include "core/cli/checker/syscall_filter.hpp"

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

const char* running_function = "";
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

// No further line of the plugin runs.
void on_change(int, siginfo_t* info, void*) {
  the_reporter->finish(failed(std::string(running_function) + " calls " + name_of(info->si_syscall) +
                              ", which changes the host: plan an action instead"));
  _exit(0);
}

class Filter {
 public:
  Filter() {
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
    add(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  }
  bool install() {
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const sock_fprog program = {static_cast<unsigned short>(filter_.size()), filter_.data()};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  }

 private:
  void add(uint16_t code, uint32_t operand) { filter_.push_back(BPF_STMT(code, operand)); }
  std::vector<sock_filter> filter_;
};

}  // namespace

void set_running_function(const char* during) { running_function = during; }

Result<void> forbid_changes(const Reporter& reporter, const char* during) {
  the_reporter = new Reporter(reporter);  // as long as the process
  running_function = during;
  struct sigaction action {};
  action.sa_sigaction = on_change;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSYS, &action, nullptr);
  Filter filter;
  for (const Call& call : kChanges) filter.answer(call.number, SECCOMP_RET_TRAP);
#ifdef SYS_open
  filter.trap_by_bits(SYS_open, 1, kChangingOpenFlags, true);
#endif
  filter.trap_by_bits(SYS_openat, 2, kChangingOpenFlags, true);
  filter.trap_by_bits(SYS_clone, 0, CLONE_THREAD, false);  // the number of threads is checked elsewhere
  filter.answer(SYS_clone3,
                SECCOMP_RET_ERRNO | ENOSYS);  // no filter sees its flags; libc falls back to clone
  if (!filter.install()) return system_error(errno, "forbid system calls");
  return {};
}

}  // namespace jailrun::core::cli::checker
