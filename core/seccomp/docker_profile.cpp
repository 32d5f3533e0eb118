// SPDX-License-Identifier: Apache-2.0
// What Docker's default profile lets programs call, as of Docker 20.10.24, arranged by what it depends on. A test
// compares each verdict with that of Docker's own file, which a Debian package has. The compiler looks the names
// up: a launch reads no text.
#include "core/seccomp/call_lists.hpp"
#include "core/seccomp/profile_builder.hpp"

#include <cerrno>

#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/personality.h>

namespace jailrun::seccomp {
namespace {

// Whatever its capabilities. Names that only another architecture has make no difference.
constexpr std::string_view kAlways = R"(
_llseek _newselect accept accept4 access adjtimex alarm arch_prctl arm_fadvise64_64 arm_sync_file_range bind
breakpoint brk cacheflush capget capset chdir chmod chown chown32 clock_adjtime clock_adjtime64 clock_getres
clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 close close_range
connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait
epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2
fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchown fchown32 fchownat fcntl fcntl64
fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64
fsync ftruncate ftruncate64 futex futex_time64 futex_waitv futimesat get_robust_list get_thread_area getcpu
getcwd getdents getdents64 getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32
getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid getresgid32 getresuid
getresuid32 getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid getuid32 getxattr
inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents
io_pgetevents io_pgetevents_time64 io_setup io_submit io_uring_enter io_uring_register io_uring_setup ioctl
ioprio_get ioprio_set ipc kill landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown
lchown32 lgetxattr link linkat listen listxattr llistxattr lremovexattr lseek lsetxattr lstat lstat64
madvise membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap
mmap2 modify_ldt mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64
mq_timedsend mq_timedsend_time64 mq_unlink mremap msgctl msgget msgrcv msgsnd msync munlock munlockall
munmap nanosleep newfstatat open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 poll ppoll
ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_mrelease pselect6 pselect6_time64 ptrace
pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recv recvfrom recvmmsg recvmmsg_time64
recvmsg remap_file_pages removexattr rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction
rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity
sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64
sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select semctl semget
semop semtimedop semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto set_robust_list
set_thread_area set_tid_address set_tls setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups
setgroups32 setitimer setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32
setreuid setreuid32 setrlimit setsid setsockopt setuid setuid32 setxattr shmat shmctl shmdt shmget shutdown
sigaltstack signalfd signalfd4 sigprocmask sigreturn socket socketcall socketpair splice stat stat64 statfs
statfs64 statx symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time timer_create
timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create
timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate truncate64
ugetrlimit umask uname unlink unlinkat utime utimensat utimensat_time64 utimes vfork vmsplice wait4 waitid
waitpid write writev
)";

constexpr Call kClone = call_named("clone");
constexpr Call kClone3 = call_named("clone3");
constexpr Call kPersonality = call_named("personality");

// Those that programs ask for; 0xffffffff asks which one it is.
constexpr uint64_t kPersonalities[] = {PER_LINUX, PER_LINUX32, UNAME26, uint64_t{PER_LINUX32} | UNAME26,
                                       0xffffffff};

class Docker {
 public:
  Docker(const Circumstances& circumstances, Profile& profile)
      : circumstances_(circumstances), policy_(profile.policy), builder_(profile) {}

  void run() {
    set_defaults();
    allow(calls_in<count(kAlways)>(kAlways));
    for (const uint64_t one : kPersonalities) rule_if({0, Comparing::kEqual, false, one, 0}, kPersonality);

    with(CAP_DAC_READ_SEARCH, calls({"open_by_handle_at"}));
    with(CAP_SYS_ADMIN, calls({"bpf",
                               "clone",
                               "clone3",
                               "fanotify_init",
                               "fsconfig",
                               "fsmount",
                               "fsopen",
                               "fspick",
                               "lookup_dcookie",
                               "mount",
                               "mount_setattr",
                               "move_mount",
                               "name_to_handle_at",
                               "open_tree",
                               "perf_event_open",
                               "quotactl",
                               "quotactl_fd",
                               "setdomainname",
                               "sethostname",
                               "setns",
                               "syslog",
                               "umount",
                               "umount2",
                               "unshare"}));
    with(CAP_SYS_BOOT, calls({"reboot"}));
    with(CAP_SYS_CHROOT, calls({"chroot"}));
    with(CAP_SYS_MODULE, calls({"delete_module", "finit_module", "init_module"}));
    with(CAP_SYS_NICE, calls({"get_mempolicy", "mbind", "set_mempolicy"}));
    with(CAP_SYS_PACCT, calls({"acct"}));
    with(CAP_SYS_PTRACE,
         calls({"kcmp", "pidfd_getfd", "process_madvise", "process_vm_readv", "process_vm_writev"}));
    with(CAP_SYS_RAWIO, calls({"ioperm", "iopl"}));
    with(CAP_SYS_TIME, calls({"clock_settime", "settimeofday", "stime"}));
    with(CAP_SYS_TTY_CONFIG, calls({"vhangup"}));
    with(CAP_SYSLOG, calls({"syslog"}));

    if (has(CAP_SYS_ADMIN)) return;
    rule_if({0, Comparing::kMaskedEqual, false, 0, kNewNamespaces}, kClone);
    // Its flags are in memory, where no filter can see them; told so, C libraries call clone.
    builder_.begin_conditions();
    builder_.add_rule(kClone3, SECCOMP_RET_ERRNO | ENOSYS);
  }

 private:
  void set_defaults() {
    policy_.otherwise = SECCOMP_RET_ERRNO | EPERM;
    policy_.foreign = SECCOMP_RET_KILL_PROCESS;
    if constexpr (kNative == Architecture::kX86_64)
      policy_.architectures = {Architecture::kX86_64, Architecture::kX32, Architecture::kI386};
    else
      policy_.architectures = {Architecture::kAarch64, Architecture::kArm};
  }

  bool has(unsigned capability) const { return (circumstances_.capabilities >> capability & 1U) != 0; }

  template <size_t N>
  void allow(const std::array<Call, N>& calls) {
    builder_.begin_conditions();
    for (const Call call : calls) builder_.add_rule(call, SECCOMP_RET_ALLOW);
  }
  template <size_t N>
  void with(unsigned capability, const std::array<Call, N>& calls) {
    if (has(capability)) allow(calls);
  }
  void rule_if(const Condition& condition, Call call) {
    builder_.begin_conditions();
    builder_.add_condition(condition);
    builder_.add_rule(call, SECCOMP_RET_ALLOW);
  }

  const Circumstances& circumstances_;
  Policy& policy_;
  ProfileBuilder builder_;
};

}  // namespace

Profile docker_profile(const Circumstances& circumstances) {
  Profile profile;
  Docker(circumstances, profile).run();
  return profile;
}

}  // namespace jailrun::seccomp
