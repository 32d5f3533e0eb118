// SPDX-License-Identifier: Apache-2.0
#include "core/actions/copy.hpp"

#include "core/actions/common.hpp"
#include "core/sys/capabilities.hpp"
#include "core/sys/host_paths.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

namespace jailrun::core {

std::unique_ptr<Action> CopyAction::restore(const Record& record) {
  return std::make_unique<CopyAction>(record.text("source"), record.text("path"), ownership_of(record),
                                      record.number("reflink") != 0);
}

std::string CopyAction::object() const {
  const jr_owner owner = ownership().owner;
  const std::string shown =
      ownership().mode != JR_MODE_OF_SOURCE
          ? FileAction::object()
          : path() + "  mode as source " + std::to_string(owner.uid) + ":" + std::to_string(owner.gid);
  return shown + (reflink_ ? " sharing the data of " : " from ") + source_;
}

Record CopyAction::record() const {
  Record record = FileAction::record();
  record.add("source", source_);
  if (reflink_) record.add("reflink", 1);
  return record;
}

Result<void> CopyAction::perform(Launch& launch) {
  JR_ASSIGN(const sys::HostFile source, sys::open_host_source(source_, sys::HostKind::kRegular));
  const struct stat& now = source.now;
  sys::Ownership owned = ownership();
  // Without set-id bits, which would run the copy as its new owner.
  if (owned.mode == JR_MODE_OF_SOURCE) owned.mode = now.st_mode & 0777;
  const std::vector<dev_t>& known = launch.without_reflink;
  if (reflink_ && std::find(known.begin(), known.end(), now.st_dev) != known.end())
    return system_error(EOPNOTSUPP, sys::kShareData);
  Result<void> made = make(launch, [&](const sys::Place& place) -> Result<void> {
    JR_ASSIGN(const UniqueFd file, sys::make_file(place));
    JR_TRY(reflink_ ? sys::share_data(source.fd.get(), file.get())
                    : sys::copy_data(source.fd.get(), file.get(), now));
    return sys::set_ownership(file.get(), owned);
  });
  if (reflink_ && !made && made.error().error_number == EOPNOTSUPP)
    launch.without_reflink.push_back(now.st_dev);
  return made;
}

bool CopyAction::is_unsupported(int error_number) const {
  // For a reflink: this file's data can't be shared, which btrfs reports where one of the two is not
  // copy-on-write; or this kernel does not know the request.
  return Action::is_unsupported(error_number) ||
         (reflink_ && (error_number == EINVAL || error_number == ENOTTY));
}

std::unique_ptr<Action> LinkAction::restore(const Record& record) {
  auto action = std::make_unique<LinkAction>(record.text("source"), record.text("path"));
  action->is_same_ = record.number("same") != 0;
  return action;
}

Record LinkAction::record() const {
  Record record = Record().add("path", path()).add("source", source_);
  if (is_same_) record.add("same", 1);
  return record;
}

std::string_view LinkAction::policy_for_existing() const {
  return is_same_ ? "kept" : FileAction::policy_for_existing();
}

// EPERM: a filesystem without hard links, an immutable file, or one that fs.protected_hardlinks protects from
// a caller without CAP_FOWNER. EMLINK: it has the maximum number of links.
bool LinkAction::is_unsupported(int error_number) const {
  return Action::is_unsupported(error_number) || error_number == EPERM || error_number == EMLINK;
}

namespace {

bool is_same_file(const struct stat& one, const sys::Place& place) {
  struct stat there {};
  return fstatat(place.parent(), place.leaf.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
         there.st_dev == one.st_dev && there.st_ino == one.st_ino;
}

}  // namespace

Result<void> LinkAction::survey(Survey& survey) {
  JR_TRY(FileAction::survey(survey));
  if (existed() != Existed::kYes) return {};
  const Result<sys::Place> place = find_place(survey.jail, false, path());
  struct stat source {};
  is_same_ = place && stat(source_.c_str(), &source) == 0 && is_same_file(source, place.value());
  return {};
}

Result<void> LinkAction::release(Release& release) {
  return is_same_ ? Result<void>{} : FileAction::release(release);
}

Result<void> LinkAction::perform(Launch& launch) {
  JR_ASSIGN(const sys::HostFile source, sys::open_host_source(source_, sys::HostKind::kRegular, O_PATH));
  JR_ASSIGN(const bool gives, sys::gives_privileges(source.fd.get(), source.now));
  // EPERM: the next alternative is tried, a bind without set-user-ID or a copy, which has none of this.
  if (gives)
    return system_error(EPERM,
                        source_ +
                            " gives privileges to whoever executes it (set-user-ID, set-group-ID or file "
                            "capabilities), and by a link the jail would have them");
  if (is_same_) {
    JR_ASSIGN(const sys::Place place, find_place(launch.jail, false, path()));
    if (is_same_file(source.now, place)) return {};
    return system_error(EEXIST, path() + " was " + source_ + " when the plan was made, and is not any more");
  }
  return make(launch, [&](const sys::Place& place) { return sys::link_file(source.fd.get(), place); });
}

}  // namespace jailrun::core
