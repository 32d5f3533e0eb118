// SPDX-License-Identifier: Apache-2.0
// A program to be jailed that works with its terminal. It says "ready" once it waits for something, and exits
// 7.
//
//   facts       what it knows of its terminal
//   count       reads until the end: how many bytes, and their sum
//   flood N     N lines of 100 bytes
//   size        the terminal's size at the start, and after each SIGWINCH until it is 0 rows
//   keys        waits for a signal of a key, and tells it
//   type        puts a word into its terminal's input
//   close       closes its streams, opens its terminal again, and says so there
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace {

int facts() {
  for (int stream = 0; stream < 3; ++stream) std::printf("terminal %d %d\n", stream, isatty(stream));
  char name[64] = "";
  std::printf("name %s\n", ttyname_r(0, name, sizeof name) == 0 ? name : "none");
  std::printf("leads %d\n", getsid(0) == getpid() && tcgetsid(0) == getpid());
  std::printf("foreground %d\n", tcgetpgrp(0) == getpgrp());
  termios modes{};
  tcgetattr(0, &modes);
  std::printf("echo %d output %d\n", (modes.c_lflag & ECHO) != 0, (modes.c_oflag & OPOST) != 0);
  std::printf("end\n");
  return 7;
}

int count() {
  unsigned long bytes = 0;
  unsigned long sum = 0;
  char piece[512];
  std::printf("ready\n");
  std::fflush(stdout);
  for (ssize_t size = 0; (size = read(0, piece, sizeof piece)) > 0; bytes += static_cast<unsigned long>(size))
    for (ssize_t i = 0; i < size; ++i) sum += static_cast<unsigned char>(piece[i]);
  std::printf("read %lu bytes, sum %lu\n", bytes, sum);
  return 7;
}

int flood(int lines) {
  for (int i = 0; i < lines; ++i) std::printf("%099d\n", i);
  return 7;
}

int wait_for_signal(int number) {
  sigset_t set;
  sigemptyset(&set);
  for (const int one : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGWINCH}) sigaddset(&set, one);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  std::printf("ready\n");
  std::fflush(stdout);
  if (number != 0) {
    sigemptyset(&set);
    sigaddset(&set, number);
  }
  return sigwaitinfo(&set, nullptr);
}

int tell_sizes() {
  for (;;) {
    winsize size{};
    ioctl(0, TIOCGWINSZ, &size);
    std::printf("size %d %d\n", size.ws_row, size.ws_col);
    if (size.ws_row == 1) return 7;
    wait_for_signal(SIGWINCH);
  }
}

int type() {
  for (const char* key = "injected\n"; *key != '\0'; ++key)
    if (ioctl(0, TIOCSTI, key) != 0) {
      std::printf("type %s\n", strerrorname_np(errno));
      return 7;
    }
  char line[64] = "";
  const bool is_own = std::fgets(line, sizeof line, stdin) != nullptr;
  std::printf("type yes, and read %s\n", is_own ? line : "nothing");
  return 7;
}

int close_all() {
  const int tty = dup(0);
  for (int stream = 0; stream < 3; ++stream) close(stream);
  usleep(200000);
  dup2(tty, 1);
  std::printf("still there\n");
  return 7;
}

}  // namespace

int main(int argc, char** argv) {
  const char* const word = argc > 1 ? argv[1] : "facts";
  const auto is = [&](const char* name) { return std::strcmp(word, name) == 0; };
  if (is("facts")) return facts();
  if (is("count")) return count();
  if (is("flood")) return flood(std::atoi(argv[2]));
  if (is("size")) return tell_sizes();
  if (is("type")) return type();
  if (is("close")) return close_all();
  if (is("keys")) {
    std::printf("signal %d\n", wait_for_signal(0));
    return 7;
  }
  return 2;
}
