// SPDX-License-Identifier: Apache-2.0
#include "core/sys/terminal.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

constexpr const char* kDevice = "/dev/ptmx";

// Who types at a terminal sees it by the echo of the program's; what comes by a pipe is not to be in the
// output. Where one of both is not a terminal, nobody looks at the output as it goes by, and it stays as it
// was written, without a carriage return in each line.
void set_modes(int own) {
  termios modes{};
  const bool is_typed = tcgetattr(STDIN_FILENO, &modes) == 0;
  if (!is_typed && tcgetattr(own, &modes) != 0) return;
  if (!is_typed) modes.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  if (!is_typed || isatty(STDOUT_FILENO) == 0) modes.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  (void)tcsetattr(own, TCSANOW, &modes);
  winsize size{};
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (ioctl(stream, TIOCGWINSZ, &size) != 0) continue;
    (void)ioctl(own, TIOCSWINSZ, &size);
    return;
  }
}

}  // namespace

Result<PseudoTerminal> open_pseudo_terminal(jr_owner owner) {
  PseudoTerminal made;
  made.relay = UniqueFd(open(kDevice, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!made.relay) return system_error(errno, std::string("open ") + kDevice);
  int is_locked = 0;
  if (ioctl(made.relay.get(), TIOCSPTLCK, &is_locked) != 0)
    return system_error(errno, std::string("unlock a terminal of ") + kDevice);
  // Not by its name, which would be a path that something else may be at.
  made.own = UniqueFd(ioctl(made.relay.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!made.own) return system_error(errno, std::string("open the other end of a terminal of ") + kDevice);
  set_modes(made.own.get());
  constexpr mode_t kOwners = 0600;
  if (fchmod(made.own.get(), kOwners) != 0 || fchown(made.own.get(), owner.uid, owner.gid) != 0)
    return system_error(errno, "give the terminal to the program");
  return made;
}

Result<void> take_terminal(int own) {
  if (setsid() < 0) return system_error(errno, "make a session");
  if (ioctl(own, TIOCSCTTY, 0) != 0) return system_error(errno, "make it the controlling terminal");
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (dup2(own, stream) < 0) return system_error(errno, "put a standard stream on it");
  return {};
}

}  // namespace jailrun::sys
