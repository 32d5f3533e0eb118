// SPDX-License-Identifier: Apache-2.0
// Lists of system calls in the source, looked up by the compiler: for the profiles that are built in.
#pragma once

#include "core/seccomp/calls.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <type_traits>

#include <linux/sched.h>

namespace jailrun::seccomp {

#define JR_CALL(name, ...) #name,
inline constexpr std::string_view kNames[] = {
#include "core/seccomp/calls.inc"
};
#undef JR_CALL
static_assert(std::is_sorted(std::begin(kNames), std::end(kNames)));

constexpr Call call_named(std::string_view name) {
  const auto* const found = std::lower_bound(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames) || *found != name) throw "there is no such system call";  // while compiling
  return static_cast<Call>(found - std::begin(kNames));
}

template <size_t N>
consteval std::array<Call, N> calls(const char* const (&names)[N]) {
  std::array<Call, N> found{};
  for (size_t i = 0; i < N; ++i) found[i] = call_named(names[i]);
  return found;
}

// The names in a text, with spaces between them: calls `each` with every one.
template <class Each>
constexpr void split(std::string_view text, Each each) {
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(" \n"), text.size());
    if (end != 0) each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}
consteval size_t count(std::string_view text) {
  size_t counted = 0;
  split(text, [&](std::string_view) { ++counted; });
  return counted;
}
template <size_t N>
consteval std::array<Call, N> calls_in(std::string_view text) {
  std::array<Call, N> found{};
  size_t at = 0;
  split(text, [&](std::string_view name) { found[at++] = call_named(name); });
  return found;
}

// Flags of clone().
inline constexpr uint64_t kNewNamespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

}  // namespace jailrun::seccomp
