// SPDX-License-Identifier: Apache-2.0
// What the probe tries to do, by one word each: "write:/data/file". Each gives nullptr where it was done, or
// the errno's name.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tries {

inline const char* outcome(long result) { return result < 0 ? strerrorname_np(errno) : nullptr; }

inline const char* opened(const char* path, int flags) {
  const int fd = open(path, flags | O_CLOEXEC, 0644);
  if (fd < 0) return strerrorname_np(errno);
  close(fd);
  return nullptr;
}

// Executes it with an option that ends the probe at once.
inline const char* run(const char* path) {
  const pid_t child = fork();
  if (child == 0) {
    close(STDOUT_FILENO);
    execl(path, path, "--exit", "0", static_cast<char*>(nullptr));
    _exit(errno);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status) != 0 ? strerrorname_np(WEXITSTATUS(status)) : nullptr;
}

// "192.0.2.1:80", by TCP; EINPROGRESS where nobody answers.
inline const char* reach(const char* text) {
  char host[64] = "";
  const char* const colon = std::strrchr(text, ':');
  if (colon == nullptr || colon - text >= static_cast<long>(sizeof host)) return "EINVAL";
  std::memcpy(host, text, static_cast<size_t>(colon - text));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<in_port_t>(std::atoi(colon + 1)));
  if (inet_pton(AF_INET, host, &at.sin_addr) != 1) return "EINVAL";
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return strerrorname_np(errno);
  const timeval limit = {2, 0};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const char* const result = outcome(connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at));
  close(fd);
  return result;
}

inline const char* use_port(const char* text, bool connects) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return strerrorname_np(errno);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<in_port_t>(std::atoi(text)));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* const address = reinterpret_cast<const sockaddr*>(&at);
  const char* const result =
      outcome(connects ? connect(fd, address, sizeof at) : bind(fd, address, sizeof at));
  close(fd);
  return result;
}

inline const char* reach_abstract(const char* name) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return strerrorname_np(errno);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  const size_t length = strnlen(name, sizeof at.sun_path - 1);
  memcpy(at.sun_path + 1, name, length);
  const char* const result =
      outcome(connect(fd, reinterpret_cast<const sockaddr*>(&at),
                      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length)));
  close(fd);
  return result;
}

inline const char* ask_device(const char* path) {
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return strerrorname_np(errno);
  constexpr unsigned long kUnknown = 0x4a01;  // a device that is asked answers ENOTTY or the like
  const char* const result = outcome(syscall(SYS_ioctl, fd, kUnknown, 0));
  close(fd);
  return result;
}

inline const char* join_group(const char* number) {
  const auto group = static_cast<gid_t>(std::atoi(number));
  return outcome(setgroups(1, &group));
}

// "both": writable and executable; "later": executable once it was written.
inline const char* have_memory(const char* how) {
  constexpr size_t kSize = 4096;
  constexpr int kWritable = PROT_READ | PROT_WRITE;
  const bool is_later = std::strcmp(how, "later") == 0;
  void* const memory =
      mmap(nullptr, kSize, is_later ? kWritable : kWritable | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return strerrorname_np(errno);
  const char* const result = is_later ? outcome(mprotect(memory, kSize, PROT_READ | PROT_EXEC)) : nullptr;
  munmap(memory, kSize);
  return result;
}

// As if it had been typed at the terminal that is open there.
inline const char* inject(int terminal) {
  char key = 'x';
  return outcome(ioctl(terminal, TIOCSTI, &key));
}

// "/x c 1:11": a node of that number.
inline const char* make_node(const char* what) {
  char path[256];
  char type = 0;
  unsigned major_number = 0;
  unsigned minor_number = 0;
  if (std::sscanf(what, "%255s %c %u:%u", path, &type, &major_number, &minor_number) != 4) return "unknown";
  const mode_t mode = (type == 'b' ? S_IFBLK : S_IFCHR) | 0600;
  return outcome(mknod(path, mode, makedev(major_number, minor_number)));
}

// By a child: where it is denied, that is the end.
inline const char* read_time_stamp() {
#if defined(__x86_64__)
  const pid_t child = fork();
  if (child == 0) _exit(__builtin_ia32_rdtsc() == 0 ? 1 : 0);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return "failed";
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV ? "SIGSEGV" : "yes";
#else
  return "unknown";
#endif
}

inline const char* attempt(const char* word) {
  const char* const colon = std::strchr(word, ':');
  const char* const what = colon == nullptr ? "" : colon + 1;
  const auto is = [&](const char* name) {
    const size_t length = std::strlen(name);
    return std::strncmp(word, name, length) == 0 && word[length] == ':';
  };
  if (is("read")) return opened(what, O_RDONLY);
  if (is("write")) return opened(what, O_WRONLY);
  if (is("node")) return make_node(what);
  if (is("make")) return opened(what, O_WRONLY | O_CREAT | O_EXCL);
  if (is("truncate")) return outcome(truncate(what, 0));
  if (is("remove")) return outcome(unlink(what));
  if (is("run")) return run(what);
  if (is("ioctl")) return ask_device(what);
  if (is("bind")) return use_port(what, false);
  if (is("connect")) return use_port(what, true);
  if (is("reach")) return reach(what);
  if (is("signal")) return outcome(kill(static_cast<pid_t>(std::atoi(what)), 0));
  if (is("trace"))
    return outcome(ptrace(PTRACE_SEIZE, static_cast<pid_t>(std::atoi(what)), nullptr, nullptr));
  if (is("abstract")) return reach_abstract(what);
  if (is("mount")) return outcome(mount("none", what, "tmpfs", 0, nullptr));
  if (is("hostname")) return outcome(sethostname(what, strlen(what)));
  if (is("unshare")) return outcome(unshare(static_cast<int>(std::strtol(what, nullptr, 0))));
  if (is("group")) return join_group(what);
  if (is("give-away")) return outcome(chown(what, 1, 1));
  if (is("memory")) return have_memory(what);
  if (is("inject")) return inject(std::atoi(what));
  if (is("tsc")) return read_time_stamp();
  return "unknown";
}

}  // namespace tries
