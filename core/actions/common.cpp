// SPDX-License-Identifier: Apache-2.0
#include "core/actions/common.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {

Result<sys::Place> find_place(const Site& site, bool on_host, const std::string& path) {
  if (!on_host) {
    if (!site.root) return internal_error("no jail's root stands yet for " + path);
    const std::string_view parent = std::string_view(path).substr(0, path.rfind('/'));
    for (const Site::MadeDirectory& made : site.made)
      if (made.path == parent) return sys::Place(made.fd.get(), path.substr(parent.size() + 1));
    return sys::locate(site.root.get(), path);
  }
  const size_t slash = path.rfind('/');
  // The jail's own directory is held, locked, from the claim on.
  if (site.claim && path.substr(0, slash) == site.jail.directory())
    return sys::Place(site.claim.get(), path.substr(slash + 1));
  JR_ASSIGN(UniqueFd parent, sys::open_host(slash == 0 ? "/" : path.substr(0, slash), O_PATH | O_DIRECTORY));
  return sys::Place(std::move(parent), path.substr(slash + 1));
}

Result<Stood> look(const Site& site, bool on_host, const std::string& path) {
  if (!on_host && !site.root) return site.may_see_root ? Stood::kNo : Stood::kUnknown;
  struct stat there {};
  if (on_host && fstatat(AT_FDCWD, path.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0) return Stood::kYes;
  const Result<sys::Place> place = on_host ? system_error(errno, path) : find_place(site, on_host, path);
  if (place && fstatat(place.value().parent(), place.value().leaf.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0)
    return Stood::kYes;
  const int error_number = place ? errno : place.error().error_number;
  if (error_number == ENOENT || error_number == ENOTDIR) return Stood::kNo;
  if (error_number == EACCES && geteuid() != 0) return Stood::kUnknown;
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

Result<void> remove_own(const Site& site, const Action& action, bool on_host, const std::string& path,
                        Kind kind) {
  if (action.stood() != Stood::kNo) return {};
  if (!on_host && (!site.root || site.root_is_own))
    return {};  // no root, or one that is removed with all it holds
  const Result<sys::Place> place = find_place(site, on_host, path);
  // A way there that is no way any more: what a tenant put in its place holds nothing of ours.
  const int lost = place ? 0 : place.error().error_number;
  if (lost == ENOENT || lost == ENOTDIR || lost == ELOOP) return {};
  if (!place) return place.error();
  Result<void> removed =
      kind == Kind::kFile ? sys::remove_file(place.value()) : sys::remove_directory(place.value());
  if (removed) return removed;
  // Something else is in its place, or something in it, that this action has not made.
  const int reason = removed.error().error_number;
  const bool foreign = reason == ENOTEMPTY || reason == EEXIST || reason == ENOTDIR || reason == EISDIR;
  return foreign ? Result<void>{} : removed;
}

}  // namespace jailrun::core
