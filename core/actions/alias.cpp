// SPDX-License-Identifier: Apache-2.0
#include "core/actions/alias.hpp"

#include "core/actions/common.hpp"
#include "core/sys/directories.hpp"

#include <cerrno>

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

namespace jailrun::core {

std::unique_ptr<Action> AliasAction::restore(const Record& record) {
  return std::make_unique<AliasAction>(record.text("name"));
}

std::string AliasAction::object() const { return path() + "  -> " + target(); }

// Only this link: the name may be another jail's by now.
std::string AliasAction::remains(const std::string& root) const {
  // <base>/<name>/<id>/root
  const std::string jail = root.substr(0, root.rfind('/'));
  const std::string id = jail.substr(jail.rfind('/') + 1);
  const std::string named = jail.substr(0, jail.rfind('/'));
  const std::string base = named.substr(0, named.rfind('/'));
  char now[PATH_MAX];
  const ssize_t length = readlink((base + "/" + name_ + "/" + id).c_str(), now, sizeof now);
  const std::string wanted = "../" + named.substr(named.rfind('/') + 1) + "/" + id;
  return length >= 0 && std::string_view(now, static_cast<size_t>(length)) == wanted ? "exists" : "gone";
}

Result<void> AliasAction::survey(Survey& survey) {
  jail_ = survey.jail.name;
  JR_ASSIGN(const Existed found, look(survey, true, path()));
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
    return system_error(errno, "link " + path() + " to the jail");
  return {};
}

Result<void> AliasAction::release(Release& release) {
  if (existed() != Existed::kNo) return {};
  jail_ = release.jail.name;
  const Result<UniqueFd> base = sys::open_host(jail_.base, O_PATH | O_DIRECTORY);
  if (!base) return base.error();
  const UniqueFd directory(
      openat(base.value().get(), name_.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory && errno != ENOENT) return system_error(errno, "open " + path());
  // Only this link: another launch may have taken the name since.
  char now[PATH_MAX];
  const ssize_t length = directory ? readlinkat(directory.get(), jail_.id.c_str(), now, sizeof now) : -1;
  if (length >= 0 && std::string_view(now, static_cast<size_t>(length)) == target() &&
      unlinkat(directory.get(), jail_.id.c_str(), 0) != 0 && errno != ENOENT)
    return system_error(errno, "remove " + path());
  const Result<bool> removed = sys::remove_if_marked_and_empty(base.value().get(), name_);
  return removed ? Result<void>{} : removed.error();
}

}  // namespace jailrun::core
