// SPDX-License-Identifier: Apache-2.0
#include "core/actions/file.hpp"

#include "core/actions/common.hpp"
#include "core/base/log.hpp"
#include "core/base/message.hpp"
#include "core/ledger/slots.hpp"
#include "core/sys/process.hpp"

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

std::string FileAction::existed_slot() const { return core::existed_slot(path_); }

std::string FileAction::remains(const std::string& root) const { return presence(root + path_); }

Result<void> FileAction::survey(Survey& survey) {
  JR_ASSIGN(const Existed found, look(survey, false, path_));
  set_existed(found);
  return {};
}

Result<void> FileAction::release(Release& release) {
  if (existed() == Existed::kYes) return put_back(release.jail);
  return remove_own(release, *this, false, path_, Kind::kFile);
}

// The name that a file has in the jail's directory while ours is in its place.
std::string FileAction::aside_name() const {
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

// Opens it without waiting for a FIFO's writer, and checks that it is a regular file with one link: one with
// more is somebody else's too.
Result<UniqueFd> open_regular(const sys::Place& place, const std::string& path) {
  UniqueFd fd(openat(place.parent(), place.leaf.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat there {};
  if (!fd && errno != ELOOP && errno != ENXIO) return system_error(errno, "open " + path);
  if (!fd || fstat(fd.get(), &there) != 0 || !S_ISREG(there.st_mode) || there.st_nlink != 1)
    return system_error(EEXIST, path + " exists in the jail and is not a regular file with one link");
  return fd;
}

// The copy that a move across mounts makes has this name until it is complete: a kill in the middle must not
// leave half a file that would later be put back in place of the complete one.
sys::Place partial_of(const sys::Place& place) { return {place.parent(), place.leaf + ".partial"}; }

// Moves a file to another place; by copying where that is on another mount.
Result<void> move(const sys::Place& from, const sys::Place& to) {
  if (renameat2(from.parent(), from.leaf.c_str(), to.parent(), to.leaf.c_str(), RENAME_NOREPLACE) == 0)
    return {};
  if (errno != EXDEV) return system_error(errno, "rename " + from.leaf);
  JR_ASSIGN(const UniqueFd source, open_regular(from, from.leaf));
  struct stat now {};
  if (fstat(source.get(), &now) != 0) return system_error(errno, "stat " + from.leaf);
  const sys::Place partial = partial_of(to);
  JR_TRY(sys::remove_file(partial));
  JR_ASSIGN(const UniqueFd copy, sys::make_file(partial));
  JR_TRY(sys::copy_data(source.get(), copy.get()));
  JR_TRY(sys::set_ownership(copy.get(), {now.st_mode & 07777, {now.st_uid, now.st_gid}}));
  if (renameat(partial.parent(), partial.leaf.c_str(), to.parent(), to.leaf.c_str()) != 0)
    return system_error(errno, "rename " + partial.leaf);
  return sys::remove_file(from);
}

}  // namespace

Result<void> FileAction::set_aside(const Jail& jail, const sys::Place& place) const {
  const sys::Place kept(jail.directory.get(), aside_name());
  JR_TRY(open_regular(place, path_));
  Result<void> moved = move(place, kept);
  if (!moved) return std::move(moved).error().within("set the old " + path_ + " aside");
  // Checked again, where no tenant can exchange it any more.
  const Result<UniqueFd> regular = open_regular(kept, path_);
  if (regular) return {};
  (void)move(kept, place);
  return regular.error();
}

Result<void> FileAction::put_back(const Jail& jail) const {
  const sys::Place kept(jail.directory.get(), aside_name());
  JR_TRY(sys::remove_file(partial_of(kept)));
  if (!jail.root || faccessat(kept.parent(), kept.leaf.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0) return {};
  Result<sys::Place> place = find_place(jail, false, path_);
  const int lost = place ? 0 : place.error().error_number;
  if (!place && lost != ENOENT && lost != ENOTDIR && lost != ELOOP) return std::move(place).error();
  Result<void> moved = place ? sys::remove_file(place.value()) : place.error();
  if (moved) moved = move(kept, place.value());
  if (moved) return moved;
  // What a tenant has put in the place of the file, or of a directory above it, must not keep the jail: the
  // file is given back at the root's top, under a name that nobody could foresee.
  const sys::Place top(jail.root.get(),
                       aside_name() + "-" + std::to_string(sys::microseconds(CLOCK_REALTIME)));
  Result<void> kept_at_top = move(kept, top);
  if (!kept_at_top) return std::move(kept_at_top).error().within("put the old " + path_ + " back");
  log::warning("the old " + path_ + " is given back as /" + top.leaf + ": " + message(moved.error()));
  return {};
}

// In a root that the launch has mounted: what exists there and was not made by this launch is from an image.
// It is removed from the jail, and the image stays as it was.
Result<void> FileAction::make_over_image(Launch& launch, const sys::Place& place,
                                         const Create& create) const {
  Result<void> made = create(place);
  const auto& own = launch.made_files;
  if (!made && made.error().error_number == EEXIST && std::find(own.begin(), own.end(), path_) == own.end()) {
    JR_TRY(sys::remove_file(place));
    made = create(place);
  }
  if (made) launch.made_files.push_back(path_);
  return made;
}

Result<void> FileAction::make(Launch& launch, const Create& create) {
  JR_ASSIGN(const sys::Place place, find_place(launch.jail, false, path_));
  if (launch.is_root_mounted) return make_over_image(launch, place, create);
  Result<void> made = create(place);
  if (made || made.error().error_number != EEXIST) return made;
  if (existed() == Existed::kNo) {
    JR_TRY(note_existed(launch, *this));
    return made;
  }
  JR_TRY(set_aside(launch.jail, place));
  return create(place);
}

Result<void> FileAction::make(Launch& launch, const std::string& content) {
  return make(launch, [&](const sys::Place& place) -> Result<void> {
    JR_ASSIGN(const UniqueFd file, sys::make_file(place));
    JR_TRY(sys::write_all(file.get(), content));
    return sys::set_ownership(file.get(), ownership_);
  });
}

std::unique_ptr<Action> WriteAction::restore(const Record& record) {
  return std::make_unique<WriteAction>(record.text("path"), ownership_of(record), "");
}

Result<void> WriteAction::perform(Launch& launch) { return make(launch, content_); }

std::unique_ptr<Action> PidFileAction::restore(const Record& record) {
  return std::make_unique<PidFileAction>(record.text("path"), ownership_of(record));
}

Result<void> PidFileAction::perform(Launch& launch) {
  return make(launch, std::to_string(launch.processes.program));
}

}  // namespace jailrun::core
