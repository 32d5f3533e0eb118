// SPDX-License-Identifier: Apache-2.0
// Paths inside a directory that a hostile tenant may write to: resolved without symbolic links, never
// out of it.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/paths.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <string_view>

namespace jailrun::sys {

// A place below a directory: its parent, open, and its last component.
class Place {
 public:
  Place(UniqueFd parent, std::string leaf_name)
      : leaf(std::move(leaf_name)), owned_(std::move(parent)), fd_(owned_.get()) {}
  // The parent is borrowed: it must stay open as long as the place is used.
  Place(int parent, std::string leaf_name) : leaf(std::move(leaf_name)), fd_(parent) {}

  int parent() const { return fd_; }
  std::string leaf;

 private:
  UniqueFd owned_;
  int fd_;
};

// "/dev/net/tun" -> the directory "/dev/net" below `root`, opened O_PATH, and "tun"; "/dev" -> `root` itself,
// borrowed, and "dev". Symbolic links and magic links are refused (ELOOP): a tenant could plant /dev -> /etc
// and have the host's files changed. Leaving `root` is refused (EXDEV).
Result<Place> locate(int root, std::string_view path);

// Opens `path` below `root` under the same rules. `flags` as in open(2); O_CLOEXEC is added.
Result<UniqueFd> open_below(int root, std::string_view path, int flags);

// True if both host paths lead to one file. Follows links.
bool is_same_file(const std::string& one, const std::string& other);

// Opens a host path, following symbolic links, O_CLOEXEC added.
Result<UniqueFd> open_host(const std::string& path, int flags);

// The SDK's, as plugins need it too.
using jailrun::is_clean_absolute;

// All that can be read from a descriptor; EFBIG where that is more than `limit` bytes. `name` is
// for the error.
Result<std::string> read_all(int fd, const std::string& name, size_t limit);

// A file of /proc of less than a page, which the kernel returns in one piece: one read is enough.
Result<std::string> read_piece(const std::string& path);

// The whole content of a small file (/proc, /sys), at most `limit` bytes.
Result<std::string> read_small(const std::string& path, size_t limit = 64 * 1024);

}  // namespace jailrun::sys
