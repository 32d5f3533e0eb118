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

std::string DirectoryAction::remains(const std::string& root) const {
  return presence(on_host_ ? path_ : root + path_);
}

Result<void> DirectoryAction::survey(Survey& survey) {
  JR_ASSIGN(const Existed found, look(survey, on_host_, path_));
  set_existed(found);
  return {};
}

Result<void> DirectoryAction::perform(Launch& launch) {
  JR_ASSIGN(const sys::Place place, find_place(launch.jail, on_host_, path_));
  JR_ASSIGN(sys::MadeDirectory made, sys::make_directory(place, ownership_));
  const auto same = [&](const Jail::OpenDirectory& one) { return one.path == path_; };
  const bool is_own = std::any_of(launch.jail.made.begin(), launch.jail.made.end(), same);
  // From an image, of which the jail has its own copy: it is made what the stage wants.
  const bool is_adopted = !made.is_new && !on_host_ && launch.is_root_mounted && !is_own;
  if (is_adopted) JR_TRY(sys::set_directory_ownership(made.fd.get(), ownership_));
  if (!made.is_new && !is_adopted && existed() == Existed::kNo)
    set_existed(Existed::kYes);  // appeared since the plan was made: not ours
  if (!on_host_ && (made.is_new || is_adopted)) launch.jail.made.push_back({path_, std::move(made.fd)});
  return {};
}

Result<void> DirectoryAction::release(Release& release) {
  // Another alternative may make it again.
  if (!on_host_) std::erase_if(release.jail.made, [&](const auto& made) { return made.path == path_; });
  return remove_own(release, *this, on_host_, path_, Kind::kDirectory);
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
  if (existed() == Existed::kYes)
    record.add("previous-uid", previous_.uid).add("previous-gid", previous_.gid);
  return record;
}

std::string RootAction::existed_slot() const { return core::existed_slot(path_); }

std::string RootAction::remains(const std::string&) const { return presence(path_); }

Result<void> RootAction::survey(Survey& survey) {
  const std::string claimed = survey.jail.name.directory() + "/";
  const bool is_below_claim = path_.compare(0, claimed.size(), claimed) == 0;
  // Nothing can exist in a directory that does not.
  JR_ASSIGN(const Existed found,
            survey.is_new&& is_below_claim ? Result<Existed>(Existed::kNo) : look(survey, true, path_));
  set_existed(found);
  survey.may_see_root = found != Existed::kUnknown;
  if (found != Existed::kYes) return {};
  // Links are not followed: one that was planted in the root's place must not make another
  // directory the jail.
  survey.jail.root = UniqueFd(open(path_.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat now {};
  if (!survey.jail.root && errno == ENOENT) {
    set_existed(Existed::kNo);  // a jail of this name is being removed; the claim decides
    return {};
  }
  if (!survey.jail.root || fstat(survey.jail.root.get(), &now) != 0)
    return system_error(errno, "look at " + path_);
  previous_ = {now.st_uid, now.st_gid};
  return {};
}

Result<void> RootAction::perform(Launch& launch) {
  JR_ASSIGN(const sys::Place place, find_place(launch.jail, true, path_));
  JR_ASSIGN(sys::MadeDirectory made, sys::make_directory(place, ownership_));
  launch.jail.root = std::move(made.fd);
  if (made.is_new) return {};
  if (existed() == Existed::kNo) JR_TRY(note_existed(launch, *this));
  // A caller filled it before the launch. The files stay the caller's; the root is the program's, as
  // in every launch.
  return chown_root(launch.jail.root.get(), ownership_.owner, path_);
}

Result<void> RootAction::release(Release& release) {
  if (existed() == Existed::kYes && release.jail.root)
    return chown_root(release.jail.root.get(), previous_, path_);
  if (existed() != Existed::kNo) return {};
  const Result<sys::Place> place = find_place(release.jail, true, path_);
  if (!place) return place.error().error_number == ENOENT ? Result<void>{} : place.error();
  release.jail.root.reset();
  return sys::remove_tree(place.value());
}

}  // namespace jailrun::core
