// SPDX-License-Identifier: Apache-2.0
// A filesystem that is made first and mounted afterwards, at a descriptor: fsopen(2) and its kin. And how it
// is found again: by its source, which mountinfo shows.
#pragma once

#include "core/sys/fd.hpp"
#include "core/sys/mounts.hpp"
#include "core/sys/paths.hpp"
#include "jailrun/result.hpp"

#include <string>

namespace jailrun::sys {

class NewFilesystem {
 public:
  // `type` as in /proc/filesystems.
  static Result<NewFilesystem> open(const std::string& type);

  // One option; one without a value is a flag.
  Result<void> set(const std::string& key, const std::string& value);
  Result<void> set_flag(const std::string& key);
  // A directory by descriptor: its path is not looked up again, and a ':' or ',' in it has no meaning.
  // `key_by_path` is the option's name where the kernel wants a path.
  Result<void> set_directory(const std::string& key, const std::string& key_by_path, int directory);

  // The mount, which is not attached anywhere yet; `flags` are JR_MOUNT_...
  Result<UniqueFd> mount(uint32_t flags);

 private:
  NewFilesystem(UniqueFd context, std::string type) : context_(std::move(context)), type_(std::move(type)) {}
  Error refused(const std::string& what) const;

  UniqueFd context_;
  std::string type_;
};

// All of that at once; each `key=value` of the data is an option of its own.
Result<UniqueFd> make_filesystem(const NewMount& wanted);

// Unmounts the mount with this source from the directory at `place`, and in the other namespaces that share
// it; does nothing where it is not mounted. EBUSY: something else is mounted on it or over it.
Result<void> unmount(const Place& place, const std::string& source);

}  // namespace jailrun::sys
