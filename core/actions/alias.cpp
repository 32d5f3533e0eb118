// SPDX-License-Identifier: Apache-2.0
#include "core/actions/alias.hpp"

#include "core/actions/common.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/paths.hpp"

#include <cerrno>

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

namespace jailrun::core {

std::unique_ptr<Action> AliasAction::restore(const Record& record) {
  auto alias = std::make_unique<AliasAction>(record.text("name"));
  alias->path_ = record.text("path");
  return alias;
}

std::string AliasAction::object() const { return path_ + "  -> " + target(); }

// Only if it still leads there: the name may be another jail's by now.
std::string AliasAction::remains(const std::string& root) const {
  const std::string jail = root.substr(0, root.rfind('/'));  // <base>/<name>/<id>/root
  return sys::is_same_file(path_, jail) ? "exists" : "gone";
}

Result<void> AliasAction::survey(Survey& survey) {
  jail_ = survey.jail.name;
  path_ = jail_.base + "/" + name_ + "/" + jail_.id;
  JR_ASSIGN(const Existed found, look(survey, true, path_));
  // Something that exists already is refused when the link is made, and is never removed.
  set_existed(found);
  return {};
}

Result<void> AliasAction::perform(Launch&) {
  JR_ASSIGN(const UniqueFd base, sys::open_host(jail_.base, O_PATH | O_DIRECTORY));
  for (int tries = 0;; ++tries) {
    Result<void> made = make(base.get());
    // ENOENT: the last jail of this name has just removed the directory.
    if (made || made.error().error_number != ENOENT || tries == 100) return made;
  }
}

Result<void> AliasAction::make(int base) const {
  JR_ASSIGN(const UniqueFd directory, sys::open_or_make_marked(base, name_));
  if (symlinkat(target().c_str(), directory.get(), jail_.id.c_str()) != 0)
    return system_error(errno, "link " + path_ + " to the jail");
  return {};
}

Result<void> AliasAction::release(Release& release) {
  if (existed() != Existed::kNo) return {};
  jail_ = release.jail.name;
  const Result<UniqueFd> base = sys::open_host(jail_.base, O_PATH | O_DIRECTORY);
  if (!base) return base.error();
  const UniqueFd directory(
      openat(base.value().get(), name_.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory && errno != ENOENT) return system_error(errno, "open " + path_);
  // Only this link: another launch may have taken the name since.
  char now[PATH_MAX];
  const ssize_t length = directory ? readlinkat(directory.get(), jail_.id.c_str(), now, sizeof now) : -1;
  if (length >= 0 && std::string_view(now, static_cast<size_t>(length)) == target() &&
      unlinkat(directory.get(), jail_.id.c_str(), 0) != 0 && errno != ENOENT)
    return system_error(errno, "remove " + path_);
  const Result<bool> removed = sys::remove_if_marked_and_empty(base.value().get(), name_);
  return removed ? Result<void>{} : removed.error();
}

}  // namespace jailrun::core
