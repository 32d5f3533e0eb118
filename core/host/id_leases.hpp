// SPDX-License-Identifier: Apache-2.0
// Ids of the host that one jail has for itself: below /run/jailrun/ids there is a file for each range, whose
// name says which ids they are and whose launch has them. It is removed with the jail, and the directory with
// the last of them.
#pragma once

#include "core/plan/jail.hpp"
#include "core/sys/user_namespace.hpp"
#include "jailrun/result.hpp"

#include <cstdint>
#include <string>

namespace jailrun::core {

inline constexpr const char* kIdLeases = "/run/jailrun/ids";

// Takes `count` ids in a row, of those outside of `pool`, that no other launch has and that are none of
// `avoided`; gives the first. However many launches do so at once, each has others.
Result<uint32_t> lease_ids(const Token& token, const sys::IdRanges& pool, uint32_t count,
                           const sys::IdRanges& avoided, const std::string& directory = kIdLeases);

// Of the launch with that token; there may be none.
Result<void> end_lease(const Token& token, const std::string& directory = kIdLeases);

}  // namespace jailrun::core
