// SPDX-License-Identifier: Apache-2.0
// A caller that has everything that can be passed on.
#include "integration/escapes/host_side.hpp"
#include "integration/escapes/probe/probe.hpp"

#include <cerrno>

#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration::escapes {
namespace {

// A session whose leader, as a shell is, waits for what it has started.
void lead_a_session_from_outside() {
  if (setsid() < 0) _exit(98);
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) _exit(98);
  const int user_end = ioctl(terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY);
  if (user_end < 0 || ioctl(user_end, TIOCSCTTY, 0) != 0 || dup2(user_end, STDIN_FILENO) < 0) _exit(98);
  close(user_end);
  const pid_t child = fork();
  if (child < 0) _exit(98);
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return;  // on to the exec
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 97);
}

void have_a_session_key() {
  syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
  const long key = syscall(SYS_add_key, "user", "jailrun-escape-target", ::escapes::kSecret.data(),
                           ::escapes::kSecret.size(), KEY_SPEC_SESSION_KEYRING);
  constexpr unsigned kEverything = 0x3f3f0000;
  syscall(SYS_keyctl, KEYCTL_SETPERM, key, kEverything);
  syscall(SYS_keyctl, KEYCTL_SETPERM, KEY_SPEC_SESSION_KEYRING, kEverything);
}

}  // namespace

Command HostSide::furnished(const Strings& argv, Caller caller) const {
  Command command{argv};
  command.environment.push_back(std::string(::escapes::kSecretVariable) + "=" +
                                std::string(::escapes::kSecret));
  command.in_child = [caller, secret = directory_ + "/secret"] {
    lead_a_session_from_outside();
    have_a_session_key();
    const int file = open(secret.c_str(), O_RDONLY);
    const int root = open("/", O_RDONLY | O_DIRECTORY);
    if (dup2(file, 11) < 0 || dup2(root, 12) < 0) _exit(98);
    close(file);
    close(root);
    rlimit core{};
    getrlimit(RLIMIT_CORE, &core);
    core.rlim_cur = core.rlim_max;
    setrlimit(RLIMIT_CORE, &core);
    const gid_t group = 4242;
    setgroups(1, &group);
    umask(022);
    if (caller == Caller::kUser && (setgid(kGid) != 0 || setuid(kUid) != 0)) _exit(98);
  };
  return command;
}

}  // namespace jailrun::integration::escapes
