// SPDX-License-Identifier: Apache-2.0
// The facts whose names begin with "jail.": the interface's own, which plugin.h lists.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace jailrun::core {

inline constexpr std::string_view kJailFacts[] = {
    "jail.id",  "jail.base", "jail.name",    "jail.alias",  "jail.directory",      "jail.root",
    "jail.uid", "jail.gid",  "jail.program", "jail.cgroup", "jail.cgroup-version", "jail.capabilities"};

// A stage may provide one of these in the place of one that ships. Another name that begins so may become one
// of a later version, with another meaning.
inline bool is_foreign_jail_fact(std::string_view name) {
  return name.substr(0, 5) == "jail." &&
         std::find(std::begin(kJailFacts), std::end(kJailFacts), name) == std::end(kJailFacts);
}

}  // namespace jailrun::core
