// SPDX-License-Identifier: Apache-2.0
// Directories, files and device nodes, made so that a tenant who owns the directory around them gains
// nothing by racing.
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

// A directory that exists now: open, O_PATH.
struct MadeDirectory {
  UniqueFd fd;
  bool is_new = false;  // false: it already existed, and is left as it is
};
Result<MadeDirectory> make_directory(const Place& place, const Ownership& ownership);

// Sets owner and mode of a directory that is open O_PATH; kKeepMode: only the owner.
constexpr uint32_t kKeepMode = UINT32_MAX;
Result<void> set_directory_ownership(int fd, const Ownership& ownership);

// A new regular file, empty, open for writing; EEXIST if anything exists there.
Result<UniqueFd> make_file(const Place& place);

// Sets owner and mode of an open file, in the order that keeps set-id bits.
Result<void> set_ownership(int fd, const Ownership& ownership);

Result<void> write_all(int fd, std::string_view content);

// Waits until what has been written to a file, or the names in a directory (open in any way), are on the disk
// itself, where a power cut leaves them. `what` is for the error.
Result<void> sync_data(int fd, const std::string& what);
Result<void> sync_names(int directory, const std::string& what);

// Copies all data of one regular file to another, empty one: reflink, else copy_file_range, else read and
// write. Holes stay holes. `now`: the source's fstat.
Result<void> copy_data(int from, int to);
Result<void> copy_data(int from, int to, const struct stat& now);

// Shares the data of one regular file with another, empty one, copy-on-write. EOPNOTSUPP or EXDEV where
// the filesystem can't.
constexpr const char* kShareData = "share the data, which btrfs and XFS can, within one filesystem";
Result<void> share_data(int from, int to);

// linkat(2) of an open file: 0, or -1 with errno. The file may be one without a name.
int link_descriptor(int file, int directory, const char* name);

// Links an open file to another name. EXDEV on another filesystem, or across mounts.
Result<void> link_file(int file, const Place& place);

// A device node. If one with the same type and number exists, its owner and mode are set; anything
// else is EEXIST.
Result<void> make_node(const Place& place, mode_t type, dev_t number, const Ownership& ownership);

// Sets owner and mode of a node that is open O_PATH.
Result<void> set_node_ownership(int fd, const Ownership& ownership, const std::string& name);

// unlink or rmdir; something that is not there is fine.
Result<void> remove_file(const Place& place);
Result<void> remove_directory(const Place& place);

}  // namespace jailrun::sys
