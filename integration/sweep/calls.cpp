// SPDX-License-Identifier: Apache-2.0
#include "integration/sweep/calls.hpp"

#include <algorithm>
#include <cerrno>

#include <sys/syscall.h>

namespace jailrun::integration::sweep {
namespace {

#define CALL(name) SYS_##name, #name

// Errors of the host's state, of its limits and of a policy module. Not those of wrong arguments (EFAULT,
// EBADF), which the same call would give each time; not ENOENT and the like for a path that is there; not
// EBUSY for a cgroup, which says that another jail is in it. brk tells a failure by a break that has not
// moved, and malloc then goes another way.
const std::vector<Call>& table() {
  static const std::vector<Call> kCalls = {
      // Files
      {CALL(openat), {EMFILE, ENFILE, ENOMEM, EIO, EACCES, EINTR}, 1},
      {CALL(openat2), {ENOSYS, EAGAIN, EMFILE, ENOMEM, EIO, EACCES}, 1},
      {CALL(close), {EIO, EINTR}, -1, true},
      {CALL(close_range), {ENOSYS, EMFILE, ENOMEM}},
      {CALL(read), {EIO, EINTR}},
      {CALL(pread64), {EIO}},
      {CALL(write), {ENOSPC, EIO, EINTR}},
      {CALL(writev), {ENOSPC, EIO, EINTR}},
      {CALL(pwrite64), {ENOSPC, EIO, EINTR}},
      {CALL(ftruncate), {ENOSPC, EIO, EINTR}},
      {CALL(lseek), {}},
      {CALL(memfd_create), {EMFILE, ENFILE, ENOMEM}},
      {CALL(copy_file_range), {ENOSYS, EXDEV, EOPNOTSUPP, ENOSPC, EIO, ENOMEM, EINTR}},
      {CALL(ftruncate), {EIO, ENOSPC, EINTR}},
      {CALL(sendfile), {EIO, ENOMEM, ENOSPC}},
      {CALL(ioctl), {EIO, ENOSPC, EOPNOTSUPP, ENOTTY}},
      {CALL(fcntl), {EMFILE, ENOMEM}},
      {CALL(flock), {ENOLCK, EINTR, EWOULDBLOCK}},
      {CALL(fstat), {ENOMEM, EIO}},
      {CALL(newfstatat), {ENOMEM, EIO, EACCES}, 1},
      {CALL(statx), {ENOMEM, EIO, EACCES}, 1},
      {CALL(statfs), {EIO, ENOMEM, ENOSYS}, 0},
      {CALL(fstatfs), {EIO, ENOMEM, ENOSYS}},
      {CALL(faccessat), {EIO, ENOMEM, EACCES}, 1},
      {CALL(faccessat2), {EIO, ENOMEM, EACCES}, 1},
      {CALL(readlinkat), {EIO, ENOMEM, EACCES}, 1},
      {CALL(getdents64), {EIO, ENOMEM}},
      {CALL(getcwd), {ENOMEM, ENOENT}},
      {CALL(mkdirat), {ENOSPC, EDQUOT, EROFS, ENOMEM, EIO, EACCES}, 1},
      {CALL(mknodat), {ENOSPC, EDQUOT, EROFS, EPERM, EIO}, 1},
      {CALL(symlinkat), {ENOSPC, EROFS, EIO}, 2},
      {CALL(linkat), {ENOSPC, EMLINK, EPERM, EIO}, 3},
      {CALL(renameat2), {ENOSPC, EINVAL, EIO, ENOMEM}, 3},
      {CALL(renameat), {ENOSPC, EIO, ENOMEM}, 3},
      {CALL(unlinkat), {EIO, EBUSY, EROFS, ENOMEM}, 1},
      {CALL(fchownat), {EPERM, EIO, EDQUOT, EROFS}, 1},
      {CALL(fchown), {EPERM, EIO, EDQUOT}},
      {CALL(fchmodat), {EPERM, EIO, EROFS}, 1},
      {CALL(fchmod), {EPERM, EIO}},
      {CALL(fsetxattr), {ENOSPC, EOPNOTSUPP, EPERM}},
      {CALL(setxattr), {ENOSPC, EOPNOTSUPP, EPERM}, 0},
      {CALL(fgetxattr), {EIO, ENOMEM}},
      {CALL(getxattr), {EIO, ENOMEM}, 0},
      {CALL(dup3), {EBUSY, EMFILE}},
      {CALL(pipe2), {EMFILE, ENFILE}},
      {CALL(socket), {EMFILE, ENFILE, ENOMEM, EACCES}},
      {CALL(socketpair), {EMFILE, ENFILE, ENOMEM}},
      {CALL(sendto), {ENOMEM, ENOBUFS, EINTR}},
      {CALL(recvfrom), {ENOMEM, EINTR}},
      {CALL(sendmsg), {ENOMEM, ENOBUFS, EINTR}},
      {CALL(recvmsg), {ENOMEM, EINTR}},
      {CALL(shutdown), {}},
      {CALL(fsync), {EIO, ENOSPC}},
      {CALL(fdatasync), {EIO, ENOSPC}},
      {CALL(fchdir), {EACCES, EIO}},
      {CALL(chdir), {EACCES, EIO}, 0},
      {CALL(umask), {}},
      {CALL(bpf), {EPERM, ENOMEM, EINVAL}},
      // Mounts and namespaces
      {CALL(mount), {ENOMEM, EPERM, EBUSY, EINVAL}, 1},
      {CALL(umount2), {EBUSY, EPERM, EINVAL}, 0},
      {CALL(pivot_root), {EBUSY, EPERM, EINVAL}, 0},
      {CALL(open_tree), {ENOMEM, EMFILE, EPERM, ENOSYS}, 1},
      {CALL(move_mount), {EPERM, EBUSY, ENOMEM, EINVAL}, 1},
      {CALL(mount_setattr), {ENOSYS, EPERM, EINVAL}, 1},
      {CALL(fsopen), {EMFILE, ENOMEM, EPERM, ENOSYS}, 0},
      {CALL(fsconfig), {ENOMEM, EINVAL, EPERM}},
      {CALL(fsmount), {EMFILE, ENOMEM, EPERM}},
      {CALL(unshare), {ENOMEM, EPERM, ENOSPC, EINVAL}},
      {CALL(setns), {ENOMEM, EPERM, EINVAL}},
      {CALL(sethostname), {EPERM}},
      {CALL(setdomainname), {EPERM}},
      {CALL(chroot), {EPERM, EACCES}, 0},
      // Processes
      {CALL(clone), {EAGAIN, ENOMEM}},
      {CALL(clone3), {EAGAIN, ENOMEM, ENOSPC, ENOSYS}},
      {CALL(execve), {ENOMEM, E2BIG, EACCES, EIO, ETXTBSY}, 0},
      {CALL(execveat), {ENOMEM, EACCES, EIO, ENOSYS}},
      {CALL(wait4), {EINTR}},
      {CALL(ptrace), {EPERM}},
      {CALL(memfd_create), {EMFILE, ENOMEM}},
      {CALL(pidfd_getfd), {EPERM, EMFILE}},
      {CALL(waitid), {EINTR}},
      {CALL(pidfd_open), {EMFILE, ENOMEM, ESRCH}},
      {CALL(pidfd_send_signal), {EPERM, ESRCH}},
      {CALL(kill), {EPERM, ESRCH}},
      {CALL(tgkill), {}},
      {CALL(setsid), {EPERM}},
      {CALL(seccomp), {ENOMEM, ENOSYS, EACCES}},
      {CALL(landlock_create_ruleset), {EMFILE, ENOMEM, EOPNOTSUPP, ENOSYS}},
      {CALL(landlock_add_rule), {ENOMEM, EOPNOTSUPP, EINVAL}},
      {CALL(landlock_restrict_self), {E2BIG, ENOMEM, EPERM, EOPNOTSUPP}},
      {CALL(prctl), {EPERM}},
      {CALL(setresuid), {EAGAIN, EPERM, ENOMEM}},
      {CALL(setresgid), {EPERM, ENOMEM}},
      {CALL(setgroups), {ENOMEM, EPERM}},
      {CALL(getgroups), {}},
      {CALL(capget), {EPERM}},
      {CALL(capset), {EPERM}},
      {CALL(prlimit64), {EPERM}},
      {CALL(sched_setaffinity), {EINVAL, ENOMEM}},
      {CALL(sched_getaffinity), {ENOSYS}},
      {CALL(set_mempolicy), {ENOMEM, EINVAL}},
      {CALL(sched_getscheduler), {EPERM}},
      {CALL(sched_setscheduler), {EPERM}},
      {CALL(sched_getparam), {EPERM}},
      {CALL(getpriority), {EPERM}},
      {CALL(setpriority), {EACCES}},
      {CALL(ioprio_get), {EPERM}},
      {CALL(ioprio_set), {EPERM}},
      {CALL(personality), {}},
      {CALL(keyctl), {ENOSYS, EDQUOT, ENOMEM}},
      {CALL(setitimer), {}},
      {CALL(exit), {}},
      {CALL(exit_group), {}},
      {CALL(getpid), {}},
      {CALL(getppid), {}},
      {CALL(gettid), {}},
      {CALL(getuid), {}},
      {CALL(geteuid), {}},
      {CALL(getgid), {}},
      {CALL(getegid), {}},
      {CALL(getsid), {}},
      {CALL(set_tid_address), {}},
      {CALL(set_robust_list), {ENOSYS}},
      {CALL(rseq), {ENOSYS}},
      {CALL(uname), {}},
      {CALL(sysinfo), {}},
      // Signals and time
      {CALL(rt_sigaction), {}},
      {CALL(rt_sigprocmask), {}},
      {CALL(rt_sigreturn), {}},
      {CALL(signalfd4), {EMFILE, ENFILE, ENOMEM}},
      {CALL(rt_sigtimedwait), {EINTR, EAGAIN}},
      {CALL(ppoll), {EINTR, ENOMEM}},
      {CALL(futex), {EINTR, EAGAIN}},
      {CALL(restart_syscall), {}},
      {CALL(nanosleep), {EINTR}},
      {CALL(clock_nanosleep), {EINTR}},
      {CALL(clock_gettime), {}},
      {CALL(getrandom), {EINTR, ENOSYS}},
      // Memory
      {CALL(brk), {}},
      {CALL(mmap), {ENOMEM, ENFILE}},
      {CALL(munmap), {ENOMEM}},
      {CALL(mprotect), {ENOMEM}},
      {CALL(madvise), {ENOMEM}},
      {CALL(mremap), {ENOMEM}},
#ifdef __x86_64__
      // The older names, which libc still uses where the architecture has them.
      {CALL(open), {EMFILE, ENFILE, ENOMEM, EIO, EACCES}, 0},
      {CALL(stat), {ENOMEM, EIO, EACCES}, 0},
      {CALL(lstat), {ENOMEM, EIO, EACCES}, 0},
      {CALL(access), {EIO, ENOMEM, EACCES}, 0},
      {CALL(readlink), {EIO, ENOMEM, EACCES}, 0},
      {CALL(mkdir), {ENOSPC, EDQUOT, EROFS, ENOMEM, EIO, EACCES}, 0},
      {CALL(rmdir), {EIO, EROFS, ENOMEM}, 0},
      {CALL(symlink), {ENOSPC, EROFS, EIO}, 1},
      {CALL(rename), {ENOSPC, EIO, ENOMEM}, 1},
      {CALL(unlink), {EIO, EBUSY, EROFS, ENOMEM}, 0},
      {CALL(chmod), {EPERM, EIO, EROFS}, 0},
      {CALL(chown), {EPERM, EIO, EDQUOT, EROFS}, 0},
      {CALL(dup2), {EBUSY, EMFILE}},
      {CALL(poll), {EINTR, ENOMEM}},
      {CALL(fork), {EAGAIN, ENOMEM}},
      {CALL(vfork), {EAGAIN, ENOMEM}},
      {CALL(arch_prctl), {}},
      {CALL(time), {}},
#endif
  };
  return kCalls;
}

#undef CALL

}  // namespace

const Call* find_call(long number) {
  const auto found =
      std::find_if(table().begin(), table().end(), [&](const Call& call) { return call.number == number; });
  return found == table().end() ? nullptr : &*found;
}

}  // namespace jailrun::integration::sweep
