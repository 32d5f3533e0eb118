// SPDX-License-Identifier: Apache-2.0
#include "core/actions/node.hpp"

#include "core/actions/common.hpp"
#include "core/base/log.hpp"
#include "core/base/message.hpp"
#include "core/ledger/slots.hpp"
#include "core/sys/find_nodes.hpp"

#include <cerrno>
#include <optional>
#include <tuple>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

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

// The node is where it was made, and has no other name.
bool NodeAction::is_in_place(const Jail& jail) const {
  const Result<sys::Place> place = find_place(jail, false, path_);
  struct stat now {};
  return place &&
         fstatat(place.value().parent(), place.value().leaf.c_str(), &now, AT_SYMLINK_NOFOLLOW) == 0 &&
         (now.st_mode & S_IFMT) == type() && now.st_rdev == device() && now.st_nlink == 1;
}

namespace {

// When a file was made; nothing where its filesystem does not say.
std::optional<statx_timestamp> birth(int directory, const char* name) {
  struct statx file {};
  if (statx(directory, name, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_BTIME, &file) != 0 ||
      (file.stx_mask & STATX_BTIME) == 0)
    return std::nullopt;
  return file.stx_btime;
}

bool is_made_by_launch(const Jail& jail, int node) {
  const auto claimed = birth(jail.directory.get(), kLedgerName);
  const auto made = birth(node, "");
  return claimed && made &&
         std::tie(made->tv_sec, made->tv_nsec) >= std::tie(claimed->tv_sec, claimed->tv_nsec);
}

}  // namespace

// In a root that stays, a tenant may have moved or linked the node to where it would outlive the jail, and
// can still be opened by him. He can't make one, nor give one away, so it has the owner that it was given.
Result<void> NodeAction::find_moved(const Jail& jail) const {
  return sys::find_nodes(jail.root.get(), type(), device(),
                         [&](const sys::Place& place, int node, const struct stat& now) -> Result<void> {
                           if (now.st_uid != ownership_.owner.uid) return {};
                           if (is_same_) return sys::set_node_ownership(node, previous_, place.leaf);
                           if (is_made_by_launch(jail, node)) return sys::remove_file(place);
                           // Perhaps a caller's, so it stays; it is nobody's but root's.
                           return sys::set_node_ownership(node, {0600, {0, 0}}, place.leaf);
                         });
}

// A node that a caller made, as it was. What a tenant put in its place is removed; a directory can't be, and
// what was in the root is the caller's.
Result<void> NodeAction::give_back(const Jail& jail) const {
  Result<void> made = make(jail, previous_);
  const auto failed_by = [&](int error_number) { return !made && made.error().error_number == error_number; };
  if (failed_by(EEXIST)) {
    JR_ASSIGN(const sys::Place place, find_place(jail, false, path_));
    if (unlinkat(place.parent(), place.leaf.c_str(), 0) == 0) made = make(jail, previous_);
  }
  for (const int lost : {EEXIST, ENOENT, ENOTDIR, ELOOP}) {
    if (!failed_by(lost)) continue;
    log::warning("the node " + path_ +
                 " that was in the root before the launch is gone: " + message(made.error()));
    return {};
  }
  return made;
}

Result<void> NodeAction::release(Release& release) {
  const bool is_own = existed() == Existed::kNo && !release.removes_root;
  // A launch that is rolled back had no tenant yet.
  const bool had_tenant = release.reason != JR_RELEASE_ROLLBACK;
  if (had_tenant && release.jail.root && (is_own || is_same_) && !is_in_place(release.jail))
    JR_TRY(find_moved(release.jail));
  if (is_same_ && release.jail.root) return give_back(release.jail);
  return remove_own(release, *this, false, path_, Kind::kFile);
}

}  // namespace jailrun::core
