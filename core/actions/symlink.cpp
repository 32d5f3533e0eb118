// SPDX-License-Identifier: Apache-2.0
#include "core/actions/symlink.hpp"

#include "core/actions/common.hpp"
#include "core/ledger/slots.hpp"
#include "core/plan/state.hpp"

#include <algorithm>
#include <cerrno>

#include <limits.h>
#include <unistd.h>

namespace jailrun::core {

std::unique_ptr<Action> SymlinkAction::restore(const Record& record) {
  return std::make_unique<SymlinkAction>(record.text("path"), record.text("target"));
}

std::string SymlinkAction::existed_slot() const { return core::existed_slot(path_); }

std::string SymlinkAction::remains(const std::string& root) const { return presence(root + path_); }

Result<void> SymlinkAction::survey(Survey& survey) {
  JR_ASSIGN(const Existed found, look(survey, false, path_));
  set_existed(found);
  return {};
}

bool SymlinkAction::is_at(const sys::Place& place) const {
  char now[PATH_MAX];
  const ssize_t length = readlinkat(place.parent(), place.leaf.c_str(), now, sizeof now);
  return length >= 0 && std::string_view(now, static_cast<size_t>(length)) == target_;
}

Result<void> SymlinkAction::perform(Launch& launch) {
  JR_ASSIGN(const sys::Place place, find_place(launch.jail, false, path_));
  const auto make = [&]() -> Result<void> {
    if (symlinkat(target_.c_str(), place.parent(), place.leaf.c_str()) == 0) return {};
    return system_error(errno, "make the symbolic link " + path_);
  };
  auto& own = launch.made_files;
  const bool is_own = std::find(own.begin(), own.end(), path_) != own.end();
  Result<void> made = make();
  if (!made && made.error().error_number == EEXIST) {
    // One that leads there is as good, and a caller's; one of a mounted root is an image's, and makes room.
    if (launch.is_root_mounted && !is_own) {
      JR_TRY(sys::remove_file(place));
      made = make();
    } else if (is_at(place)) {
      return existed() == Existed::kNo && !is_own ? note_existed(launch, *this) : Result<void>();
    }
  }
  if (made && launch.is_root_mounted) own.push_back(path_);
  return made;
}

Result<void> SymlinkAction::release(Release& release) {
  return remove_own(release, *this, false, path_, Kind::kFile);
}

}  // namespace jailrun::core
