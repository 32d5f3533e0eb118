// SPDX-License-Identifier: Apache-2.0
#include "core/actions/common.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// The filesystem that will be mounted above the path; of several the innermost. nullptr: none.
const Jail::OpenDirectory* filesystem_above(const Jail& jail, const std::string& path) {
  const Jail::OpenDirectory* found = nullptr;
  for (const Jail::OpenDirectory& one : jail.made)
    if (one.is_filesystem && path.compare(0, one.path.size() + 1, one.path + "/") == 0 &&
        (found == nullptr || one.path.size() > found->path.size()))
      found = &one;
  return found;
}

}  // namespace

Result<sys::Place> find_place(const Jail& jail, bool on_host, const std::string& path) {
  if (!on_host) {
    if (!jail.root) return internal_error("the jail's root does not exist yet for " + path);
    const std::string_view parent = std::string_view(path).substr(0, path.rfind('/'));
    for (const Jail::OpenDirectory& made : jail.made)
      if (made.path == parent) return sys::Place(made.fd.get(), path.substr(parent.size() + 1));
    if (const Jail::OpenDirectory* const above = filesystem_above(jail, path))
      return sys::locate(above->fd.get(), path.substr(above->path.size()));
    return sys::locate(jail.root.get(), path);
  }
  const size_t slash = path.rfind('/');
  // The jail's own directory is open and locked from the claim on.
  if (jail.directory && path.substr(0, slash) == jail.name.directory())
    return sys::Place(jail.directory.get(), path.substr(slash + 1));
  JR_ASSIGN(UniqueFd parent, sys::open_host(slash == 0 ? "/" : path.substr(0, slash), O_PATH | O_DIRECTORY));
  return sys::Place(std::move(parent), path.substr(slash + 1));
}

Result<Existed> look(const Survey& survey, bool on_host, const std::string& path) {
  if (!on_host && !survey.jail.root) return survey.may_see_root ? Existed::kNo : Existed::kUnknown;
  struct stat there {};
  if (on_host && fstatat(AT_FDCWD, path.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0) return Existed::kYes;
  const Result<sys::Place> place =
      on_host ? system_error(errno, path) : find_place(survey.jail, on_host, path);
  if (place && fstatat(place.value().parent(), place.value().leaf.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0)
    return Existed::kYes;
  const int error_number = place ? errno : place.error().error_number;
  if (error_number == ENOENT || error_number == ENOTDIR) return Existed::kNo;
  if (error_number == EACCES && geteuid() != 0) return Existed::kUnknown;
  return system_error(error_number, "look at " + path);
}

std::string describe(const sys::Ownership& ownership) {
  return " " + octal(ownership.mode) + " " + std::to_string(ownership.owner.uid) + ":" +
         std::to_string(ownership.owner.gid);
}

void add_ownership(Record& record, const sys::Ownership& ownership) {
  record.add("mode", ownership.mode == JR_MODE_OF_SOURCE ? "source" : octal(ownership.mode))
      .add("uid", ownership.owner.uid)
      .add("gid", ownership.owner.gid);
}

sys::Ownership ownership_of(const Record& record) {
  const bool as_source = record.text("mode") == "source";
  return {as_source ? JR_MODE_OF_SOURCE : static_cast<uint32_t>(record.number("mode")),
          {static_cast<uint32_t>(record.number("uid")), static_cast<uint32_t>(record.number("gid"))}};
}

Result<void> note_existed(Launch& launch, Action& action) {
  action.set_existed(Existed::kYes);
  if (launch.slots == nullptr) return {};
  return launch.slots->set(action.existed_slot(), "yes");
}

Result<void> remove_own(const Release& release, const Action& action, bool on_host, const std::string& path,
                        Kind kind) {
  if (action.existed() != Existed::kNo) return {};
  if (!on_host && (!release.jail.root || release.removes_root))
    return {};  // no root, or one that is removed with all it holds
  const Result<sys::Place> place = find_place(release.jail, on_host, path);
  // A parent is not a directory any more: what a tenant put in its place contains nothing of ours.
  const int lost = place ? 0 : place.error().error_number;
  if (lost == ENOENT || lost == ENOTDIR || lost == ELOOP) return {};
  if (!place) return place.error();
  Result<void> removed =
      kind == Kind::kFile ? sys::remove_file(place.value()) : sys::remove_directory(place.value());
  if (removed) return removed;
  // This action has not made what is there now, or what is in it.
  const int reason = removed.error().error_number;
  const bool foreign = reason == ENOTEMPTY || reason == EEXIST || reason == ENOTDIR || reason == EISDIR;
  return foreign ? Result<void>{} : removed;
}

std::string presence(const std::string& host_path) {
  struct stat now {};
  return lstat(host_path.c_str(), &now) == 0 ? "exists" : "gone";
}

}  // namespace jailrun::core
