// SPDX-License-Identifier: Apache-2.0
#include "core/actions/mount.hpp"

#include "core/actions/common.hpp"
#include "core/actions/process/user_namespace.hpp"
#include "core/base/log.hpp"
#include "core/base/message.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sched.h>

namespace jailrun::core {

std::string flag_words(uint32_t flags) {
  std::string words = (flags & JR_MOUNT_READ_ONLY) ? "ro" : "rw";
  if (flags & JR_MOUNT_NODEV) words += ",nodev";
  if (flags & JR_MOUNT_NOSUID) words += ",nosuid";
  if (flags & JR_MOUNT_NOEXEC) words += ",noexec";
  if (flags & JR_BIND_RECURSIVE) words += ",rbind";
  if (flags & JR_BIND_IDMAP) words += ",idmap";
  return words;
}

uint32_t flags_of(const std::string& words) {
  uint32_t flags = 0;
  for (const uint32_t flag : {JR_MOUNT_READ_ONLY, JR_MOUNT_NODEV, JR_MOUNT_NOSUID, JR_MOUNT_NOEXEC})
    if (("," + words + ",").find("," + flag_words(flag).substr(flag == JR_MOUNT_READ_ONLY ? 0 : 3) + ",") !=
        std::string::npos)
      flags |= flag;
  return flags;
}

std::string OpenTemplateAction::object() const {
  switch (place_.state) {
    case Template::kReady: return place_.file;
    case Template::kToDo: return place_.file + "  made by this launch, kept for the next";
    case Template::kNone: break;
  }
  return "none  the host's mounts are copied";
}

Result<void> OpenTemplateAction::survey(Survey&) {
  place_ = find_template();
  return {};
}

Result<void> OpenTemplateAction::perform(Launch& launch) {
  if (place_.state == Template::kNone) return {};
  const Result<void> opened = open();
  launch.host_mount_namespace = origin_->own_namespace.get();
  if (opened) return {};
  origin_->template_namespace.reset();
  log::info(message(opened.error()) + ": the host's mounts are copied");
  return {};
}

Result<void> OpenTemplateAction::open() {
  // First: without /proc there is no way back, and no way to make the template either.
  JR_ASSIGN(origin_->own_namespace, sys::open_host("/proc/self/ns/mnt", O_RDONLY));
  if (place_.state == Template::kToDo) JR_TRY(make_template());
  // Only root can have bound a file there, and the survey has seen that it is a namespace's; setns refuses
  // one of another kind.
  JR_ASSIGN(origin_->template_namespace, sys::open_host(place_.file, O_RDONLY | O_NOFOLLOW));
  return {};
}

Result<void> NewRootAction::perform(Launch& launch) {
  // With a return ticket the exec has all capabilities to give: no file in the root may give one.
  const uint32_t flags = launch.has_return_ticket ? JR_MOUNT_NOSUID : 0;
  if (launch.root_copy)
    return sys::enter_root_here(launch.root_copy.get(), sys::can_set_mounts() ? JR_MOUNT_NOSUID : 0);
  if (!origin_->template_namespace) return sys::enter_new_root(launch.jail.root.get(), flags);
  const sys::EmptyNamespace empty = {origin_->template_namespace.get(), origin_->own_namespace.get()};
  const Result<void> entered = sys::enter_new_root_above(empty, launch.jail.root.get(), flags);
  if (entered) return {};
  log::info(message(entered.error()) + ": the host's mounts are copied");
  return sys::enter_new_root(launch.jail.root.get(), flags);
}

Result<UniqueFd> open_inside(Launch& launch, const std::string& path, int flags) {
  if (!launch.root_inside) {
    JR_ASSIGN(launch.root_inside, sys::open_host("/", O_PATH | O_DIRECTORY));
  }
  return sys::open_below(launch.root_inside.get(), path, flags);
}

std::string TakeTreeAction::object() const { return source_ + "  " + flag_words(flags_); }

Record TakeTreeAction::record() const {
  return Record().add("path", source_).add("options", flag_words(flags_));
}

Result<void> TakeTreeAction::move_to_enter() {
  set_phase(Phase::kEnter);
  JR_ASSIGN(sys::PinnedSource pinned, sys::pin_source(source_));
  pinned_ = std::make_unique<sys::PinnedSource>(std::move(pinned));
  return {};
}

Result<void> TakeTreeAction::perform(Launch&) {
  JR_ASSIGN(*tree_,
            pinned_ != nullptr ? sys::take_pinned_tree(*pinned_, flags_) : sys::take_tree(source_, flags_));
  return {};
}

Result<void> BindAction::map_owners() const {
  if (mapping_ == nullptr || !mapping_->missing.empty()) return {};
  Result<void> mapped = sys::map_owners(*tree_, mapping_->opened.get());
  if (mapped || !goes_without_) return mapped;
  log::warning(path_ + " is shown with its owners: " + message(mapped.error()));
  return {};
}

// Before it is placed: a mount that others may use by then can't be mapped any more.
Result<void> BindAction::perform(Launch& launch) {
  JR_TRY(map_owners());
  JR_ASSIGN(const UniqueFd target, open_inside(launch, path_, O_PATH));
  JR_TRY(sys::place_tree(tree_->fd.get(), target.get()));
  if (!tree_->is_unfinished) return {};
  JR_ASSIGN(const sys::Place place, sys::locate(launch.root_inside.get(), path_));
  return sys::finish_tree(*tree_, place);
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

Result<void> MountAction::perform(Launch& launch) {
  JR_ASSIGN(const UniqueFd target, open_inside(launch, path_, O_PATH | O_DIRECTORY));
  return sys::mount_new(mount_, target.get());
}

}  // namespace jailrun::core
