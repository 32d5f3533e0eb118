// SPDX-License-Identifier: Apache-2.0
#include "core/actions/root_mount.hpp"

#include "core/actions/common.hpp"
#include "core/actions/mount.hpp"
#include "core/ledger/slots.hpp"
#include "core/plan/site.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/remove_tree.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

std::string source_of(const Site& site) {
  std::string source = "jailrun-";
  for (const uint8_t byte : site.token) {
    source += "0123456789abcdef"[byte >> 4];
    source += "0123456789abcdef"[byte & 15];
  }
  return source;
}

Result<void> see_empty(const Site& site, const std::string& root) {
  Result<bool> is_empty = sys::is_empty(site.root.get());
  if (!is_empty) return std::move(is_empty).error().within(root);
  if (is_empty.value()) return {};
  return input_error(root + " holds something already, which a mount over it would hide: take it out, or " +
                     "launch without the stage that mounts the root");
}

}  // namespace

Result<void> RootMountAction::survey(Site& site) {
  if (!site.root || site.is_taken) return {};
  Result<void> empty = see_empty(site, root_);
  // An ordinary user is shown the plan without having seen it.
  if (!empty && empty.error().error_number == EACCES && geteuid() != 0) return {};
  return empty;
}

Result<void> RootMountAction::perform(Site& site) {
  JR_TRY(see_empty(site, root_));
  JR_ASSIGN(UniqueFd made, make(site, source_of(site)));
  JR_TRY(sys::place_tree(made.get(), site.root.get()));
  site.root = std::move(made);
  site.is_root_mounted = true;
  return {};
}

Result<void> RootMountAction::release(Site& site) {
  const Result<sys::Place> place = find_place(site, true, root_);
  if (!place) return place.error().error_number == ENOENT ? Result<void>{} : place.error();
  JR_TRY(sys::unmount(place.value(), source_of(site)));
  // What the mount was over: a caller's directory perhaps, which gets its owner back.
  site.root = UniqueFd(openat(place.value().parent(), place.value().leaf.c_str(),
                              O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return {};
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

Result<UniqueFd> MountRootAction::make(Site&, const std::string& source) {
  JR_ASSIGN(sys::NewFilesystem filesystem, sys::NewFilesystem::open(mount_.type));
  JR_TRY(filesystem.set("source", source));
  std::string_view rest = mount_.data;
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    const size_t equals = one.find('=');
    JR_TRY(equals == std::string_view::npos
               ? filesystem.set_flag(std::string(one))
               : filesystem.set(std::string(one.substr(0, equals)), std::string(one.substr(equals + 1))));
  }
  return filesystem.mount(mount_.flags);
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

Result<void> OverlayRootAction::survey(Site& site) {
  JR_TRY(RootMountAction::survey(site));
  if (site.is_taken || site.is_new) return {};
  JR_ASSIGN(const Stood found, look(site, true, changes()));
  if (found == Stood::kYes) return input_error(changes() + " stands already: take it away");
  return {};
}

Result<sys::MadeDirectory> OverlayRootAction::make_changes(Site& site) {
  JR_ASSIGN(const sys::Place place, find_place(site, true, changes()));
  JR_ASSIGN(sys::MadeDirectory made, sys::make_directory(place, {0700, {0, 0}}));
  if (made.is_new) return made;
  // It appeared since the plan was made: not ours to remove, and the ledger must say so.
  set_stood(Stood::kYes);
  if (site.slots != nullptr) JR_TRY(site.slots->set(stood_slot(root()), "yes"));
  return system_error(EEXIST, "make " + changes());
}

Result<UniqueFd> OverlayRootAction::make(Site& site, const std::string& source) {
  JR_ASSIGN(const UniqueFd lower, sys::open_host(lower_, O_PATH | O_DIRECTORY));
  JR_ASSIGN(const sys::MadeDirectory changes, make_changes(site));
  JR_ASSIGN(const sys::MadeDirectory upper,
            sys::make_directory(sys::Place(changes.fd.get(), "upper"), ownership_));
  JR_ASSIGN(const sys::MadeDirectory work,
            sys::make_directory(sys::Place(changes.fd.get(), "work"), {0700, {0, 0}}));
  JR_ASSIGN(sys::NewFilesystem filesystem, sys::NewFilesystem::open("overlay"));
  JR_TRY(filesystem.set("source", source));
  JR_TRY(filesystem.set_directory("lowerdir+", "lowerdir", lower.get()));
  JR_TRY(filesystem.set_directory("upperdir", "upperdir", upper.fd.get()));
  JR_TRY(filesystem.set_directory("workdir", "workdir", work.fd.get()));
  // Whatever the kernel's own defaults are: nothing in the image sends a lookup elsewhere, a file is copied
  // up whole, and no index ties the changes to one image.
  for (const char* off : {"redirect_dir=nofollow", "metacopy=off", "index=off"}) {
    const std::string_view option = off;
    const size_t equals = option.find('=');
    JR_TRY(filesystem.set(std::string(option.substr(0, equals)), std::string(option.substr(equals + 1))));
  }
  // The changes end with the jail, so they need not be on disk; else taking the mount away would wait until
  // everything that the base's filesystem still has to write is.
  JR_TRY(filesystem.set_flag("volatile"));
  return filesystem.mount(flags_);
}

Result<void> OverlayRootAction::release(Site& site) {
  JR_TRY(RootMountAction::release(site));
  if (stood() != Stood::kNo) return {};
  const Result<sys::Place> place = find_place(site, true, changes());
  if (!place) return place.error().error_number == ENOENT ? Result<void>{} : place.error();
  return sys::remove_tree(place.value());
}

}  // namespace jailrun::core
