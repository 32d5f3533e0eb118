// SPDX-License-Identifier: Apache-2.0
#include "core/actions/directory.hpp"

#include "core/actions/common.hpp"
#include "core/ledger/slots.hpp"
#include "core/sys/remove_tree.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

namespace jailrun::core {

std::unique_ptr<Action> DirectoryAction::restore(const Record& record) {
  return std::make_unique<DirectoryAction>(record.number("host") != 0, record.text("path"),
                                           ownership_of(record));
}

std::string DirectoryAction::object() const {
  return (on_host_ ? "host " : "") + path_ + " " + describe(ownership_);
}

Record DirectoryAction::record() const {
  Record record;
  record.add("path", path_);
  if (on_host_) record.add("host", 1);
  add_ownership(record, ownership_);
  return record;
}

Result<void> DirectoryAction::survey(Site& site) {
  JR_ASSIGN(const Stood stood, look(site, on_host_, path_));
  set_stood(stood);
  return {};
}

Result<void> DirectoryAction::perform(Site& site) {
  JR_ASSIGN(const sys::Place place, find_place(site, on_host_, path_));
  JR_ASSIGN(sys::MadeDirectory made, sys::make_directory(place, ownership_));
  const auto same = [&](const Site::MadeDirectory& one) { return one.path == path_; };
  const bool is_own = std::any_of(site.made.begin(), site.made.end(), same);
  // An image's, of which the jail has a copy of its own: as the stage wants it.
  const bool is_adopted = !made.is_new && !on_host_ && site.is_root_mounted && !is_own;
  if (is_adopted) JR_TRY(sys::give_away_directory(made.fd.get(), ownership_));
  if (!made.is_new && !is_adopted && stood() == Stood::kNo)
    set_stood(Stood::kYes);  // appeared since the plan was made: not ours
  if (!on_host_ && (made.is_new || is_adopted)) site.made.push_back({path_, std::move(made.fd)});
  return {};
}

Result<void> DirectoryAction::release(Site& site) {
  // Another alternative may make it anew.
  if (!on_host_) std::erase_if(site.made, [&](const auto& made) { return made.path == path_; });
  return remove_own(site, *this, on_host_, path_, Kind::kDirectory);
}

namespace {

Result<void> chown_root(int root, jr_owner owner, const std::string& path) {
  if (fchownat(root, "", owner.uid, owner.gid, AT_EMPTY_PATH) != 0)
    return system_error(errno, "chown " + path);
  return {};
}

}  // namespace

std::unique_ptr<Action> RootAction::restore(const Record& record) {
  auto action = std::make_unique<RootAction>(record.text("path"), ownership_of(record));
  action->previous_ = {static_cast<uint32_t>(record.number("previous-uid")),
                       static_cast<uint32_t>(record.number("previous-gid"))};
  return action;
}

std::string RootAction::object() const { return path_ + " " + describe(ownership_); }

Record RootAction::record() const {
  Record record;
  record.add("path", path_);
  add_ownership(record, ownership_);
  if (stood() == Stood::kYes) record.add("previous-uid", previous_.uid).add("previous-gid", previous_.gid);
  return record;
}

Result<void> RootAction::survey(Site& site) {
  site.root_path = path_;
  const std::string claimed = site.jail.directory() + "/";
  const bool is_below_claim = path_.compare(0, claimed.size(), claimed) == 0;
  // What does not stand holds nothing.
  JR_ASSIGN(const Stood found,
            site.is_new&& is_below_claim ? Result<Stood>(Stood::kNo) : look(site, true, path_));
  set_stood(found);
  site.may_see_root = found != Stood::kUnknown;
  if (found != Stood::kYes) return {};
  // Not following: a link planted in the root's place must not make some other directory the jail.
  site.root = UniqueFd(open(path_.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat now {};
  if (!site.root && errno == ENOENT) {
    set_stood(Stood::kNo);  // a jail of this name is being taken away; the claim decides
    return {};
  }
  if (!site.root || fstat(site.root.get(), &now) != 0) return system_error(errno, "look at " + path_);
  previous_ = {now.st_uid, now.st_gid};
  return {};
}

Result<void> RootAction::perform(Site& site) {
  site.root_path = path_;
  JR_ASSIGN(const sys::Place place, find_place(site, true, path_));
  JR_ASSIGN(sys::MadeDirectory made, sys::make_directory(place, ownership_));
  site.root = std::move(made.fd);
  if (made.is_new) return {};
  if (stood() == Stood::kNo) {
    // It appeared since the plan was made: a caller's, not ours to remove, and the ledger must say so.
    set_stood(Stood::kYes);
    if (site.slots != nullptr) JR_TRY(site.slots->set(kRootStoodSlot, "yes"));
  }
  // A caller filled it before the start; the files are the caller's, the root is the program's as in every
  // launch.
  return chown_root(site.root.get(), ownership_.owner, path_);
}

Result<void> RootAction::release(Site& site) {
  if (stood() == Stood::kYes && site.root) return chown_root(site.root.get(), previous_, path_);
  if (stood() != Stood::kNo) return {};
  const Result<sys::Place> place = find_place(site, true, path_);
  if (!place) return place.error().error_number == ENOENT ? Result<void>{} : place.error();
  site.root.reset();
  return sys::remove_tree(place.value());
}

}  // namespace jailrun::core
