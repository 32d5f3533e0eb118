// SPDX-License-Identifier: Apache-2.0
// A jail as a launch or a removal works on it: its name, its token and the directories that are held open.
#pragma once

#include "core/plan/jail_name.hpp"
#include "core/sys/fd.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace jailrun::core {

// A launch's own random number, known from the claim on and kept in the ledger.
using Token = std::array<uint8_t, 16>;

struct Jail {
  JailName name;
  Token token = {};
  UniqueFd directory;  // the jail's directory, locked while a launch or a removal is under way
  UniqueFd root;       // the jail's root, O_PATH, in the host's mount namespace; none: it does not exist

  // Directories in the root that this launch has made. They are kept open, so that they need not be looked up
  // again for what is made in them.
  struct OpenDirectory {
    std::string path;
    UniqueFd fd;
    bool is_filesystem = false;  // the root of one that is mounted there later
  };
  std::vector<OpenDirectory> made;
};

}  // namespace jailrun::core
