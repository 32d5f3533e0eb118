// SPDX-License-Identifier: Apache-2.0
// How commands print: results on stdout, the one sentence about an error in the log.
#pragma once

#include "core/base/log.hpp"
#include "core/base/message.hpp"

#include <cstdio>
#include <string>

namespace jailrun::core::cli {

inline void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// The exit status of a command that failed.
inline int fail(const Error& error) {
  log::failure(message(error));
  return 1;
}

}  // namespace jailrun::core::cli
