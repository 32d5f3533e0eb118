// SPDX-License-Identifier: Apache-2.0
#include "core/actions/node.hpp"

#include "core/actions/common.hpp"
#include "core/base/log.hpp"
#include "core/base/message.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace jailrun::core {

std::unique_ptr<Action> NodeAction::restore(const Record& record) {
  const DeviceNumber number = {record.text("type") == "block", static_cast<uint32_t>(record.number("major")),
                               static_cast<uint32_t>(record.number("minor"))};
  auto action = std::make_unique<NodeAction>(record.text("path"), number, ownership_of(record), false);
  action->previous_ = {static_cast<uint32_t>(record.number("previous-mode")),
                       {static_cast<uint32_t>(record.number("previous-uid")),
                        static_cast<uint32_t>(record.number("previous-gid"))}};
  action->is_same_ = !record.text("previous-mode").empty();
  return action;
}

mode_t NodeAction::type() const { return number_.block ? S_IFBLK : S_IFCHR; }

dev_t NodeAction::device() const { return makedev(number_.major, number_.minor); }

std::string NodeAction::object() const {
  return path_ + "  " + (number_.block ? "block " : "char ") + std::to_string(number_.major) + ":" +
         std::to_string(number_.minor) + describe(ownership_) + (may_fail_ ? "  (may fail)" : "");
}

Record NodeAction::record() const {
  Record record;
  record.add("path", path_).add("type", number_.block ? "block" : "char");
  record.add("major", number_.major).add("minor", number_.minor);
  add_ownership(record, ownership_);
  if (is_same_)
    record.add("previous-mode", octal(previous_.mode))
        .add("previous-uid", previous_.owner.uid)
        .add("previous-gid", previous_.owner.gid);
  return record;
}

std::string NodeAction::remains(const std::string& root) const { return presence(root + path_); }

Result<void> NodeAction::survey(Survey& survey) {
  JR_ASSIGN(const Existed found, look(survey, false, path_));
  set_existed(found);
  if (found != Existed::kYes) return {};
  const Result<sys::Place> place = find_place(survey.jail, false, path_);
  struct stat now {};
  if (!place || fstatat(place.value().parent(), place.value().leaf.c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0) {
    const int error_number = place ? errno : place.error().error_number;
    if (error_number != ENOENT) return system_error(error_number, "look at " + path_);
    set_existed(Existed::kNo);  // a jail of this name is being removed; the claim decides
    return {};
  }
  // Something else in its place will be refused, and its owner is not ours to restore.
  is_same_ = (now.st_mode & S_IFMT) == type() && now.st_rdev == device();
  previous_ = {now.st_mode & 07777, {now.st_uid, now.st_gid}};
  return {};
}

Result<void> NodeAction::perform(Launch& launch) {
  Result<void> made = make(launch.jail, ownership_);
  if (made || !may_fail_) return made;
  log::warning(message(std::move(made).error().within("node " + path_)) +
               "; the launch continues without it");
  return {};
}

Result<void> NodeAction::make(const Jail& jail, const sys::Ownership& ownership) const {
  JR_ASSIGN(const sys::Place place, find_place(jail, false, path_));
  return sys::make_node(place, number_.block ? S_IFBLK : S_IFCHR, makedev(number_.major, number_.minor),
                        ownership);
}

Result<void> NodeAction::release(Release& release) {
  if (is_same_ && release.jail.root) return make(release.jail, previous_);
  return remove_own(release, *this, false, path_, Kind::kFile);
}

}  // namespace jailrun::core
