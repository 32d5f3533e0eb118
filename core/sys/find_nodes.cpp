// SPDX-License-Identifier: Apache-2.0
#include "core/sys/find_nodes.hpp"

#include "core/sys/take_directory.hpp"

#include <cerrno>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

using Listing = std::unique_ptr<DIR, int (*)(DIR*)>;

Listing list(int parent, const char* name) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS;
  long fd = syscall(SYS_openat2, parent, name, &how, sizeof how);
  if (fd < 0 && errno == ENOSYS) fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR* const listing = fd >= 0 ? fdopendir(static_cast<int>(fd)) : nullptr;
  if (fd >= 0 && listing == nullptr) close(static_cast<int>(fd));
  return {listing, closedir};
}

}  // namespace

Result<void> find_nodes(int root, mode_t type, dev_t number, const VisitNode& visit) {
  constexpr size_t kDeepest = 64;         // each level is an open descriptor
  constexpr size_t kMostChanged = 20000;  // as in remove_tree.cpp
  timespec began{};
  clock_gettime(CLOCK_REALTIME_COARSE, &began);
  size_t changed = 0;
  std::vector<Listing> levels;
  if (Listing top = list(root, "."))
    levels.push_back(std::move(top));
  else
    return system_error(errno, "list the jail's root");
  while (!levels.empty()) {
    const dirent* const entry = readdir(levels.back().get());
    if (entry == nullptr) {
      levels.pop_back();
      continue;
    }
    const std::string name = entry->d_name;
    const int here = dirfd(levels.back().get());
    struct stat now {};
    if (name == "." || name == ".." || fstatat(here, name.c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISDIR(now.st_mode)) {
      if (now.st_ctim.tv_sec > began.tv_sec && ++changed > kMostChanged)
        return system_error(EBUSY, "a process that is left over keeps making directories in the jail's root");
      Listing below = list(here, name.c_str());
      if (below && levels.size() < kDeepest)
        levels.push_back(std::move(below));
      else if (below && fstat(dirfd(below.get()), &now) == 0)
        take_directory(dirfd(below.get()), now);
      continue;
    }
    if ((now.st_mode & S_IFMT) != type || now.st_rdev != number) continue;
    const UniqueFd node(openat(here, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!node || fstat(node.get(), &now) != 0 || (now.st_mode & S_IFMT) != type || now.st_rdev != number)
      continue;
    JR_TRY(visit(Place(here, name), node.get(), now));
  }
  return {};
}

}  // namespace jailrun::sys
