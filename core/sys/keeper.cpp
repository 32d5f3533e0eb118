// SPDX-License-Identifier: Apache-2.0
#include "core/sys/keeper.hpp"

#include "core/sys/credentials.hpp"
#include "core/sys/descriptor_message.hpp"
#include "core/sys/new_namespaces.hpp"
#include "core/sys/process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

constexpr int kGraceMs = 500;  // between a helper's SIGTERM and its SIGKILL

bool close_all_but(std::vector<int> kept) {
  std::sort(kept.begin(), kept.end());
  unsigned from = 3;
  for (const int fd : kept) {
    if (static_cast<unsigned>(fd) > from && syscall(SYS_close_range, from, fd - 1, 0) != 0) return false;
    from = std::max(from, static_cast<unsigned>(fd) + 1);
  }
  return syscall(SYS_close_range, from, ~0U, 0) == 0;
}

class KeeperProcess {
 public:
  KeeperProcess(const HelperProgram& program, KeeperFiles files) : program_(program), files_(files) {}

  [[noreturn]] void run() {
    leave_the_launch();
    const KeeperMessage go = await(KeeperMessage::kGo);
    name_namespaces(go.value);
    if (const Result<void> dropped = set_credentials(program_.owner, {}); !dropped)
      fail(KeeperMessage::kDropPrivileges, dropped.error().error_number);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(KeeperMessage::kDropPrivileges, errno);
    UniqueFd order = make_helper();
    if (program_.has_network) {
      // Owned by the helper's uid: it needs no privilege to enter them, and has none outside of them.
      if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) fail(KeeperMessage::kMakeNamespace, errno);
      if (const Result<void> up = bring_up_loopback(); !up)
        fail(KeeperMessage::kMakeNamespace, up.error().error_number);
    }
    tell(KeeperMessage::kNamespaces);
    await(KeeperMessage::kMapped);
    // The helper reads this process's links to its namespaces. Other processes of that uid could trace it
    // until it is ready: they get no descriptor of the launch, which are closed.
    if (program_.has_network) prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    release(order);
    watch();
  }

 private:
  void leave_the_launch() {
    for (int number = 1; number < NSIG; ++number) (void)signal(number, SIG_DFL);
    sigset_t caught;
    sigemptyset(&caught);
    sigaddset(&caught, SIGCHLD);
    sigaddset(&caught, SIGTERM);
    sigprocmask(SIG_SETMASK, &caught, nullptr);
    for (int stream = 0; stream < 3; ++stream)
      if (dup2(files_.null, stream) < 0) fail(KeeperMessage::kMakeProcess, errno);
    if (!close_all_but({files_.socket, files_.program, files_.report, files_.watched}))
      fail(KeeperMessage::kMakeProcess, errno);
    signals_ = UniqueFd(signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK));
    // Not of the launch's terminal, working directory or keyring.
    setsid();
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr, 0, 0, 0) < 0 &&
        (errno == EDQUOT || errno == ENOMEM))  // else there are none
      fail(KeeperMessage::kMakeProcess, errno);
    umask(S_IRWXG | S_IRWXO);
    if (!signals_ || chdir("/") != 0) fail(KeeperMessage::kMakeProcess, errno);
  }

  void name_namespaces(int pid) {
    const std::string directory = "/proc/" + std::to_string(pid) + "/ns/";
    arguments_ = program_.arguments;
    for (std::string& one : arguments_) {
      if (!program_.has_network) break;
      if (one == kUserNamespacePlace) one = directory + "user";
      if (one == kNetworkNamespacePlace) one = directory + "net";
    }
  }

  // Before this process enters namespaces of its own: the helper is in the launch's. It waits for a byte.
  UniqueFd make_helper() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      fail(KeeperMessage::kMakeProcess, errno);
    UniqueFd mine(ends[0]);
    const UniqueFd its(ends[1]);
    ChildOptions options;
    const Result<pid_t> made = make_child(options);
    if (!made) fail(KeeperMessage::kMakeProcess, made.error().error_number);
    helper_ = made.value();
    if (helper_ != 0) return mine;
    mine.reset();
    become_helper(its.get());
  }

  [[noreturn]] void become_helper(int order) {
    char one = 0;
    if (read(order, &one, 1) != 1) _exit(1);
    dup2(files_.report, STDERR_FILENO);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    std::vector<char*> argv;
    for (std::string& word : arguments_) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::vector<std::string> environment = program_.environment;
    std::vector<char*> envp;
    for (std::string& word : environment) envp.push_back(word.data());
    envp.push_back(nullptr);
    syscall(SYS_execveat, files_.program, "", argv.data(), envp.data(), AT_EMPTY_PATH);
    const int reason = errno;
    (void)!write(order, &reason, sizeof reason);
    _exit(1);
  }

  // Returns once it has executed its program.
  void release(UniqueFd& order) {
    const char one = 0;
    int reason = 0;
    if (write(order.get(), &one, 1) != 1) fail(KeeperMessage::kExec, errno);
    ssize_t size = 0;
    while ((size = read(order.get(), &reason, sizeof reason)) < 0) {
    }
    if (size > 0) fail(KeeperMessage::kExec, reason);
    order.reset();
    if (!program_.goes_to_background) be_ready();
  }

  void be_ready() {
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) fail(KeeperMessage::kDropPrivileges, errno);
    is_ready_ = true;
    tell(KeeperMessage::kReady);
  }

  [[noreturn]] void watch() {
    for (;;) {
      pollfd awaited[] = {
          {signals_.get(), POLLIN, 0}, {files_.watched, POLLIN, 0}, {files_.socket, POLLIN, 0}};
      if (poll(awaited, 3, -1) < 0) continue;
      if (awaited[1].revents != 0) terminate();
      if (awaited[0].revents != 0) take_signals();
      if (awaited[2].revents != 0) obey();
    }
  }

  void take_signals() {
    signalfd_siginfo signal{};
    while (read(signals_.get(), &signal, sizeof signal) == sizeof signal)
      if (signal.ssi_signo == SIGTERM) terminate();
    if (!reap()) _exit(0);
  }

  // Waits for those that have exited. False: none is left.
  bool reap() {
    int status = 0;
    pid_t pid = 0;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
      if (pid != helper_ || is_ready_) continue;
      if (WIFSIGNALED(status)) fail(KeeperMessage::kKilled, WTERMSIG(status));
      if (WEXITSTATUS(status) != 0) fail(KeeperMessage::kExited, WEXITSTATUS(status));
      // What it has left is this process's child by now.
      if (kill(-1, 0) != 0) fail(KeeperMessage::kLeftNone, 0);
      be_ready();
    }
    return pid == 0;
  }

  void obey() {
    KeeperMessage message{};
    DescriptorMessage received(&message, sizeof message);
    const ssize_t size = recvmsg(files_.socket, received.header(), MSG_CMSG_CLOEXEC);
    if (size < 0 && errno == EINTR) return;
    const int program = size == sizeof message ? received.descriptor() : -1;
    if (program < 0) {
      close(files_.socket);  // the launch has nothing more to say
      files_.socket = -1;
      return;
    }
    close(files_.watched);
    files_.watched = program;
    tell(KeeperMessage::kFollow);
  }

  // This process's end is that of all others in its pid namespace.
  [[noreturn]] void terminate() {
    kill(-1, SIGTERM);
    const uint64_t end = microseconds(CLOCK_MONOTONIC) + kGraceMs * 1000;
    while (waitpid(-1, nullptr, WNOHANG) >= 0 && microseconds(CLOCK_MONOTONIC) < end) {
      pollfd signals = {signals_.get(), POLLIN, 0};
      poll(&signals, 1, 10);
      signalfd_siginfo signal{};
      while (read(signals_.get(), &signal, sizeof signal) > 0) {
      }
    }
    _exit(0);
  }

  KeeperMessage await(KeeperMessage::Kind kind) const {
    KeeperMessage message{};
    ssize_t size = 0;
    while ((size = recv(files_.socket, &message, sizeof message, 0)) < 0 && errno == EINTR) {
    }
    if (size != sizeof message || message.kind != kind) _exit(1);  // the launch is gone
    return message;
  }

  void tell(KeeperMessage::Kind kind, KeeperMessage::Step step = {}, int value = 0) const {
    const KeeperMessage message = {kind, step, value};
    while (send(files_.socket, &message, sizeof message, MSG_NOSIGNAL) < 0)
      if (errno != EINTR) _exit(1);  // the launch is gone, or will find that this process is
  }

  [[noreturn]] void fail(KeeperMessage::Step step, int value) const {
    tell(KeeperMessage::kFailed, step, value);
    _exit(1);
  }

  const HelperProgram& program_;
  KeeperFiles files_;
  std::vector<std::string> arguments_;
  UniqueFd signals_;
  pid_t helper_ = 0;
  bool is_ready_ = false;
};

}  // namespace

void keep(const HelperProgram& program, KeeperFiles files) { KeeperProcess(program, files).run(); }

}  // namespace jailrun::sys
