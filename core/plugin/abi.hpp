// SPDX-License-Identifier: Apache-2.0
// The sizes, in version 1.0 of the interface, of the structs that a plugin passes. Every plugin's are at
// least as long; a member that is not in them was not known when the plugin was built. tests/abi compares
// with the released header.
#pragma once

#include "jailrun/plugin.h"

#include <cstddef>

namespace jailrun::core {

template <class T>
inline constexpr size_t kFirstSize = 0;

template <>
inline constexpr size_t kFirstSize<jr_plugin> = 56;
template <>
inline constexpr size_t kFirstSize<jr_stage_descriptor> = 168;
template <>
inline constexpr size_t kFirstSize<jr_stage_ops> = 64;
template <>
inline constexpr size_t kFirstSize<jr_option> = 88;
template <>
inline constexpr size_t kFirstSize<jr_fact> = 24;

}  // namespace jailrun::core
