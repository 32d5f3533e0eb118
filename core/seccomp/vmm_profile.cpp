// SPDX-License-Identifier: Apache-2.0
// What Firecracker calls from its exec on, until each of its threads loads a filter of its own: what those
// filters allow, and what it takes to begin and to make a machine. A test compares it with Firecracker's own
// file, where that is at hand. The threads' filters only narrow this one.
#include "core/seccomp/call_lists.hpp"
#include "core/seccomp/profile_builder.hpp"

#include <cerrno>

#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace jailrun::seccomp {
namespace {

// Of a running machine, as Firecracker 1.17 has it; some with conditions there, which are left to its own
// filters.
constexpr std::string_view kRunning = R"(
accept4 brk clock_gettime close connect epoll_ctl epoll_pwait eventfd2 exit exit_group fcntl fstat fsync ftruncate
futex getrandom gettid io_uring_enter io_uring_register io_uring_setup lseek madvise memfd_create mincore mmap
mprotect mremap msync munmap newfstatat open openat read readv recvfrom recvmsg restart_syscall rt_sigaction
rt_sigprocmask rt_sigreturn sched_yield sendmsg sendto sigaltstack stat timerfd_create timerfd_settime tkill write
writev
)";

// Of libraries and the loader, and before there is a machine: sockets to listen on, files to open, threads to
// make, memory from a snapshot, filters to load.
constexpr std::string_view kBeginning = R"(
access arch_prctl bind clock_nanosleep dup dup2 dup3 epoll_create1 epoll_wait execve faccessat faccessat2
fallocate fdatasync getcwd getdents64 getegid geteuid getgid getpid getppid getrlimit getsockname getsockopt
getuid listen lstat nanosleep pipe pipe2 poll ppoll prctl pread64 preadv prlimit64 pwrite64 pwritev readlink
readlinkat rseq sched_getaffinity seccomp set_robust_list set_tid_address setsockopt shutdown statx sysinfo
tgkill timerfd_gettime uname unlink unlinkat userfaultfd
)";

}  // namespace

Profile firecracker_profile() {
  Profile profile;
  Policy& policy = profile.policy;
  policy.otherwise = SECCOMP_RET_ERRNO | EPERM;
  policy.foreign = SECCOMP_RET_KILL_PROCESS;
  policy.architectures = {kNative};
  ProfileBuilder builder(profile);
  for (const Call call : calls_in<count(kRunning)>(kRunning)) builder.add_rule(call, SECCOMP_RET_ALLOW);
  for (const Call call : calls_in<count(kBeginning)>(kBeginning)) builder.add_rule(call, SECCOMP_RET_ALLOW);
  const auto allow_if = [&](Call call, std::initializer_list<Condition> conditions) {
    builder.begin_conditions();
    for (const Condition& one : conditions) builder.add_condition(one);
    builder.add_rule(call, SECCOMP_RET_ALLOW);
  };
  // Its networks are tap devices, and the guest's vsock is Unix sockets here.
  allow_if(call_named("socket"), {{0, Comparing::kEqual, true, AF_UNIX, 0}});
  // KVM and tap have too many to name; but no input is put into the terminal that it was started from.
  allow_if(call_named("ioctl"),
           {{1, Comparing::kNotEqual, true, TIOCSTI, 0}, {1, Comparing::kNotEqual, true, TIOCLINUX, 0}});
  allow_if(call_named("clone"), {{0, Comparing::kMaskedEqual, false, 0, kNewNamespaces}});
  // Its flags are in memory, where no filter can see them; told so, C libraries call clone.
  builder.begin_conditions();
  builder.add_rule(call_named("clone3"), SECCOMP_RET_ERRNO | ENOSYS);
  return profile;
}

}  // namespace jailrun::seccomp
