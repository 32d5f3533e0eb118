// SPDX-License-Identifier: Apache-2.0
// Promises, and how one that does not hold is said.
#pragma once

#include "core/pipeline/config.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <string_view>

namespace jailrun::tests::fuzz {

// `promise`: what must hold, in words; `detail`: what was seen in its place.
inline Result<void> expect(bool holds, const char* promise, std::string_view detail = {}) {
  if (holds) return {};
  return internal_error(std::string("does not hold: ") + promise + (detail.empty() ? "" : ": ") +
                        std::string(detail));
}

// Exactly this many lines of text, each with its end, and nothing in them that would drive a terminal.
Result<void> expect_lines(std::string_view text, size_t lines);

// That a refusal is something a user can read and mend: logged as one line of text, and the user's
// doing, not jailrun's.
Result<void> expect_refusal(const Error& error);

// The same of a finding, which `jailrun check` prints.
Result<void> expect_finding(const core::Finding& finding);

// What has been logged since the last call. From the first call on, this process's log is kept in memory.
std::string take_log();

}  // namespace jailrun::tests::fuzz
