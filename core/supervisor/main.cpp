// SPDX-License-Identifier: Apache-2.0
// Stays as the parent of a supervised launch's program: forwards signals, exits as it exits, reports that in
// a file, and has the jail removed. Without any library but libc, as there is one for each VM: it sleeps in
// less than 300 KiB of private memory.
//
//   jailrun-supervisor PROGRAM-PID CALLER-PIDFD|-1 SIGNALFD START-TIME EXIT-FILE REMOVER BASE NAME ID
//                      WALL-MS GRACE-MS CPU-S HAS-INIT TERMINAL-FD|-1 ITS-OTHER-END|-1
//                      [LISTENER NOTED-CALLS ERRNO DIRECTORY LEARNED]
//
// jailrun replaces itself by it, with all signals blocked (core/performing/supervision.cpp); of
// no use otherwise.
#include "core/supervisor/notifications.hpp"
#include "core/supervisor/relay.hpp"
#include "core/supervisor/text.hpp"
#include "core/supervisor/time_limit.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>  // rename
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

using jailrun::supervisor::Notifications;
using jailrun::supervisor::Relay;
using jailrun::supervisor::Text;
using jailrun::supervisor::TimeLimit;

namespace {

struct Arguments {
  pid_t program;
  int caller;
  int signals;
  long start;
  const char* exit_file;
  char* remover;  // jailrun-commands
  char* base;
  char* name;
  char* id;
};

bool stops_a_job(const signalfd_siginfo& info) {
  return info.ssi_signo == SIGTSTP || info.ssi_signo == SIGTTIN || info.ssi_signo == SIGTTOU;
}

// A signal that the terminal sends goes to the whole process group, so the program has it already.
bool comes_from_terminal(const signalfd_siginfo& info) {
  const bool is_key = info.ssi_signo == SIGINT || info.ssi_signo == SIGQUIT || info.ssi_signo == SIGHUP ||
                      info.ssi_signo == SIGWINCH;
  return (is_key || stops_a_job(info)) && info.ssi_code == SI_KERNEL;
}

long long microseconds(const timeval& time) {
  return static_cast<long long>(time.tv_sec) * 1000000 + time.tv_usec;
}

// The report: written to a temporary file and renamed, so that a reader sees all of it or nothing.
// Nothing needs escaping: ids are letters, digits and hyphens, and special characters of a program's file
// name are replaced.
void report(const Arguments& arguments, int status, const rusage& usage, const TimeLimit& limit) {
  Text name;
  name.add(arguments.name);
  for (char* at = name.data(); *at != '\0'; ++at)
    if (*at == '"' || *at == '\\' || static_cast<unsigned char>(*at) < ' ') *at = '?';
  Text json;
  json.add("{\"id\":\"")
      .add(arguments.id)
      .add("\",\"name\":\"")
      .add(name.c_str())
      .add("\",\"pid\":", arguments.program);
  json.add(",\"status\":", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  json.add(",\"signal\":", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  json.add(",\"started\":", arguments.start).add(",\"ended\":", time(nullptr));
  json.add(",\"user_us\":", microseconds(usage.ru_utime))
      .add(",\"system_us\":", microseconds(usage.ru_stime));
  json.add(",\"max_rss_kib\":", usage.ru_maxrss);
  Text reason;
  if (limit.add_reason(status, usage, reason)) json.add(",\"reason\":\"").add(reason.c_str()).add("\"");
  json.add("}\n");
  Text temporary;
  temporary.add(arguments.exit_file).add(".new");
  const int fd = open(temporary.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
  const bool is_complete =
      fd >= 0 && write(fd, json.c_str(), json.length()) == static_cast<ssize_t>(json.length());
  if (fd >= 0) close(fd);
  if (is_complete && rename(temporary.c_str(), arguments.exit_file) == 0) return;
  constexpr char kMessage[] = "jailrun: the report on the program's exit could not be written\n";
  (void)!write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
}

pid_t fork_with_retries() {
  constexpr int kTries = 50;  // half a second: a host that is short of memory or processes may recover
  for (int tries = 0;; ++tries) {
    const pid_t child = fork();
    if (child >= 0 || tries == kTries) return child;
    const timespec moment = {0, 10000000};
    nanosleep(&moment, nullptr);
  }
}

// The wait status of one of jailrun's commands; -1: it could not be started.
int run_command(const Arguments& arguments, char* const* argv) {
  const pid_t child = fork_with_retries();
  if (child == 0) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    char* const environment[] = {nullptr};
    execve(arguments.remover, argv, environment);
    _exit(127);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

int run_rm(const Arguments& arguments, Text& jail) {
  char rm[] = "rm";
  char force[] = "--force";  // what the program left running in its groups is killed too
  char base[] = "--chroot-base-dir";
  char* const argv[] = {arguments.remover, rm, force, base, arguments.base, jail.data(), nullptr};
  return run_command(arguments, argv);
}

// Adds what the program has called to the profile. `words`: LISTENER and those that follow. The command says
// itself what went wrong, and what was learned.
void keep_learned(const Arguments& arguments, char** words) {
  char keep[] = "keep-learned";
  char* const argv[] = {arguments.remover, keep, words[1], words[3], words[4], nullptr};
  const int status = run_command(arguments, argv);
  if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) != 127) return;
  constexpr char kMessage[] = "jailrun: the profile that was learned could not be written\n";
  (void)!write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
}

void remove_jail(const Arguments& arguments) {
  // systemd signals every process of a unit, also those that appear meanwhile, until it finds no new one.
  constexpr int kTries = 20;
  const timespec moment = {0, 50000000};
  Text jail;
  jail.add(arguments.name).add("/").add(arguments.id);
  int status = run_rm(arguments, jail);
  for (int tries = 1; tries < kTries && status != -1 && WIFSIGNALED(status); ++tries) {
    nanosleep(&moment, nullptr);
    status = run_rm(arguments, jail);
  }
  if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) != 127)
    return;  // done, or rm has reported itself what is left
  Text message;
  message.add("jailrun: the jail was not removed: 'jailrun rm ").add(jail.c_str()).add("' removes it\n");
  (void)!write(STDERR_FILENO, message.c_str(), message.length());
}

// Exits as the program exited. A core dump of the supervisor would say nothing about the program.
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

// The terminal stops both, or the shell would wait for this process for ever. Only for a program that the
// terminal has stopped: one that stops itself must not stop its supervisor, which has to forward SIGTERM.
class Job {
 public:
  // `is_alone`: nobody tells that the program has stopped. Init does not, as no process 1 can stop itself;
  // and a program with a terminal of its own has not been told to.
  explicit Job(bool is_alone) : is_alone_(is_alone) {}
  void note_signal(const signalfd_siginfo& info) {
    if (stops_a_job(info) && info.ssi_code == SI_KERNEL) is_told_ = true;
  }
  void note_status(int status) { is_stopped_ = WIFSTOPPED(status); }
  // Where both are so, whichever came first: until the shell goes on with the job.
  void stop_with(pid_t program, Relay& relay) {
    if (!is_told_ || !(is_stopped_ || is_alone_)) return;
    is_told_ = is_stopped_ = false;
    relay.stop();
    kill(getpid(), SIGSTOP);
    kill(program, SIGCONT);
  }

 private:
  bool is_alone_;
  bool is_told_ = false;
  bool is_stopped_ = false;
};

// Does what is due. True if that has removed the jail.
bool heed(TimeLimit& limit, const Arguments& arguments, const Relay& relay) {
  switch (limit.due()) {
    case TimeLimit::Due::kNothing: return false;
    case TimeLimit::Due::kAsk: {
      Text message;
      message.add("jailrun: jail ").add(arguments.id).add(": ");
      limit.add_wall(message);
      message.add(relay.line_end());
      (void)!write(STDERR_FILENO, message.c_str(), message.length());
      kill(arguments.program, SIGTERM);
      kill(arguments.program, SIGCONT);  // one that is stopped can't end
      return false;
    }
    // What else is in the jail is killed when it is removed.
    case TimeLimit::Due::kKill: kill(arguments.program, SIGKILL); return false;
    case TimeLimit::Due::kForce: break;
  }
  // Its groups are frozen, perhaps: rm thaws them.
  Text jail;
  jail.add(arguments.name).add("/").add(arguments.id);
  return run_rm(arguments, jail) == 0;
}

// What a signal asks for: it is the program's, unless it is about this process or the caller's terminal.
void heed(const signalfd_siginfo& info, const Arguments& arguments, Job& job, Relay& relay) {
  job.note_signal(info);
  const auto number = static_cast<int>(info.ssi_signo);
  if (number == SIGCHLD) return;
  if (!relay.has_session()) {
    if (!comes_from_terminal(info)) kill(arguments.program, number);
    return;
  }
  // The program is of another session: what the caller's terminal sends is not sent to it.
  if (number == SIGWINCH) return relay.adjust_size();
  if (number == SIGCONT) relay.go_on();
  if (number == SIGPIPE || (stops_a_job(info) && info.ssi_code == SI_KERNEL)) return;
  kill(arguments.program, number);
}

// How the program has ended.
struct End {
  bool is_there = false;
  int status = 0;
  rusage usage = {};
};

// True once it has, which is reported at once.
bool has_ended(const Arguments& arguments, Job& job, End& end, const TimeLimit& limit) {
  constexpr int kChanges = WNOHANG | WUNTRACED | WCONTINUED;
  int status = 0;
  if (end.is_there || wait4(arguments.program, &status, kChanges, &end.usage) != arguments.program)
    return end.is_there;
  job.note_status(status);
  end.status = status;
  end.is_there = !WIFSTOPPED(status) && !WIFCONTINUED(status);
  if (end.is_there) report(arguments, status, end.usage, limit);
  return end.is_there;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kWords = 16;
  constexpr int kWordsOfAnswers = 5;
  const bool answers = argc == kWords + kWordsOfAnswers;
  if (argc != kWords && !answers) {
    constexpr char kUsage[] = "jailrun-supervisor: is started by jailrun --supervise\n";
    (void)!write(STDERR_FILENO, kUsage, sizeof kUsage - 1);
    return 1;
  }
  const Arguments arguments = {atoi(argv[1]), atoi(argv[2]), atoi(argv[3]), atol(argv[4]), argv[5],
                               argv[6],       argv[7],       argv[8],       argv[9]};
  char** const of_answers = argv + kWords;
  Notifications notifications(answers ? atoi(of_answers[0]) : -1, answers ? atoi(of_answers[1]) : -1,
                              answers ? atoi(of_answers[2]) : 0);
  Relay relay(atoi(argv[14]), atoi(argv[15]));
  constexpr int kOwn = 3;
  pollfd watched[kOwn + Relay::kWatched] = {{arguments.signals, POLLIN, 0}, {arguments.caller, POLLIN, 0}};
  Job job(atoi(argv[13]) != 0 || relay.has_session());
  bool is_removed = false;
  bool is_given_up = false;  // what the program has written last, and nobody reads
  End end;
  TimeLimit limit(atoll(argv[10]), atoll(argv[11]), atoll(argv[12]));
  for (;;) {
    if (has_ended(arguments, job, end, limit) && (is_given_up || relay.is_drained())) {
      relay.end();
      notifications.end();
      if (answers && *of_answers[4] != '\0') keep_learned(arguments, of_answers);
      if (!is_removed) remove_jail(arguments);
      mirror(end.status);
    }
    // From its end on, the number may be another process's.
    if (end.is_there) {
      is_given_up = is_given_up || limit.due() != TimeLimit::Due::kNothing;
      if (is_given_up) continue;
    } else {
      job.stop_with(arguments.program, relay);
      is_removed = heed(limit, arguments, relay) || is_removed;
    }
    int timeout_ms = limit.timeout_ms();
    watched[2] = {notifications.descriptor(), POLLIN, 0};
    relay.watch(watched + kOwn, timeout_ms);
    if (poll(watched, kOwn + Relay::kWatched, timeout_ms) <= 0) continue;
    relay.pass_on(watched + kOwn);
    if (watched[1].revents != 0) {
      if (!end.is_there) kill(arguments.program, SIGKILL);
      is_given_up = true;
      watched[1].fd = -1;
    }
    notifications.heed(watched[2].revents);
    signalfd_siginfo info{};
    if (watched[0].revents == 0 || read(arguments.signals, &info, sizeof info) != sizeof info) continue;
    if (end.is_there)
      is_given_up =
          is_given_up || info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT || info.ssi_signo == SIGHUP;
    else
      heed(info, arguments, job, relay);
  }
}
