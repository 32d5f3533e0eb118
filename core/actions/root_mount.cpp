// SPDX-License-Identifier: Apache-2.0
#include "core/actions/root_mount.hpp"

#include "core/actions/common.hpp"
#include "core/actions/mount.hpp"
#include "core/base/text.hpp"
#include "core/ledger/slots.hpp"
#include "core/plan/state.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/host_paths.hpp"
#include "core/sys/remove_tree.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

std::string source_of(const Token& token) { return "jailrun-" + hex(token.data(), token.size()); }

Result<void> check_empty(const Jail& jail, const std::string& root) {
  Result<bool> is_empty = sys::is_empty(jail.root.get());
  if (!is_empty) return std::move(is_empty).error().within(root);
  if (is_empty.value()) return {};
  return input_error(root + " holds something already, which a mount over it would hide: remove it, or " +
                     "launch without the stage that mounts the root");
}

}  // namespace

Result<void> RootMountAction::survey(Survey& survey) {
  if (!survey.jail.root || survey.is_taken) return {};
  Result<void> empty = check_empty(survey.jail, root_);
  // An ordinary user, who can't look into it, is shown the plan all the same.
  if (!empty && empty.error().error_number == EACCES && geteuid() != 0) return {};
  return empty;
}

Result<void> RootMountAction::perform(Launch& launch) {
  JR_TRY(check_empty(launch.jail, root_));
  JR_ASSIGN(UniqueFd made, make(launch, source_of(launch.jail.token)));
  JR_TRY(sys::place_tree(made.get(), launch.jail.root.get()));
  launch.jail.root = std::move(made);
  launch.is_root_mounted = true;
  return {};
}

Result<void> RootMountAction::release(Release& release) {
  const Result<sys::Place> place = find_place(release.jail, true, root_);
  if (!place) return place.error().error_number == ENOENT ? Result<void>{} : place.error();
  JR_TRY(sys::unmount(place.value(), source_of(release.jail.token)));
  // The directory below the mount: perhaps a caller's, whose owner is restored.
  release.jail.root = UniqueFd(openat(place.value().parent(), place.value().leaf.c_str(),
                                      O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return {};
}

std::string RootMountAction::remains(const std::string&) const {
  struct statx now {};
  const bool is_mount = statx(AT_FDCWD, root_.c_str(), AT_SYMLINK_NOFOLLOW, STATX_TYPE, &now) == 0 &&
                        (now.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  return is_mount ? "mounted" : "gone";
}

std::unique_ptr<Action> MountRootAction::restore(const Record& record) {
  return std::make_unique<MountRootAction>(
      record.text("path"),
      sys::NewMount{record.text("type"), "", record.text("data"), flags_of(record.text("options"))});
}

std::string MountRootAction::object() const {
  return root() + "  " + mount_.type + " " + flag_words(mount_.flags) +
         (mount_.data.empty() ? "" : "," + mount_.data);
}

Record MountRootAction::record() const {
  Record record;
  record.add("path", root()).add("type", mount_.type).add("options", flag_words(mount_.flags));
  if (!mount_.data.empty()) record.add("data", mount_.data);
  return record;
}

Result<UniqueFd> MountRootAction::make(Launch&, const std::string& source) {
  sys::NewMount wanted = mount_;
  wanted.source = source;
  return sys::make_filesystem(wanted);
}

std::unique_ptr<Action> OverlayRootAction::restore(const Record& record) {
  return std::make_unique<OverlayRootAction>(record.text("path"), record.text("lower"), ownership_of(record),
                                             flags_of(record.text("options")));
}

std::string OverlayRootAction::object() const {
  return root() + " " + describe(ownership_) + " over " + lower_ + ", " + flag_words(flags_);
}

Record OverlayRootAction::record() const {
  Record record;
  record.add("path", root()).add("lower", lower_).add("options", flag_words(flags_));
  add_ownership(record, ownership_);
  return record;
}

// Beside the root, where no program of the jail can reach it.
std::string OverlayRootAction::changes() const { return root().substr(0, root().rfind('/')) + "/overlay"; }

std::string OverlayRootAction::existed_slot() const { return core::existed_slot(changes()); }

Result<void> OverlayRootAction::survey(Survey& survey) {
  JR_TRY(RootMountAction::survey(survey));
  if (survey.is_taken || survey.is_new) return {};
  JR_ASSIGN(const Existed found, look(survey, true, changes()));
  if (found == Existed::kYes) return input_error(changes() + " already exists: remove it");
  return {};
}

Result<sys::MadeDirectory> OverlayRootAction::make_changes(Launch& launch) {
  JR_ASSIGN(const sys::Place place, find_place(launch.jail, true, changes()));
  JR_ASSIGN(sys::MadeDirectory made, sys::make_directory(place, {0700, {0, 0}}));
  if (made.is_new) return made;
  JR_TRY(note_existed(launch, *this));
  return system_error(EEXIST, "make " + changes());
}

Result<UniqueFd> OverlayRootAction::make(Launch& launch, const std::string& source) {
  JR_ASSIGN(const sys::HostFile lower,
            sys::open_host_source(lower_, sys::HostKind::kAny, O_PATH | O_DIRECTORY));
  JR_ASSIGN(const sys::MadeDirectory changes, make_changes(launch));
  JR_ASSIGN(const sys::MadeDirectory upper,
            sys::make_directory(sys::Place(changes.fd.get(), "upper"), ownership_));
  JR_ASSIGN(const sys::MadeDirectory work,
            sys::make_directory(sys::Place(changes.fd.get(), "work"), {0700, {0, 0}}));
  JR_ASSIGN(sys::NewFilesystem filesystem, sys::NewFilesystem::open("overlay"));
  JR_TRY(filesystem.set("source", source));
  JR_TRY(filesystem.set_directory("lowerdir+", "lowerdir", lower.fd.get()));
  JR_TRY(filesystem.set_directory("upperdir", "upperdir", upper.fd.get()));
  JR_TRY(filesystem.set_directory("workdir", "workdir", work.fd.get()));
  // Regardless of the kernel's defaults: nothing in the image redirects a lookup, a file is copied up in
  // full, and no index ties the changes to one image.
  for (const char* off : {"redirect_dir=nofollow", "metacopy=off", "index=off"}) {
    const std::string_view option = off;
    const size_t equals = option.find('=');
    JR_TRY(filesystem.set(std::string(option.substr(0, equals)), std::string(option.substr(equals + 1))));
  }
  // The changes are removed with the jail, so they need not be on disk; otherwise unmounting would wait until
  // everything that the base's filesystem still has to write is written.
  JR_TRY(filesystem.set_flag("volatile"));
  return filesystem.mount(flags_);
}

Result<void> OverlayRootAction::release(Release& release) {
  JR_TRY(RootMountAction::release(release));
  if (existed() != Existed::kNo) return {};
  const Result<sys::Place> place = find_place(release.jail, true, changes());
  if (!place) return place.error().error_number == ENOENT ? Result<void>{} : place.error();
  return sys::remove_tree(place.value());
}

}  // namespace jailrun::core
