// SPDX-License-Identifier: Apache-2.0
// Relays the program's own terminal: what comes on this process's stdin is typed there, what the program
// writes there goes to stdout, and the size of the caller's terminal is that one's, too. Nothing here waits:
// a caller that does not read must not keep a time limit or a signal from the program.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace jailrun::supervisor {

// One of the caller's streams. Others may share its open file, so it can't be made non-blocking.
class Stream {
 public:
  Stream() = default;
  explicit Stream(int number) : fd_(number) {
    struct stat there {};
    if (fstat(number, &there) != 0) {
      fd_ = -1;
      return;
    }
    is_socket_ = S_ISSOCK(there.st_mode);
    is_terminal_ = isatty(number) != 0;
    if (!is_terminal_ && !S_ISFIFO(there.st_mode)) return;  // a file never lets anybody wait
    // An open file of this process's own. Where there is no /proc, a terminal or pipe that nobody reads keeps
    // this process waiting.
    char path[] = "/proc/self/fd/0";
    path[sizeof path - 2] = static_cast<char>('0' + number);
    const int access = number == STDIN_FILENO ? O_RDONLY : O_WRONLY;
    const int own = open(path, access | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (own >= 0) fd_ = own;
  }

  int fd() const { return fd_; }
  bool is_terminal() const { return is_terminal_; }
  void close() { fd_ = -1; }
  ssize_t read(char* to, size_t size) const {
    return is_socket_ ? recv(fd_, to, size, MSG_DONTWAIT) : ::read(fd_, to, size);
  }
  ssize_t write(const char* from, size_t size) const {
    return is_socket_ ? send(fd_, from, size, MSG_DONTWAIT | MSG_NOSIGNAL) : ::write(fd_, from, size);
  }

 private:
  int fd_ = -1;
  bool is_socket_ = false;
  bool is_terminal_ = false;
};

// Bytes that were read and not yet written.
struct Bytes {
  char bytes[4096];
  size_t begin = 0;
  size_t end = 0;
  bool empty() const { return begin == end; }
};

// The caller's terminal, where its keys are not to be signals, nor lines: those are made by the program's
// own. Whose job is not in the foreground has neither its keys nor a say in its modes.
class CallersTerminal {
 public:
  explicit CallersTerminal(int fd) : fd_(fd) {}
  bool is_in_foreground() const {
    const pid_t group = tcgetpgrp(fd_);
    return group == getpgrp() || (group < 0 && errno == ENOTTY);  // of another session, or none: nobody's job
  }
  void take() {
    termios now{};
    if (is_raw_ || tcgetattr(fd_, &now) != 0) return;
    // Who was stopped without warning has left it as it still is.
    const bool is_left = memcmp(&now, &raw_, sizeof now) == 0;
    if (!is_left) before_ = raw_ = now;
    if (!is_left) cfmakeraw(&raw_);
    is_raw_ = tcsetattr(fd_, TCSANOW, &raw_) == 0 && tcgetattr(fd_, &raw_) == 0;
  }
  void give_back() {
    if (is_raw_ && is_in_foreground()) tcsetattr(fd_, TCSANOW, &before_);
    is_raw_ = false;
  }
  // After a stop the modes are what the shell has set meanwhile.
  void forget() { is_raw_ = false; }
  bool is_raw() const { return is_raw_; }

 private:
  int fd_;
  bool is_raw_ = false;
  termios before_{};
  termios raw_{};
};

class Relay {
 public:
  static constexpr int kWatched = 3;

  // The two ends of the program's terminal; -1: it has none, and nothing is done.
  Relay(int relay, int own) : relay_(relay), own_(own), has_session_(relay >= 0) {
    if (!is_on()) return;
    in_ = Stream(STDIN_FILENO);
    out_ = Stream(STDOUT_FILENO);
    int never = -1;
    if (in_.is_terminal()) (void)follow_foreground(never);
    adjust_size();
  }
  bool is_on() const { return relay_ >= 0; }
  // Of another session than this process, also after that terminal has hung up.
  bool has_session() const { return has_session_; }

  // What to wait for, and for how long at most.
  void watch(pollfd* watched, int& timeout_ms) {
    for (int i = 0; i < kWatched; ++i) watched[i] = {-1, 0, 0};
    if (!is_on()) return;
    bool is_readable = in_.fd() >= 0;
    if (is_readable && in_.is_terminal()) is_readable = follow_foreground(timeout_ms);
    if (is_readable && typed_.empty()) watched[0] = {in_.fd(), POLLIN, 0};
    if (out_.fd() >= 0 && !written_.empty()) watched[1] = {out_.fd(), POLLOUT, 0};
    const int typing = typed_.empty() ? 0 : POLLOUT;
    const int reading = written_.empty() ? POLLIN : 0;
    if (typing + reading != 0) watched[2] = {relay_, static_cast<short>(typing | reading), 0};
  }

  // Whatever can be done without waiting.
  void pass_on(const pollfd* watched) {
    if (!is_on()) return;
    if (watched[0].revents != 0) read_input();
    if (is_on() && !typed_.empty()) type();
    if (is_on() && written_.empty() && watched[2].revents != 0) read_output();
    if (is_on() && !written_.empty()) write_output();
  }

  // When the program has exited: what it has written is still in the kernel. True once that is through;
  // others may write on, and only what the kernel can hold is waited for.
  bool is_drained() {
    in_.close();
    typed_.begin = typed_.end = 0;
    while (is_on() && drained_ < kMostDrained) {
      if (written_.empty()) {
        read_output();
        drained_ += written_.end;
      }
      if (written_.empty()) return true;
      write_output();
      if (is_on() && !written_.empty()) return false;
    }
    return true;
  }

  void adjust_size() const {
    winsize size{};
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
      if (ioctl(stream, TIOCGWINSZ, &size) != 0) continue;
      (void)ioctl(relay_, TIOCSWINSZ, &size);  // which tells the program
      return;
    }
  }
  void end() { hang_up(); }
  void stop() { terminal_.give_back(); }
  void go_on() {
    terminal_.forget();
    adjust_size();
  }
  const char* line_end() const { return terminal_.is_raw() ? "\r\n" : "\n"; }

 private:
  static constexpr size_t kMostDrained = 1024UL * 1024;  // more than a terminal's buffers hold

  // Nobody is told when a job comes into the foreground that has not been stopped before.
  bool follow_foreground(int& timeout_ms) {
    if (terminal_.is_in_foreground()) {
      terminal_.take();
      return true;
    }
    terminal_.forget();
    constexpr int kMoment = 500;
    if (timeout_ms < 0 || timeout_ms > kMoment) timeout_ms = kMoment;
    return false;
  }

  void read_input() {
    const ssize_t size = in_.read(typed_.bytes, sizeof typed_.bytes);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    typed_.begin = 0;
    typed_.end = size > 0 ? static_cast<size_t>(size) : 0;
    if (size > 0) return note_line();
    in_.close();
    if (in_.is_terminal()) return hang_up();  // its caller's has gone
    // As who types it: once at the begin of a line, twice elsewhere, where the first one ends that piece
    // only.
    termios modes{};
    if (tcgetattr(relay_, &modes) != 0) return;
    typed_.end = is_in_line_ ? 2 : 1;
    memset(typed_.bytes, modes.c_cc[VEOF], typed_.end);
  }
  void note_line() { is_in_line_ = typed_.bytes[typed_.end - 1] != '\n'; }

  void type() {
    const ssize_t size = write(relay_, typed_.bytes + typed_.begin, typed_.end - typed_.begin);
    if (size > 0) typed_.begin += static_cast<size_t>(size);
  }
  void read_output() {
    const ssize_t size = read(relay_, written_.bytes, sizeof written_.bytes);
    written_.begin = 0;
    written_.end = size > 0 ? static_cast<size_t>(size) : 0;
  }
  void write_output() {
    const ssize_t size = out_.write(written_.bytes + written_.begin, written_.end - written_.begin);
    if (size > 0) {
      written_.begin += static_cast<size_t>(size);
    } else if (errno != EAGAIN && errno != EINTR) {
      hang_up();  // nobody sees what the program writes: to it, its terminal has gone
    }
  }
  void hang_up() {
    terminal_.give_back();
    if (relay_ >= 0) close(relay_);
    if (own_ >= 0) close(own_);
    relay_ = own_ = -1;
  }

  int relay_;
  // Kept open, so that a program that has closed its own does not end it: it may open it again.
  int own_;
  bool has_session_;
  Stream in_;
  Stream out_;
  CallersTerminal terminal_{STDIN_FILENO};
  Bytes typed_;
  Bytes written_;
  bool is_in_line_ = false;
  size_t drained_ = 0;
};

}  // namespace jailrun::supervisor
