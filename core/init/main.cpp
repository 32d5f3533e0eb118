// SPDX-License-Identifier: Apache-2.0
// Process 1 of a jail's pid namespace, where the launch asks for one: reaps what is orphaned, forwards
// signals to the program, and exits when the program has, by which the kernel ends the namespace.
//
//   jailrun-init ID PROGRAM-PID
//
// core/actions/process/init.cpp starts it, with all signals blocked, in the jail's root and with the
// program's credentials. The program's process waits meanwhile, and reads from the pipe that is descriptor 0
// here, the only one. The program may attack it: it has the same uid. So this can do nothing that the program
// can't: it has no capability, no descriptor and no memory worth reading, and a filter lets through what its
// loop calls.
//
// Without libc, so that there are as few pages of it as can be: one stays for each jail.
#include "core/init/message.hpp"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#if defined(__x86_64__)
#define JR_ARCH AUDIT_ARCH_X86_64
asm(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall "
    "jailrun_init\n\thlt\n");
#elif defined(__aarch64__)
#define JR_ARCH AUDIT_ARCH_AARCH64
asm(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tmov x0, sp\n\tbl jailrun_init\n\tbrk #0\n");
#endif

namespace {

// The result, or a negative errno.
long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0) {
#if defined(__x86_64__)
  long result = number;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  asm volatile("syscall" : "+a"(result) : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
  return result;
#else
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  asm volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
#endif
}
template <class T>
long call(long number, long a, T* b, long c = 0, long d = 0) {
  return call(number, a, reinterpret_cast<long>(b), c, d);
}

int to_number(const char* text) {
  int number = 0;
  for (; *text >= '0' && *text <= '9'; ++text) number = 10 * number + (*text - '0');
  return number;
}

long drop_capabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  return call(SYS_capset, reinterpret_cast<long>(&header), none);
}

// The calls of the loop, signals to the program alone, and the byte for which the program's process waits.
long load_filter(uint32_t program) {
  constexpr uint32_t kNumber = offsetof(seccomp_data, nr);
  constexpr uint32_t kArchitecture = offsetof(seccomp_data, arch);
  // Both machines are little-endian: the lower half of the first argument.
  constexpr uint32_t kFirst = offsetof(seccomp_data, args);
#define LOAD(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, what)
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
  sock_filter code[] = {LOAD(kArchitecture),
                        IF(JR_ARCH, 0, 10),
                        LOAD(kNumber),
                        IF(SYS_rt_sigtimedwait, 7, 0),
                        IF(SYS_wait4, 6, 0),
                        IF(SYS_exit_group, 5, 0),
                        IF(SYS_close, 4, 0),
                        IF(SYS_write, 3, 0),
                        IF(SYS_kill, 0, 3),
                        LOAD(kFirst),
                        IF(program, 0, 1),
                        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
#undef LOAD
#undef IF
  const sock_fprog filter = {sizeof code / sizeof code[0], code};
  return call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0L, reinterpret_cast<long>(&filter));
}

void tell(jailrun::init::Step step, long result) {
  const jailrun::init::Message message = {static_cast<int32_t>(step), static_cast<int32_t>(-result)};
  call(SYS_write, 0, &message, sizeof message);
  call(SYS_close, 0L);
}

// Nothing that the program could gain by attacking this process is left after it.
void give_up_everything(int program) {
  using jailrun::init::Step;
  // Neither ptrace nor /proc/1/mem, environ or exe, and no core file.
  long result = call(SYS_prctl, PR_SET_DUMPABLE, 0L);
  if (result < 0) return tell(Step::kDumpable, result);
  result = call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1L);
  if (result < 0) return tell(Step::kNoNewPrivs, result);
  result = drop_capabilities();
  if (result < 0) return tell(Step::kCapabilities, result);
  result = load_filter(static_cast<uint32_t>(program));
  tell(result < 0 ? Step::kFilter : Step::kDone, result);
}

// A signal that the terminal sends goes to the whole process group, so the program has it already.
bool comes_from_terminal(const siginfo_t& info) {
  const int number = info.si_signo;
  const bool is_one = number == SIGINT || number == SIGQUIT || number == SIGHUP || number == SIGWINCH ||
                      number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
  return is_one && info.si_code == SI_KERNEL;
}

// Reaps whoever has exited. The program's exit is this one's.
void reap(int program) {
  int status = 0;
  for (long pid = 0; (pid = call(SYS_wait4, -1, &status, WNOHANG)) > 0;) {
    if (pid != program) continue;
    call(SYS_exit_group, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  }
}

}  // namespace

extern "C" {
void* memset(void* at, int value, size_t size);
void* memcpy(void* to, const void* from, size_t size);
[[noreturn]] void jailrun_init(const long* stack);
}

// What the compiler may make of an initialization.
extern "C" void* memset(void* at, int value, size_t size) {
  for (volatile char* byte = static_cast<char*>(at); size > 0; --size) *byte++ = static_cast<char>(value);
  return at;
}
extern "C" void* memcpy(void* to, const void* from, size_t size) {
  const char* source = static_cast<const char*>(from);
  for (volatile char* byte = static_cast<char*>(to); size > 0; --size) *byte++ = *source++;
  return to;
}

// `stack`: as the kernel hands it over, argc and then argv.
extern "C" [[noreturn]] void jailrun_init(const long* stack) {
  const auto* argv = reinterpret_cast<const char* const*>(stack + 1);
  const int program = *stack == 3 ? to_number(argv[2]) : 0;
  // Started by hand it would only be an odd process.
  if (program <= 1) call(SYS_exit_group, 1L);
  const char name[] = "jailrun-init";
  call(SYS_prctl, PR_SET_NAME, name);
  give_up_everything(program);
  const uint64_t all = ~uint64_t{0};
  for (;;) {
    reap(program);
    siginfo_t info = {};
    const long number = call(SYS_rt_sigtimedwait, reinterpret_cast<long>(&all), &info, 0, sizeof all);
    if (number > 0 && number != SIGCHLD && !comes_from_terminal(info)) call(SYS_kill, program, number);
  }
}
