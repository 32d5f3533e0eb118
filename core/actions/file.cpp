#include "core/actions/file.hpp"

#include "core/actions/common.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {

std::string FileAction::object() const { return path_ + " " + describe(ownership_); }

Record FileAction::record() const {
  Record record;
  record.add("path", path_);
  add_ownership(record, ownership_);
  return record;
}

Result<void> FileAction::survey(Site& site) {
  JR_ASSIGN(const Stood stood, look(site, false, path_));
  set_stood(stood);
  return {};
}

Result<void> FileAction::release(Site& site) {
  if (stood() == Stood::kYes) return put_back(site);
  return remove_own(site, *this, false, path_, Kind::kFile);
}

// The name that a file has in the jail's directory while ours is in its place.
std::string FileAction::aside() const {
  std::string name = "replaced" + path_;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

Result<void> FileAction::set_aside(const Site& site, const sys::Place& place) const {
  const int from = place.parent();
  const int to = site.claim.get();
  if (renameat2(from, place.leaf.c_str(), to, aside().c_str(), RENAME_NOREPLACE) != 0)
    return system_error(errno, "set the old " + path_ + " aside");
  // Judged where no tenant can exchange it any more.
  struct stat there {};
  const bool seen = fstatat(to, aside().c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0;
  if (seen && S_ISREG(there.st_mode) && there.st_nlink == 1) return {};
  renameat2(to, aside().c_str(), from, place.leaf.c_str(), RENAME_NOREPLACE);
  return system_error(EEXIST, path_ + " stands in the jail and is not a regular file with one link");
}

Result<void> FileAction::put_back(const Site& site) const {
  if (!site.root || faccessat(site.claim.get(), aside().c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0) return {};
  JR_ASSIGN(const sys::Place place, find_place(site, false, path_));
  if (renameat(site.claim.get(), aside().c_str(), place.parent(), place.leaf.c_str()) == 0) return {};
  return system_error(errno, "put the old " + path_ + " back");
}

Result<void> FileAction::make(Site& site, const sys::Ownership& owned, const std::string* content,
                              int source) {
  JR_ASSIGN(const sys::Place place, find_place(site, false, path_));
  Result<UniqueFd> file = sys::make_file(place);
  if (!file && file.error().error_number == EEXIST && stood() == Stood::kYes) {
    JR_TRY(set_aside(site, place));
    file = sys::make_file(place);
  }
  if (!file) return std::move(file).error();
  if (content != nullptr) JR_TRY(sys::write_all(file.value().get(), *content));
  if (source >= 0) JR_TRY(sys::copy_data(source, file.value().get()));
  return sys::give_away(file.value().get(), owned);
}

std::unique_ptr<Action> WriteAction::restore(const Record& record) {
  return std::make_unique<WriteAction>(record.text("path"), ownership_of(record), "");
}

Result<void> WriteAction::perform(Site& site) { return make(site, ownership(), &content_, -1); }

std::unique_ptr<Action> CopyAction::restore(const Record& record) {
  return std::make_unique<CopyAction>(record.text("source"), record.text("path"), ownership_of(record));
}

std::string CopyAction::object() const {
  const jr_owner owner = ownership().owner;
  const std::string shown =
      ownership().mode != JR_MODE_OF_SOURCE
          ? FileAction::object()
          : path() + "  mode as source " + std::to_string(owner.uid) + ":" + std::to_string(owner.gid);
  return shown + " from " + source_;
}

Record CopyAction::record() const {
  Record record = FileAction::record();
  record.add("source", source_);
  return record;
}

Result<void> CopyAction::perform(Site& site) {
  JR_ASSIGN(const UniqueFd source, sys::open_host(source_, O_RDONLY));
  sys::Ownership owned = ownership();
  if (owned.mode == JR_MODE_OF_SOURCE) {
    struct stat now {};
    if (fstat(source.get(), &now) != 0) return system_error(errno, "stat " + source_);
    owned.mode = now.st_mode & 0777;  // set-id bits would raise nobody but the owner that the copy is given
  }
  return make(site, owned, nullptr, source.get());
}

std::unique_ptr<Action> PidFileAction::restore(const Record& record) {
  return std::make_unique<PidFileAction>(record.text("path"), ownership_of(record));
}

Result<void> PidFileAction::perform(Site& site) {
  const std::string content = std::to_string(site.program_pid);
  return make(site, ownership(), &content, -1);
}

}  // namespace jailrun::core
