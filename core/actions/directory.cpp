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

namespace {

// Of a directory that existed. An earlier jailrun noted no mode, and changed none.
std::optional<sys::Ownership> previous_of(const Record& record) {
  if (record.text("previous-uid").empty()) return std::nullopt;
  const std::string& mode = record.text("previous-mode");
  return sys::Ownership{mode.empty() ? sys::kKeepMode : static_cast<uint32_t>(record.number("previous-mode")),
                        {static_cast<uint32_t>(record.number("previous-uid")),
                         static_cast<uint32_t>(record.number("previous-gid"))}};
}

void add_previous(Record& record, const std::optional<sys::Ownership>& previous) {
  if (!previous) return;
  if (previous->mode != sys::kKeepMode) record.add("previous-mode", octal(previous->mode));
  record.add("previous-uid", previous->owner.uid).add("previous-gid", previous->owner.gid);
}

sys::Ownership ownership_in(const struct stat& now) {
  return {now.st_mode & 07777, {now.st_uid, now.st_gid}};
}

}  // namespace

std::unique_ptr<Action> DirectoryAction::restore(const Record& record) {
  auto action = std::make_unique<DirectoryAction>(record.number("host") != 0, record.text("path"),
                                                  ownership_of(record));
  action->previous_ = previous_of(record);
  return action;
}

bool DirectoryAction::is_taken_over() const {
  constexpr uint32_t kOpenToAll = 0055;
  const bool is_on_the_way =
      ownership_.owner.uid == 0 && ownership_.owner.gid == 0 && (ownership_.mode & kOpenToAll) == kOpenToAll;
  return !on_host_ && !is_on_the_way;
}

std::string_view DirectoryAction::policy_for_existing() const {
  return previous_ ? kSetAndGivenBack : Action::policy_for_existing();
}

std::string DirectoryAction::object() const {
  return (on_host_ ? "host " : "") + path_ + " " + describe(ownership_);
}

Record DirectoryAction::record() const {
  Record record;
  record.add("path", path_);
  if (on_host_) record.add("host", 1);
  add_ownership(record, ownership_);
  add_previous(record, previous_);
  return record;
}

std::string DirectoryAction::remains(const std::string& root) const {
  return presence(on_host_ ? path_ : root + path_);
}

Result<void> DirectoryAction::survey(Survey& survey) {
  JR_ASSIGN(const Existed found, look(survey, on_host_, path_));
  set_existed(found);
  if (found != Existed::kYes || !is_taken_over()) return {};
  const Result<sys::Place> place = find_place(survey.jail, on_host_, path_);
  struct stat now {};
  if (!place || fstatat(place.value().parent(), place.value().leaf.c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0) {
    const int error_number = place ? errno : place.error().error_number;
    if (error_number != ENOENT) return system_error(error_number, "look at " + path_);
    return {};  // it has gone, and is made
  }
  // What is not a directory is refused when it is to be made.
  if (S_ISDIR(now.st_mode)) previous_ = ownership_in(now);
  return {};
}

Result<void> DirectoryAction::perform(Launch& launch) {
  JR_ASSIGN(const sys::Place place, find_place(launch.jail, on_host_, path_));
  JR_ASSIGN(sys::MadeDirectory made, sys::make_directory(place, ownership_));
  const auto same = [&](const Jail::OpenDirectory& one) { return one.path == path_; };
  const bool is_own = std::any_of(launch.jail.made.begin(), launch.jail.made.end(), same);
  // From an image, of which the jail has its own copy: it is made what the stage wants.
  const bool is_adopted = !made.is_new && !on_host_ && launch.is_root_mounted && !is_own;
  // Only where its owner is known, to be given back: not of one that appeared since the plan was made.
  const bool is_set = is_adopted || (!made.is_new && previous_);
  if (is_set) JR_TRY(sys::set_directory_ownership(made.fd.get(), ownership_));
  if (!made.is_new && !is_adopted && existed() == Existed::kNo)
    set_existed(Existed::kYes);  // appeared since the plan was made: not ours
  if (!on_host_ && !is_own && (made.is_new || is_set))
    launch.jail.made.push_back({path_, std::move(made.fd)});
  return {};
}

// To the directory that is there now, in which a tenant can gain nothing by having exchanged it for another
// of its own; something else in its place is nobody's.
Result<void> DirectoryAction::give_back(const Jail& jail) const {
  if (!jail.root) return {};
  const Result<sys::Place> place = find_place(jail, on_host_, path_);
  const UniqueFd fd(place ? openat(place.value().parent(), place.value().leaf.c_str(),
                                   O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                          : -1);
  const int reason = place ? errno : place.error().error_number;
  if (!fd && (reason == ENOENT || reason == ENOTDIR || reason == ELOOP)) return {};
  if (!fd) return system_error(reason, "open " + path_);
  return sys::set_directory_ownership(fd.get(), *previous_);
}

Result<void> DirectoryAction::release(Release& release) {
  // Another alternative may make it again.
  if (!on_host_) std::erase_if(release.jail.made, [&](const auto& made) { return made.path == path_; });
  if (previous_ && !release.removes_root) return give_back(release.jail);
  return remove_own(release, *this, on_host_, path_, Kind::kDirectory);
}

std::unique_ptr<Action> RootAction::restore(const Record& record) {
  auto action = std::make_unique<RootAction>(record.text("path"), ownership_of(record));
  action->previous_ = previous_of(record);
  return action;
}

std::string RootAction::object() const { return path_ + " " + describe(ownership_); }

Record RootAction::record() const {
  Record record;
  record.add("path", path_);
  add_ownership(record, ownership_);
  add_previous(record, previous_);
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
  previous_ = ownership_in(now);
  return {};
}

Result<void> RootAction::perform(Launch& launch) {
  JR_ASSIGN(const sys::Place place, find_place(launch.jail, true, path_));
  JR_ASSIGN(sys::MadeDirectory made, sys::make_directory(place, ownership_));
  launch.jail.root = std::move(made.fd);
  if (made.is_new) return {};
  if (existed() == Existed::kNo) JR_TRY(note_existed(launch, *this));
  // A caller filled it before the launch. The files stay the caller's; the root is the program's, and nobody
  // else's, as in every launch.
  return sys::set_directory_ownership(launch.jail.root.get(), ownership_);
}

Result<void> RootAction::release(Release& release) {
  if (existed() == Existed::kYes && previous_ && release.jail.root)
    return sys::set_directory_ownership(release.jail.root.get(), *previous_);
  if (existed() != Existed::kNo) return {};
  const Result<sys::Place> place = find_place(release.jail, true, path_);
  if (!place) return place.error().error_number == ENOENT ? Result<void>{} : place.error();
  release.jail.root.reset();
  return sys::remove_tree(place.value());
}

}  // namespace jailrun::core
