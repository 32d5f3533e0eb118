// SPDX-License-Identifier: Apache-2.0
#include "core/actions/filesystem.hpp"

#include "core/actions/mount.hpp"
#include "core/plan/state.hpp"
#include "core/sys/filesystems.hpp"

#include <algorithm>

#include <fcntl.h>

namespace jailrun::core {

std::string FilesystemAction::object() const {
  return path_ + "  " + mount_.type + " " + flag_words(mount_.flags) +
         (mount_.data.empty() ? "" : "," + mount_.data);
}

Record FilesystemAction::record() const {
  Record record;
  record.add("path", path_).add("type", mount_.type).add("options", flag_words(mount_.flags));
  if (!mount_.data.empty()) record.add("data", mount_.data);
  return record;
}

Result<void> FilesystemAction::perform(Launch& launch) {
  sys::NewMount filled = mount_;
  filled.flags &= ~JR_MOUNT_READ_ONLY;  // that comes when it is mounted
  JR_ASSIGN(UniqueFd made, sys::make_filesystem(filled));
  // Perhaps the directory that it will be mounted on is one of them.
  std::erase_if(launch.jail.made, [&](const Jail::OpenDirectory& one) { return one.path == path_; });
  launch.jail.made.push_back({path_, std::move(made), true});
  return {};
}

uint32_t MountFilesystemAction::traits() const { return kShowsPath | comes_back_with(flags_); }

Result<void> MountFilesystemAction::perform(Launch& launch) {
  const auto& made = launch.jail.made;
  const auto filled = std::find_if(made.begin(), made.end(), [&](const Jail::OpenDirectory& one) {
    return one.is_filesystem && one.path == path_;
  });
  if (filled == made.end()) return internal_error("the filesystem for " + path_ + " was not made");
  if ((flags_ & JR_MOUNT_READ_ONLY) != 0) JR_TRY(sys::make_read_only(filled->fd.get()));
  // Through no symbolic link: one in a root that a caller has filled could lead to another directory of the
  // jail, whose place the filesystem would take.
  JR_ASSIGN(const UniqueFd target, open_inside(launch, path_, O_PATH | O_DIRECTORY));
  return sys::place_tree(filled->fd.get(), target.get());
}

}  // namespace jailrun::core
