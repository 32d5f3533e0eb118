// SPDX-License-Identifier: Apache-2.0
// User namespaces, and the maps of their ids.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/plugin.h"
#include "jailrun/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace jailrun::sys {

using IdRanges = std::vector<jr_id_range>;

struct IdMaps {
  IdRanges uids;
  IdRanges gids;
  bool has_setgroups = false;  // setgroups(2) is possible in it
  bool is_nestable = false;    // user namespaces can be made in it
};

// "0:100000:65536,70000:1000:1".
std::string text_of(const IdRanges& ranges);

// What an outside id is inside; none: it is not mapped.
std::optional<uint32_t> inside_id(const IdRanges& ranges, uint32_t outside);

// The first of these ids that the process's own user namespace does not have, which can map only its own.
// `map` is as /proc/self/uid_map shows it.
std::optional<uint32_t> first_unknown_id(const IdRanges& ranges, const std::string& map);

// Why no user namespace can be made; empty: one can, as far as can be told. `proc`: where that filesystem is.
std::string missing_user_namespace(const std::string& proc = "/proc");

// Makes one, in which no process is when this returns. The process must be able to write such maps.
Result<UniqueFd> make_user_namespace(const IdMaps& maps);

// The same for a caller without privileges, who may map nothing but his own ids, where a host's settings
// forbid it: with what its administrator can do about it.
std::string refused_user_namespace(const std::string& proc = "/proc");

// Without privileges: puts the process, which has a single thread, into a user namespace with these maps,
// whose only ids are its own, and into a mount namespace that belongs to it. `is_made`: it is in the user
// namespace already, as it was cloned into it, and nothing is mapped.
Result<void> enter_first_user_namespace(const IdMaps& maps, bool is_made);

// Moves the calling thread, the only one of its process, into it. The thread has all capabilities in it, and
// none outside.
Result<void> enter_user_namespace(int fd);

}  // namespace jailrun::sys
