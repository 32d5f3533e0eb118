// SPDX-License-Identifier: Apache-2.0
// A program that tries to execute itself again, in every way that is known to lead past a filter of exec.
// Each try is a line "try NAME RESULT" with the errno's name or "killed", and one that gets through prints
// "reached NAME" besides. It ends with the line "end". By system calls alone: a jail has no /proc.
#include "tries.hpp"

#include <cstdint>
#include <cstdio>
#include <string>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/user.h>

// What the launch has left in the registers of the arguments that execve() does not have.
uint64_t at_entry[3];

#if defined(__x86_64__)
asm(".text\n"
    ".globl entry_of_guest\n"
    "entry_of_guest:\n"
    "  mov %r10, at_entry(%rip)\n"
    "  mov %r8, at_entry+8(%rip)\n"
    "  mov %r9, at_entry+16(%rip)\n"
    "  jmp _start\n");
#elif defined(__aarch64__)
asm(".text\n"
    ".globl entry_of_guest\n"
    "entry_of_guest:\n"
    "  adrp x9, at_entry\n"
    "  add x9, x9, :lo12:at_entry\n"
    "  stp x3, x4, [x9]\n"
    "  str x5, [x9, #16]\n"
    "  b _start\n");
#endif

namespace {

const char* self;  // its path
uintptr_t stack_at_start;
char* environment[] = {nullptr};

// With `name` as its second argument, by which it knows that it was reached.
struct Target {
  explicit Target(const char* name) : argv{const_cast<char*>(self), const_cast<char*>(name), nullptr} {}
  char* argv[3];
};

template <class Try>
void tried(const char* name, Try work) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    errno = 0;
    work(Target(name));
    _exit(errno);
  }
  int status = 0;
  waitpid(child, &status, 0);
  const char* const result = WIFSIGNALED(status) ? "killed" : strerrorname_np(WEXITSTATUS(status));
  std::printf("try %s %s\n", name, result);
}

int own_file() { return open(self, O_RDONLY | O_CLOEXEC); }

long execute(const Target& target) { return syscall(SYS_execve, self, target.argv, environment, 0, 0, 0); }

void by_descriptors() {
  tried("execveat-path",
        [](const Target& to) { syscall(SYS_execveat, AT_FDCWD, self, to.argv, environment, 0); });
  tried("execveat-descriptor",
        [](const Target& to) { syscall(SYS_execveat, own_file(), "", to.argv, environment, AT_EMPTY_PATH); });
  tried("execveat-every-descriptor", [](const Target& to) {
    const int file = own_file();
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    const int most = static_cast<int>(limit.rlim_max < 65536 ? limit.rlim_max : 65536);
    for (int fd = 3; fd < most; ++fd) {
      if (fd == file || dup2(file, fd) < 0) continue;
      syscall(SYS_execveat, fd, "", to.argv, environment, AT_EMPTY_PATH);
      syscall(SYS_execveat, fd | int64_t{1} << 32, "", to.argv, environment, AT_EMPTY_PATH);
      close(fd);
    }
  });
  tried("execveat-memory-file", [](const Target& to) {
    const int memory = static_cast<int>(syscall(SYS_memfd_create, "copy", 0));
    const int file = own_file();
    char bytes[65536];
    for (ssize_t size = 0; (size = read(file, bytes, sizeof bytes)) > 0;)
      if (write(memory, bytes, static_cast<size_t>(size)) != size) return;
    syscall(SYS_execveat, memory, "", to.argv, environment, AT_EMPTY_PATH);
  });
}

void by_addresses() {
  tried("arguments-at-every-address", [](const Target& to) {
    const size_t page = 4096;
    for (uintptr_t at = 0x1000; at < uintptr_t{1} << 47; at *= 2)
      for (const uintptr_t where : {at, at - page}) {
        void* const place = reinterpret_cast<void*>(where);
        if (mmap(place, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
                 0) != place)
          continue;
        auto* const path = static_cast<char*>(place);
        std::strcpy(path, self);
        auto** const argv = reinterpret_cast<char**>(path + 2048);
        argv[0] = path;
        argv[1] = to.argv[1];
        argv[2] = nullptr;
        syscall(SYS_execve, path, argv, argv + 2, 0, 0, 0);
        munmap(place, page);
      }
  });
}

// A filter's key may be what memory or registers still have.
void by_keys() {
  tried("registers-at-entry", [](const Target& to) {
    const uint64_t* const one = at_entry;
    syscall(SYS_execve, self, to.argv, environment, one[0], one[1], one[2]);
    syscall(SYS_execve, self, to.argv, environment, 0, one[0], one[1]);
  });
  tried("words-of-the-stack", [](const Target& to) {
    // As the kernel has filled it, up to the file's name, which is its last string.
    const auto end = (reinterpret_cast<uintptr_t>(getauxval(AT_EXECFN)) + 8) & ~uintptr_t{7};
    for (uintptr_t at = stack_at_start & ~uintptr_t{7}; at + 16 <= end; at += 8) {
      const auto* const words = reinterpret_cast<const uint64_t*>(at);
      syscall(SYS_execve, self, to.argv, environment, 0, words[0], words[1]);
    }
    const auto* const random = reinterpret_cast<const uint64_t*>(getauxval(AT_RANDOM));
    syscall(SYS_execve, self, to.argv, environment, 0, random[0], random[1]);
  });
  // A half at a time: the verdict must not tell that one is right. Here, that none gets through.
  tried("simple-keys", [](const Target& to) {
    for (const uint64_t one : {uint64_t{0}, uint64_t{1}, UINT64_MAX})
      for (const uint64_t other : {uint64_t{0}, uint64_t{1}, UINT64_MAX})
        syscall(SYS_execve, self, to.argv, environment, other, one, other);
  });
}

void by_other_numbers() {
#if defined(__x86_64__)
  constexpr long kX32 = 0x40000000;
  const struct {
    const char* name;
    long number;
  } numbers[] = {{"x32-execve", kX32 | 520},
                 {"x32-execve-by-the-64-bit-number", kX32 | SYS_execve},
                 {"x32-execve-without-its-bit", 520}};
  for (const auto& one : numbers)
    tried(one.name, [&](const Target& to) { syscall(one.number, self, to.argv, environment, 0, 0, 0); });
  tried("x32-execveat",
        [](const Target& to) { syscall(kX32 | 545, AT_FDCWD, self, to.argv, environment, 0); });
  // As a program of 32 bits would. What it points to must be where 32 bits reach.
  const auto compat = [](long number, const Target& to) {
    auto* const low = static_cast<char*>(
        mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0));
    std::strcpy(low, self);
    std::strcpy(low + 256, to.argv[1]);
    auto* const argv = reinterpret_cast<uint32_t*>(low + 1024);
    argv[0] = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(low));
    argv[1] = argv[0] + 256;
    argv[2] = 0;
    const bool is_at = number == 358;
    const auto name = static_cast<long>(argv[0]);
    const auto list = static_cast<long>(reinterpret_cast<uintptr_t>(argv));
    long result = number;
    asm volatile("int $0x80"
                 : "+a"(result)
                 : "b"(is_at ? long{AT_FDCWD} : name), "c"(is_at ? name : list), "d"(is_at ? list : list + 8),
                   "S"(is_at ? list + 8 : 0), "D"(0L)
                 : "memory", "r8", "r9", "r10", "r11");
    errno = static_cast<int>(-result);
  };
  tried("i386-execve", [&](const Target& to) { compat(11, to); });
  tried("i386-execveat", [&](const Target& to) { compat(358, to); });
#endif
}

// SECCOMP_RET_USER_NOTIF for execve, else allowed. The filter that came first must be asked all the same.
int listen_to_execs() {
  sock_filter program[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
                           {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_execve},
                           {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_USER_NOTIF},
                           {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  const sock_fprog whole = {4, program};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return static_cast<int>(
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &whole));
}

void by_others() {
  tried("another-thread", [](const Target& to) {
    pthread_t thread{};
    pthread_create(
        &thread, nullptr,
        [](void* argument) -> void* {
          execute(*static_cast<const Target*>(argument));
          _exit(errno);
        },
        const_cast<Target*>(&to));
    pthread_join(thread, nullptr);
  });
  tried("a-child-of-vfork", [](const Target& to) {
    const pid_t child = static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
    if (child == 0) {
      execute(to);
      _exit(errno);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) kill(getpid(), SIGKILL);
    errno = WEXITSTATUS(status);
  });
  tried("a-listener-that-lets-it-through", [](const Target& to) {
    const int listener = listen_to_execs();
    if (listener < 0) return;
    const pid_t child =
        static_cast<pid_t>(syscall(SYS_clone, CLONE_FILES | SIGCHLD, nullptr, nullptr, nullptr, 0));
    if (child == 0) {
      execute(to);
      _exit(errno);
    }
    seccomp_notif asked{};
    struct sigaction interrupting {};  // without SA_RESTART
    interrupting.sa_handler = [](int) {};
    sigaction(SIGALRM, &interrupting, nullptr);
    alarm(1);  // no question comes where the first filter has answered
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) == 0) {
      seccomp_notif_resp answer{};
      answer.id = asked.id;
      answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
      ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) kill(getpid(), SIGKILL);
    errno = WEXITSTATUS(status);
  });
#if defined(__x86_64__)
  // Where a filter is asked before the tracer, the tracer has the last word: so before Linux 4.8.
  tried("a-tracer-that-changes-the-call", [](const Target& to) {
    const pid_t child = fork();
    if (child == 0) {
      ptrace(PTRACE_TRACEME, 0, 0, 0);
      raise(SIGSTOP);
      const long result = syscall(SYS_getpid, self, to.argv, environment, 0, 0, 0);
      _exit(result < 0 ? errno : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    bool is_changed = false;
    while (!WIFEXITED(status) && !WIFSIGNALED(status)) {
      user_regs_struct registers{};
      ptrace(PTRACE_GETREGS, child, 0, &registers);
      if (!is_changed && registers.orig_rax == SYS_getpid) {
        registers.orig_rax = SYS_execve;
        ptrace(PTRACE_SETREGS, child, 0, &registers);
        is_changed = true;
      }
      if (ptrace(PTRACE_SYSCALL, child, 0, 0) != 0) break;
      waitpid(child, &status, 0);
    }
    if (WIFSIGNALED(status)) kill(getpid(), SIGKILL);
    errno = WEXITSTATUS(status);
  });
#endif
  // CRIU's way, for who is not under a filter.
  tried("a-tracer-that-suspends-filters", [](const Target& to) {
    const pid_t child = fork();
    if (child == 0) {
      ptrace(PTRACE_TRACEME, 0, 0, 0);
      raise(SIGSTOP);
      execute(to);
      _exit(errno);
    }
    int status = 0;
    waitpid(child, &status, 0);
    constexpr long kSuspend = 1L << 21;  // PTRACE_O_SUSPEND_SECCOMP
    ptrace(PTRACE_SETOPTIONS, child, 0, kSuspend);
    while (WIFSTOPPED(status) && ptrace(PTRACE_CONT, child, 0, 0) == 0) waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) kill(getpid(), SIGKILL);
    errno = WEXITSTATUS(status);
  });
  // Whoever could read the filter would know the key.
  tried("reading-the-filter", [](const Target&) {
    const pid_t child = fork();
    if (child == 0) {
      ptrace(PTRACE_TRACEME, 0, 0, 0);
      raise(SIGSTOP);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    sock_filter program[4096];
    constexpr int kGetFilter = 0x420c;  // PTRACE_SECCOMP_GET_FILTER
    errno = 0;
    const long count = ptrace(static_cast<__ptrace_request>(kGetFilter), child, 0, program);
    const int error = count > 0 ? EEXIST : errno;
    kill(child, SIGKILL);
    errno = error;
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2) {
    std::printf("reached %s\n", argv[1]);
    return 0;
  }
  self = argv[0];
  stack_at_start = reinterpret_cast<uintptr_t>(argv);
  tried("execve", [](const Target& to) { execute(to); });
  by_descriptors();
  by_addresses();
  by_keys();
  by_other_numbers();
  by_others();
  std::puts("end");
}
