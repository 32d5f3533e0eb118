#include "core/actions/mount.hpp"

#include "core/actions/common.hpp"

#include <cerrno>

#include <fcntl.h>

namespace jailrun::core {
namespace {

// "ro,nosuid", as in fstab(5).
std::string flag_words(uint32_t flags) {
  std::string words = (flags & JR_MOUNT_READ_ONLY) ? "ro" : "rw";
  if (flags & JR_MOUNT_NODEV) words += ",nodev";
  if (flags & JR_MOUNT_NOSUID) words += ",nosuid";
  if (flags & JR_MOUNT_NOEXEC) words += ",noexec";
  if (flags & JR_BIND_RECURSIVE) words += ",rbind";
  return words;
}

}  // namespace

Result<void> NewRootAction::perform(Site& site) {
  JR_TRY(sys::enter_new_root(site.root.get()));
  // The other descriptor goes on naming the mount in the namespace that was left, where the guard will need
  // it.
  JR_ASSIGN(site.inner_root, sys::open_host("/", O_PATH | O_DIRECTORY));
  return {};
}

std::string TakeTreeAction::object() const { return source_ + "  " + flag_words(flags_); }

Record TakeTreeAction::record() const {
  return Record().add("path", source_).add("options", flag_words(flags_));
}

Result<void> TakeTreeAction::perform(Site&) {
  JR_ASSIGN(*tree_, sys::take_tree(source_, flags_));
  return {};
}

Result<void> BindAction::perform(Site& site) {
  JR_ASSIGN(const UniqueFd target, sys::open_below(site.inner_root.get(), path_, O_PATH));
  return sys::place_tree(tree_->get(), target.get());
}

std::string MountAction::object() const {
  std::string text = path_ + "  " + mount_.type + " " + flag_words(mount_.flags);
  if (!mount_.data.empty()) text += "," + mount_.data;
  return text;
}

Record MountAction::record() const {
  Record record;
  record.add("path", path_).add("type", mount_.type).add("options", flag_words(mount_.flags));
  if (!mount_.data.empty()) record.add("data", mount_.data);
  return record;
}

Result<void> MountAction::perform(Site& site) {
  JR_ASSIGN(const UniqueFd target, sys::open_below(site.inner_root.get(), path_, O_PATH | O_DIRECTORY));
  return sys::mount_new(mount_, target.get());
}

}  // namespace jailrun::core
