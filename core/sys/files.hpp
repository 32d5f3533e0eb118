// SPDX-License-Identifier: Apache-2.0
// Directories, files and device nodes, made so that a tenant who owns the directory around them gains nothing
// by racing.
#pragma once

#include "core/sys/paths.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <string_view>

#include <sys/stat.h>
#include <sys/types.h>

namespace jailrun::sys {

struct Ownership {
  uint32_t mode = 0;  // permission bits
  jr_owner owner = {0, 0};
};

// A directory that stands now: open, O_PATH.
struct MadeDirectory {
  UniqueFd fd;
  bool is_new = false;  // false: one stood there already, and is left as it is
};
Result<MadeDirectory> make_directory(const Place& place, const Ownership& ownership);

// Gives a directory that is open O_PATH its owner and mode.
Result<void> give_away_directory(int fd, const Ownership& ownership);

// A new regular file, empty, open for writing; EEXIST if anything stands there.
Result<UniqueFd> make_file(const Place& place);

// Gives an open file its owner and mode, in the order that keeps set-id bits.
Result<void> give_away(int fd, const Ownership& ownership);

Result<void> write_all(int fd, std::string_view content);

// Copies all data of one regular file to another, empty one: reflink, else copy_file_range, else read and
// write. Holes stay holes. `now`: what fstat says of the source.
Result<void> copy_data(int from, int to);
Result<void> copy_data(int from, int to, const struct stat& now);

// Shares the data of one regular file with another, empty one, copy-on-write. EOPNOTSUPP or EXDEV where the
// filesystem can't.
constexpr const char* kShareData = "share the data, which btrfs and XFS can, within one filesystem";
Result<void> share_data(int from, int to);

// Gives an open file another name. EXDEV on another filesystem, or across mounts.
Result<void> link_file(int file, const Place& place);

// A device node. One that stands there with the same type and number is given the ownership; anything else is
// EEXIST.
Result<void> make_node(const Place& place, mode_t type, dev_t number, const Ownership& ownership);

// unlink or rmdir; something that is not there is fine.
Result<void> remove_file(const Place& place);
Result<void> remove_directory(const Place& place);

}  // namespace jailrun::sys
