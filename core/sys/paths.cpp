// SPDX-License-Identifier: Apache-2.0
#include "core/sys/paths.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace jailrun::sys {
namespace {

int openat2(int directory, const char* path, uint64_t flags, uint64_t resolve) {
  open_how how{};
  how.flags = flags;
  how.resolve = resolve;
  // EAGAIN: the kernel could not rule out that ".." raced with a rename; the paths here have no "..", so
  // trying again is enough.
  for (;;) {
    const long fd = syscall(SYS_openat2, directory, path, &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN) return static_cast<int>(fd);
  }
}

constexpr int kOnTheWay = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// With O_PATH, O_NOFOLLOW opens a link itself instead of failing.
int without_link(UniqueFd fd) {
  struct stat now {};
  if (fstat(fd.get(), &now) != 0) return -1;
  if (S_ISLNK(now.st_mode)) return errno = ELOOP, -1;
  return fd.release();
}

// Kernels before 5.6 and some tracers lack openat2: the same lookup, one component at a time.
int open_component_wise(int directory, std::string_view path, int flags) {
  UniqueFd here(fcntl(directory, F_DUPFD_CLOEXEC, 3));
  while (here) {
    const size_t slash = path.find('/');
    const std::string component(path.substr(0, slash));
    const bool is_last = slash == std::string_view::npos;
    if (component == "..") return errno = EXDEV, -1;
    UniqueFd next(openat(here.get(), component.c_str(), is_last ? flags | O_NOFOLLOW : kOnTheWay));
    if (is_last) return next ? without_link(std::move(next)) : -1;
    here = std::move(next);
    path.remove_prefix(slash + 1);
  }
  return -1;
}

}  // namespace

Result<UniqueFd> open_below(int root, std::string_view path, int flags) {
  while (!path.empty() && path.front() == '/') path.remove_prefix(1);
  const std::string relative(path.empty() ? "." : path);
  constexpr uint64_t kResolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  int fd = openat2(root, relative.c_str(), static_cast<uint64_t>(flags | O_CLOEXEC), kResolve);
  if (fd < 0 && errno == ENOSYS) fd = open_component_wise(root, relative, flags | O_CLOEXEC);
  if (fd < 0) return system_error(errno, "open /" + relative + " in the jail's root");
  return UniqueFd(fd);
}

Result<Place> locate(int root, std::string_view path) {
  const size_t slash = path.rfind('/');
  if (path.substr(slash + 1) == "..")
    return system_error(EXDEV, "find " + std::string(path) + " in the jail's root");
  if (slash == 0) return Place(root, std::string(path.substr(1)));
  JR_ASSIGN(UniqueFd parent, open_below(root, path.substr(0, slash), O_PATH | O_DIRECTORY));
  return Place(std::move(parent), std::string(path.substr(slash + 1)));
}

bool is_same_file(const std::string& one, const std::string& other) {
  struct stat first {};
  struct stat second {};
  return stat(one.c_str(), &first) == 0 && stat(other.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

Result<UniqueFd> open_host(const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return system_error(errno, "open " + path);
  return UniqueFd(fd);
}

Result<std::string> read_all(int fd, const std::string& name, size_t limit) {
  std::string content;
  char chunk[4096];
  for (;;) {
    const ssize_t count = read(fd, chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, "read " + name);
    if (count == 0) return content;
    content.append(chunk, static_cast<size_t>(count));
    if (content.size() > limit) return system_error(EFBIG, "read " + name);
  }
}

Result<std::string> read_piece(const std::string& path) {
  JR_ASSIGN(const UniqueFd fd, open_host(path, O_RDONLY));
  char piece[4096];
  ssize_t count = 0;
  while ((count = read(fd.get(), piece, sizeof piece)) < 0 && errno == EINTR) {
  }
  if (count < 0) return system_error(errno, "read " + path);
  return std::string(piece, static_cast<size_t>(count));
}

Result<std::string> read_small(const std::string& path, size_t limit) {
  JR_ASSIGN(const UniqueFd fd, open_host(path, O_RDONLY));
  return read_all(fd.get(), path, limit);
}

}  // namespace jailrun::sys
