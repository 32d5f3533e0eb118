#include "core/actions/file.hpp"

#include "core/actions/common.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

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

Result<void> FileAction::release(Site& site) { return remove_own(site, *this, false, path_, Kind::kFile); }

Result<void> FileAction::make(Site& site, const sys::Ownership& owned, const std::string* content,
                              int source) {
  JR_ASSIGN(sys::Place place, find_place(site, false, path_));
  const std::string final_leaf = place.leaf;
  Result<UniqueFd> file = sys::make_file(place);
  const bool replaces = !file && file.error().error_number == EEXIST;
  if (replaces) {
    place.leaf = "." + final_leaf + ".jailrun";
    // A leftover of a launch that was killed here; unlink follows nothing.
    JR_TRY(sys::remove_file(place));
    file = sys::make_file(place);
  }
  if (!file) return std::move(file).error();
  const auto fill = [&]() -> Result<void> {
    if (content != nullptr) JR_TRY(sys::write_all(file.value().get(), *content));
    if (source >= 0) JR_TRY(sys::copy_data(source, file.value().get()));
    JR_TRY(sys::give_away(file.value().get(), owned));
    if (replaces) JR_TRY(sys::replace_file({place.parent(), final_leaf}, place.leaf));
    return {};
  };
  Result<void> filled = fill();
  if (!filled && replaces) (void)sys::remove_file(place);  // what stood there stays, our half of it goes
  return filled;
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
