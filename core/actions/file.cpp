// SPDX-License-Identifier: Apache-2.0
#include "core/actions/file.hpp"

#include "core/actions/common.hpp"
#include "core/ledger/slots.hpp"

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
  std::string name = "replaced-";
  for (const char byte : path_) {  // two paths must not share a name
    if (byte == '/' || byte == '%')
      name += byte == '/' ? "%2F" : "%25";
    else
      name += byte;
  }
  return name;
}

namespace {

// Opened without waiting for a FIFO's writer, and seen to be a regular file with one link: one with more is
// somebody else's too.
Result<UniqueFd> open_plain(const sys::Place& place, const std::string& path) {
  UniqueFd fd(openat(place.parent(), place.leaf.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat there {};
  if (!fd && errno != ELOOP && errno != ENXIO) return system_error(errno, "open " + path);
  if (!fd || fstat(fd.get(), &there) != 0 || !S_ISREG(there.st_mode) || there.st_nlink != 1)
    return system_error(EEXIST, path + " stands in the jail and is not a regular file with one link");
  return fd;
}

// The copy that a move across mounts makes has this name until it is whole: a kill in the middle must not
// leave half a file that would later be put back in the place of a whole one.
sys::Place half_of(const sys::Place& place) { return {place.parent(), place.leaf + ".half"}; }

// Moves a file to another place; by a copy where a mount lies between.
Result<void> move(const sys::Place& from, const sys::Place& to) {
  if (renameat2(from.parent(), from.leaf.c_str(), to.parent(), to.leaf.c_str(), RENAME_NOREPLACE) == 0)
    return {};
  if (errno != EXDEV) return system_error(errno, "rename " + from.leaf);
  JR_ASSIGN(const UniqueFd source, open_plain(from, from.leaf));
  struct stat now {};
  if (fstat(source.get(), &now) != 0) return system_error(errno, "stat " + from.leaf);
  const sys::Place half = half_of(to);
  JR_TRY(sys::remove_file(half));
  JR_ASSIGN(const UniqueFd copy, sys::make_file(half));
  JR_TRY(sys::copy_data(source.get(), copy.get()));
  JR_TRY(sys::give_away(copy.get(), {now.st_mode & 07777, {now.st_uid, now.st_gid}}));
  if (renameat(half.parent(), half.leaf.c_str(), to.parent(), to.leaf.c_str()) != 0)
    return system_error(errno, "rename " + half.leaf);
  return sys::remove_file(from);
}

}  // namespace

Result<void> FileAction::set_aside(const Site& site, const sys::Place& place) const {
  const sys::Place kept(site.claim.get(), aside());
  JR_TRY(open_plain(place, path_));
  Result<void> moved = move(place, kept);
  if (!moved) return std::move(moved).error().within("set the old " + path_ + " aside");
  // Judged again where no tenant can exchange it any more.
  const Result<UniqueFd> plain = open_plain(kept, path_);
  if (plain) return {};
  (void)move(kept, place);
  return plain.error();
}

Result<void> FileAction::put_back(const Site& site) const {
  const sys::Place kept(site.claim.get(), aside());
  JR_TRY(sys::remove_file(half_of(kept)));
  if (!site.root || faccessat(kept.parent(), kept.leaf.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0) return {};
  JR_ASSIGN(const sys::Place place, find_place(site, false, path_));
  JR_TRY(sys::remove_file(place));
  Result<void> moved = move(kept, place);
  if (!moved) return std::move(moved).error().within("put the old " + path_ + " back");
  return moved;
}

// In a root that the launch has mounted: what stands there and is not this launch's own is an image's. It
// goes from the jail, and the image stays as it was.
Result<void> FileAction::make_over_image(Site& site, const sys::Place& place, const Create& create) const {
  Result<void> made = create(place);
  const auto& own = site.made_files;
  if (!made && made.error().error_number == EEXIST && std::find(own.begin(), own.end(), path_) == own.end()) {
    JR_TRY(sys::remove_file(place));
    made = create(place);
  }
  if (made) site.made_files.push_back(path_);
  return made;
}

Result<void> FileAction::make(Site& site, const Create& create) {
  JR_ASSIGN(const sys::Place place, find_place(site, false, path_));
  if (site.is_root_mounted) return make_over_image(site, place, create);
  Result<void> made = create(place);
  if (made || made.error().error_number != EEXIST) return made;
  if (stood() == Stood::kNo) {
    // It appeared since the plan was made: not ours to remove, and the ledger must say so.
    set_stood(Stood::kYes);
    if (site.slots != nullptr) JR_TRY(site.slots->set(stood_slot(path_), "yes"));
    return made;
  }
  JR_TRY(set_aside(site, place));
  return create(place);
}

Result<void> FileAction::make(Site& site, const std::string& content) {
  return make(site, [&](const sys::Place& place) -> Result<void> {
    JR_ASSIGN(const UniqueFd file, sys::make_file(place));
    JR_TRY(sys::write_all(file.get(), content));
    return sys::give_away(file.get(), ownership_);
  });
}

std::unique_ptr<Action> WriteAction::restore(const Record& record) {
  return std::make_unique<WriteAction>(record.text("path"), ownership_of(record), "");
}

Result<void> WriteAction::perform(Site& site) { return make(site, content_); }

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

Result<void> CopyAction::perform(Site& site) {
  JR_ASSIGN(const UniqueFd source, sys::open_host(source_, O_RDONLY));
  struct stat now {};
  if (fstat(source.get(), &now) != 0) return system_error(errno, "stat " + source_);
  sys::Ownership owned = ownership();
  // Set-id bits would raise nobody but the owner that the copy is given.
  if (owned.mode == JR_MODE_OF_SOURCE) owned.mode = now.st_mode & 0777;
  const std::vector<dev_t>& known = site.unshareable;
  if (reflink_ && std::find(known.begin(), known.end(), now.st_dev) != known.end())
    return system_error(EOPNOTSUPP, sys::kShareData);
  Result<void> made = make(site, [&](const sys::Place& place) -> Result<void> {
    JR_ASSIGN(const UniqueFd file, sys::make_file(place));
    JR_TRY(reflink_ ? sys::share_data(source.get(), file.get())
                    : sys::copy_data(source.get(), file.get(), now));
    return sys::give_away(file.get(), owned);
  });
  if (reflink_ && !made && made.error().error_number == EOPNOTSUPP) site.unshareable.push_back(now.st_dev);
  return made;
}

bool CopyAction::is_no_way(int error_number) const {
  // Of the reflink: this file's data can't be shared, as btrfs says where one of the two is not
  // copy-on-write; or this kernel knows no such request.
  return Action::is_no_way(error_number) || (reflink_ && (error_number == EINVAL || error_number == ENOTTY));
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

std::string_view LinkAction::fate_of_old() const { return is_same_ ? "kept" : FileAction::fate_of_old(); }

// EPERM: a filesystem without hard links, an immutable file, or one that fs.protected_hardlinks keeps a
// caller without CAP_FOWNER from. EMLINK: it has as many names as it can have.
bool LinkAction::is_no_way(int error_number) const {
  return Action::is_no_way(error_number) || error_number == EPERM || error_number == EMLINK;
}

namespace {

bool is_same_file(const struct stat& one, const sys::Place& place) {
  struct stat there {};
  return fstatat(place.parent(), place.leaf.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
         there.st_dev == one.st_dev && there.st_ino == one.st_ino;
}

}  // namespace

Result<void> LinkAction::survey(Site& site) {
  JR_TRY(FileAction::survey(site));
  if (stood() != Stood::kYes) return {};
  const Result<sys::Place> place = find_place(site, false, path());
  struct stat source {};
  is_same_ = place && stat(source_.c_str(), &source) == 0 && is_same_file(source, place.value());
  return {};
}

Result<void> LinkAction::release(Site& site) { return is_same_ ? Result<void>{} : FileAction::release(site); }

Result<void> LinkAction::perform(Site& site) {
  JR_ASSIGN(const UniqueFd source, sys::open_host(source_, O_PATH));
  struct stat now {};
  if (fstat(source.get(), &now) != 0) return system_error(errno, "stat " + source_);
  if (!S_ISREG(now.st_mode)) return input_error(source_ + " is no regular file");
  if (is_same_) {
    JR_ASSIGN(const sys::Place place, find_place(site, false, path()));
    if (is_same_file(now, place)) return {};
    return system_error(EEXIST, path() + " was " + source_ + " when the plan was made, and is no more");
  }
  return make(site, [&](const sys::Place& place) { return sys::link_file(source.get(), place); });
}

std::unique_ptr<Action> PidFileAction::restore(const Record& record) {
  return std::make_unique<PidFileAction>(record.text("path"), ownership_of(record));
}

Result<void> PidFileAction::perform(Site& site) { return make(site, std::to_string(site.program_pid)); }

}  // namespace jailrun::core
