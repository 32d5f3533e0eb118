// Stays as the parent of a supervised launch's program: forwards signals, mirrors how it ends, reports that in a file, and
// has the jail taken away. Static and without any library but libc, as there is one for each VM: it sleeps in less than
// 300 KiB of private memory.
//
//   jailrun-supervisor PROGRAM-PID CALLER-PIDFD|-1 START-TIME EXIT-FILE JAILRUN BASE NAME ID
//
// Started by jailrun in its own place, with all signals blocked (core/supervision.cpp); of no use otherwise.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace {

struct Orders {
  pid_t program;
  int caller;
  long start;
  const char* exit_file;
  char* runner;
  char* base;
  char* name;
  char* id;
};

// A signal that the terminal sends goes to the whole process group, so the program has it already.
bool comes_from_terminal(const signalfd_siginfo& info) {
  const bool is_key = info.ssi_signo == SIGINT || info.ssi_signo == SIGQUIT || info.ssi_signo == SIGTSTP ||
                      info.ssi_signo == SIGHUP || info.ssi_signo == SIGWINCH;
  return is_key && info.ssi_code == SI_KERNEL;
}

// The report: written aside and renamed, so that a reader sees all of it or none. A name needs no escaping: ids are letters,
// digits and hyphens, and what a program's file name could hold is replaced.
void report(const Orders& orders, int status, const rusage& usage) {
  char temporary[4096];
  snprintf(temporary, sizeof temporary, "%s.new", orders.exit_file);
  const int fd = open(temporary, O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) return;
  for (char* at = orders.name; *at != '\0'; ++at)
    if (*at == '"' || *at == '\\' || static_cast<unsigned char>(*at) < ' ') *at = '?';
  dprintf(fd,
          "{\"id\":\"%s\",\"name\":\"%s\",\"pid\":%d,\"status\":%d,\"signal\":%d,\"started\":%ld,\"ended\":%ld,"
          "\"user_us\":%lld,\"system_us\":%lld,\"max_rss_kib\":%ld}\n",
          orders.id, orders.name, orders.program, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
          WIFSIGNALED(status) ? WTERMSIG(status) : 0, orders.start, static_cast<long>(time(nullptr)),
          static_cast<long long>(usage.ru_utime.tv_sec) * 1000000 + usage.ru_utime.tv_usec,
          static_cast<long long>(usage.ru_stime.tv_sec) * 1000000 + usage.ru_stime.tv_usec, usage.ru_maxrss);
  close(fd);
  rename(temporary, orders.exit_file);
}

void take_jail_away(const Orders& orders) {
  const pid_t remover = fork();
  if (remover == 0) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    char name[4096];
    snprintf(name, sizeof name, "%s/%s", orders.name, orders.id);
    char rm[] = "rm";
    char force[] = "--force";  // what the program left running in its groups goes with it
    char base[] = "--chroot-base-dir";
    char* const argv[] = {orders.runner, rm, force, base, orders.base, name, nullptr};
    char* const environment[] = {nullptr};
    execve(orders.runner, argv, environment);
    _exit(127);
  }
  int status = 0;
  waitpid(remover, &status, 0);
}

// Ends as the program ended. A core of the supervisor would say nothing about the program.
[[noreturn]] void mirror(int status) {
  if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  const int number = WTERMSIG(status);
  signal(number, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
  kill(getpid(), number);
  _exit(128 + number);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 9) {
    fprintf(stderr, "jailrun-supervisor: is started by jailrun --supervise\n");
    return 1;
  }
  const Orders orders = {atoi(argv[1]), atoi(argv[2]), atol(argv[3]), argv[4], argv[5], argv[6], argv[7], argv[8]};
  sigset_t all;
  sigfillset(&all);
  const int signals = signalfd(-1, &all, SFD_CLOEXEC);
  pollfd watched[2] = {{signals, POLLIN, 0}, {orders.caller, POLLIN, 0}};
  for (;;) {
    int status = 0;
    rusage usage{};
    if (wait4(orders.program, &status, WNOHANG, &usage) == orders.program) {
      report(orders, status, usage);
      take_jail_away(orders);
      mirror(status);
    }
    if (poll(watched, 2, -1) <= 0) continue;
    if (watched[1].revents != 0) {
      kill(orders.program, SIGKILL);
      watched[1].fd = -1;
    }
    signalfd_siginfo info{};
    if (watched[0].revents == 0 || read(signals, &info, sizeof info) != sizeof info) continue;
    if (info.ssi_signo != SIGCHLD && !comes_from_terminal(info)) kill(orders.program, static_cast<int>(info.ssi_signo));
  }
}
