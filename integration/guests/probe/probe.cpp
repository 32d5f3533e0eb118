// SPDX-License-Identifier: Apache-2.0
// A program to be jailed that tells what it was given, one fact a line: "uid 1234 1234 1234". Then the line
// "end". By system calls alone: a jail has no /proc.
//
//   --report FILE   tell it there instead of on stdout
//   --stat PATH     type, mode, owner and number of that file
//   --call NUMBER   what that system call gives without arguments: an errno's name, "yes" or "killed"
//   --become PATH   at its end execute that file, without arguments, or tell the errno's name
//   --namespaces KEY  its hostname and domain name, its network interfaces and whether something can be reached by
//                   loopback, the clocks in seconds, and whether the System V shared memory KEY is there
//   --open PATH     whether it can be opened for reading and writing, else the errno's name
//   --try WHAT:ARGUMENT  whether it can do that, "yes" or the errno's name: see tries.hpp
//   --mark PATH:WORD  the beginning of that file, and its size; then writes WORD there
//   --exit N        end with that status;  --raise N: by that signal;  --sleep: not at all
//   --sleep-in-thread   the same, but the first thread ends and another sleeps
//   --orphans N     makes as many processes that exit when their parent has
//   --spin          uses CPU time for ever
//   --bomb          forks for ever, as each of its children does, deaf to SIGTERM
#include "tries.hpp"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace {

FILE* report = stdout;

__attribute__((format(printf, 1, 2))) void say(const char* format, ...) {
  va_list values;
  va_start(values, format);
  std::vfprintf(report, format, values);
  va_end(values);
  std::fputc('\n', report);
}

void tell_arguments(int argc, char** argv, char** environment) {
  for (int i = 0; i < argc; ++i) say("argument %s", argv[i]);
  for (; *environment != nullptr; ++environment) say("environment %s", *environment);
}

void tell_credentials() {
  uid_t uid[3] = {};
  gid_t gid[3] = {};
  gid_t groups[64] = {};
  getresuid(&uid[0], &uid[1], &uid[2]);
  getresgid(&gid[0], &gid[1], &gid[2]);
  say("uid %u %u %u", uid[0], uid[1], uid[2]);
  say("gid %u %u %u", gid[0], gid[1], gid[2]);
  say("groups %d", getgroups(64, groups));
}

void tell_process() {
  char cwd[4096] = "(none)";
  if (getcwd(cwd, sizeof cwd) == nullptr) std::snprintf(cwd, sizeof cwd, "(%s)", strerrorname_np(errno));
  const mode_t mask = umask(0);
  umask(mask);
  say("pid %d", getpid());
  say("parent %d", getppid());
  say("group %d", getpgid(0));
  say("session %d", getsid(0));
  say("cwd %s", cwd);
  say("umask %04o", mask);
}

// The report itself, and stdio's own, are opened after this.
void tell_descriptors() {
  for (int fd = 0; fd < 1024; ++fd) {
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0) continue;
    struct stat there {};
    fstat(fd, &there);
    static const char* const kAccess[] = {"read", "write", "read-write", "path"};
    say("fd %d %s %u:%u", fd, kAccess[flags & O_ACCMODE], major(there.st_rdev), minor(there.st_rdev));
  }
}

void tell_signals() {
  sigset_t blocked;
  sigprocmask(SIG_BLOCK, nullptr, &blocked);
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (sigismember(&blocked, number) == 1) say("blocked %d", number);
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_DFL) say("ignored %d", number);
  }
}

struct Amount {
  char text[24];
};
Amount amount(rlim_t number) {
  Amount amount{"unlimited"};
  if (number != RLIM_INFINITY)
    std::snprintf(amount.text, sizeof amount.text, "%llu", static_cast<unsigned long long>(number));
  return amount;
}

// "limit no-file 1024 4096": soft and hard, under the names that the stage `limits` has for them.
void tell_limits() {
  static const char* const kNames[] = {"cpu",      "fsize",   "data",    "stack", "core",  "rss",
                                       "nproc",    "no-file", "memlock", "as",    "locks", "sigpending",
                                       "msgqueue", "nice",    "rtprio",  "rttime"};
  for (int i = 0; i < RLIMIT_NLIMITS; ++i) {
    struct rlimit limit {};
    getrlimit(i, &limit);
    say("limit %s %s %s", kNames[i], amount(limit.rlim_cur).text, amount(limit.rlim_max).text);
  }
}

void tell_placement() {
  int policy = -1;
  unsigned long nodes[16] = {};
  syscall(SYS_get_mempolicy, &policy, nodes, 8 * sizeof nodes, nullptr, 0);
  say("memory-policy %d %lx", policy, nodes[0]);
  cpu_set_t cpus;
  sched_getaffinity(0, sizeof cpus, &cpus);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(static_cast<size_t>(cpu), &cpus)) say("cpu %d", cpu);
}

// "capabilities effective 0000000000000000", for each of the five sets.
void tell_capabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  syscall(SYS_capget, &header, data);
  unsigned long long ambient = 0;
  unsigned long long bounding = 0;
  for (unsigned number = 0; number < 64; ++number) {
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number, 0, 0) == 1) ambient |= 1ULL << number;
    if (prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1) bounding |= 1ULL << number;
  }
  const auto whole = [](__u32 low, __u32 high) { return static_cast<unsigned long long>(high) << 32 | low; };
  say("capabilities effective %016llx", whole(data[0].effective, data[1].effective));
  say("capabilities permitted %016llx", whole(data[0].permitted, data[1].permitted));
  say("capabilities inheritable %016llx", whole(data[0].inheritable, data[1].inheritable));
  say("capabilities ambient %016llx", ambient);
  say("capabilities bounding %016llx", bounding);
  say("securebits %d", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
  say("no-new-privs %d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  say("dumpable %d", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}

// How many keys its session keyring has, and whether it can add one of its own and read it.
void tell_keyring() {
  const long ring = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
  if (ring < 0) return say("keyring %s", strerrorname_np(errno));
  int keys[64] = {};
  const long size = syscall(SYS_keyctl, KEYCTL_READ, ring, keys, sizeof keys);
  const long key = syscall(SYS_add_key, "user", "jailrun-probe", "x", 1, KEY_SPEC_SESSION_KEYRING);
  char content[2] = "";
  const bool is_usable = key > 0 && syscall(SYS_keyctl, KEYCTL_READ, key, content, 1) == 1 &&
                         syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_SESSION_KEYRING) == 0;
  say("keyring %ld keys, %s", size / static_cast<long>(sizeof keys[0]), is_usable ? "usable" : "not usable");
}

void tell_scheduling() {
  say("scheduling %d", sched_getscheduler(0));
  say("nice %d", getpriority(PRIO_PROCESS, 0));
  say("io-class %ld", syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0) >> IOPRIO_CLASS_SHIFT);
  say("personality %x", static_cast<unsigned>(personality(0xffffffff)));
  constexpr __itimer_which kTimers[] = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF};
  for (const auto which : kTimers) {
    struct itimerval timer {};
    getitimer(which, &timer);
    if (timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0) say("timer %d", static_cast<int>(which));
  }
}

const char* type_word(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "directory";
    case S_IFCHR: return "char";
    case S_IFBLK: return "block";
    default: return "other";
  }
}

void tell_status(const char* path) {
  struct stat there {};
  if (lstat(path, &there) != 0) return say("stat %s %s", path, strerrorname_np(errno));
  say("stat %s %s %04o %u:%u %u:%u", path, type_word(there.st_mode), there.st_mode & 07777U, there.st_uid,
      there.st_gid, major(there.st_rdev), minor(there.st_rdev));
}

// In another process, as the kernel may kill the one that makes it.
void tell_call(const char* number) {
  const pid_t child = fork();
  if (child == 0) {
    const long result = syscall(std::atol(number), 0, 0, 0, 0, 0, 0);
    _exit(result < 0 ? errno : 0);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return say("call %s not made", number);
  const char* const failure = WEXITSTATUS(status) != 0 ? strerrorname_np(WEXITSTATUS(status)) : "yes";
  say("call %s %s", number, WIFSIGNALED(status) ? "killed" : failure);
}

// By connecting to a socket of its own, so that the address must be there and the interface up.
const char* reached_by_loopback() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int caller = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const address = reinterpret_cast<sockaddr*>(&here);
  socklen_t size = sizeof here;
  const bool is_reached = bind(listener, address, size) == 0 && listen(listener, 1) == 0 &&
                          getsockname(listener, address, &size) == 0 && connect(caller, address, size) == 0;
  const char* const answer = is_reached ? "yes" : strerrorname_np(errno);
  close(listener);
  close(caller);
  return answer;
}

void tell_namespaces(const char* key) {
  utsname names{};
  uname(&names);
  say("hostname %s", names.nodename);
  say("domainname %s", names.domainname);
  struct if_nameindex* const interfaces = if_nameindex();
  for (struct if_nameindex* one = interfaces; one != nullptr && one->if_index != 0; ++one)
    say("interface %s", one->if_name);
  if (interfaces != nullptr) if_freenameindex(interfaces);
  say("loopback %s", reached_by_loopback());
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  say("monotonic %lld", static_cast<long long>(now.tv_sec));
  clock_gettime(CLOCK_BOOTTIME, &now);
  say("boottime %lld", static_cast<long long>(now.tv_sec));
  say("shared-memory %s",
      shmget(static_cast<key_t>(std::atol(key)), 0, 0) < 0 ? strerrorname_np(errno) : "yes");
}

void tell_open(const char* path) {
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  say("open %s %s", path, fd < 0 ? strerrorname_np(errno) : "yes");
  if (fd >= 0) close(fd);
}

void tell_try(const char* word) {
  const char* const failure = tries::attempt(word);
  say("try %s %s", word, failure != nullptr ? failure : "yes");
}

void tell_mark(const char* value) {
  char path[4096] = "";
  const char* const word = std::strrchr(value, ':');
  if (word == nullptr) return;
  std::snprintf(path, sizeof path, "%.*s", static_cast<int>(word - value), value);
  char before[17] = "";
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return say("mark %s %s", path, strerrorname_np(errno));
  const bool was_read = pread(fd, before, sizeof before - 1, 0) >= 0;
  const off_t size = lseek(fd, 0, SEEK_END);
  const bool is_written = pwrite(fd, word + 1, std::strlen(word + 1) + 1, 0) > 0 && fsync(fd) == 0;
  say("mark %s %lld %s", path, static_cast<long long>(size),
      was_read && is_written ? before : strerrorname_np(errno));
  close(fd);
}

// A file appears complete, and once it exists it is open no more.
bool deliver(const char* file, const char* text, size_t size) {
  char unfinished[4096] = "";
  if (file != nullptr) std::snprintf(unfinished, sizeof unfinished, "%s.new", file);
  FILE* const out = file != nullptr ? std::fopen(unfinished, "we") : stdout;
  if (out == nullptr) return false;
  std::fwrite(text, 1, size, out);
  std::fflush(out);
  if (file == nullptr) return true;
  std::fclose(out);
  return std::rename(unfinished, file) == 0;
}

void* sleep_for_ever(void*) {
  for (;;) pause();
}

[[noreturn]] void leave_to_another_thread() {
  pthread_t thread;
  if (pthread_create(&thread, nullptr, sleep_for_ever, nullptr) != 0) std::_Exit(98);
  for (;;) syscall(SYS_exit, 0);  // of this thread alone
}

[[noreturn]] void bomb() {
  signal(SIGTERM, SIG_IGN);
  for (;;)
    if (fork() < 0) sched_yield();
}

void leave_orphans(int count) {
  for (int i = 0; i < count; ++i) {
    const pid_t parent = fork();
    if (parent == 0) {
      const pid_t here = getpid();
      if (fork() != 0) _exit(0);
      while (getppid() == here) sched_yield();
      _exit(0);
    }
    waitpid(parent, nullptr, 0);
  }
}

// Makes directories below the root for some seconds, and lets nothing but SIGKILL end it.
[[noreturn]] void build_trees() {
  signal(SIGTERM, SIG_IGN);
  for (int tree = 0; tree < 500; ++tree) {
    char name[32];
    std::snprintf(name, sizeof name, "/tree-%d", tree);
    for (int level = 0; level < 4; ++level) {
      if (mkdir(level == 0 ? name : "d", 0700) != 0 || chdir(level == 0 ? name : "d") != 0) break;
    }
    usleep(5000);
  }
  for (;;) pause();
}

}  // namespace

int main(int argc, char** argv, char** environment) {
  // What it was started with, before it opens anything itself.
  for (int i = 1; i + 1 < argc; ++i)
    if (std::strcmp(argv[i], "--report") == 0) report = nullptr;
  char* early = nullptr;
  size_t size = 0;
  FILE* const asked = report;
  report = open_memstream(&early, &size);
  tell_arguments(argc, argv, environment);
  tell_credentials();
  tell_process();
  tell_descriptors();
  tell_signals();
  tell_limits();
  tell_placement();
  tell_capabilities();
  tell_keyring();
  tell_scheduling();

  int status = 0;
  int signal_number = 0;
  bool sleeps = false;
  bool ends_first_thread = false;
  bool bombs = false;
  bool builds = false;
  volatile bool spins = false;
  const char* next = nullptr;
  const char* file = nullptr;
  for (int i = 1; i < argc; ++i) {
    const auto is = [&](const char* option) { return std::strcmp(argv[i], option) == 0; };
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (is("--report")) file = value;
    if (is("--stat")) tell_status(value);
    if (is("--call")) tell_call(value);
    if (is("--become")) next = value;
    if (is("--namespaces")) tell_namespaces(value);
    if (is("--open")) tell_open(value);
    if (is("--try")) tell_try(value);
    if (is("--mark")) tell_mark(value);
    if (is("--exit")) status = std::atoi(value);
    if (is("--raise")) signal_number = std::atoi(value);
    if (is("--sleep")) sleeps = true;
    if (is("--sleep-in-thread")) ends_first_thread = true;
    if (is("--bomb")) bombs = true;
    if (is("--orphans")) leave_orphans(std::atoi(value));
    if (is("--spin")) spins = true;
    if (is("--build-trees")) builds = true;
    if (is("--ignore-sigterm")) signal(SIGTERM, SIG_IGN);
  }
  say("end");
  std::fclose(report);

  if (!deliver(asked != nullptr ? nullptr : file, early, size)) return 99;
  if (next != nullptr) {
    char* const words[] = {const_cast<char*>(next), nullptr};
    execve(next, words, environment);
    std::printf("become %s\n", strerrorname_np(errno));
    return status;
  }
  if (ends_first_thread) leave_to_another_thread();
  if (bombs) bomb();
  if (builds) build_trees();
  while (spins) continue;
  if (sleeps)
    for (;;) pause();
  if (signal_number != 0) raise(signal_number);
  return status;
}
