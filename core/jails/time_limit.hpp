// SPDX-License-Identifier: Apache-2.0
// Work that plugins do and that may never end.
#pragma once

#include "jailrun/result.hpp"

#include <functional>
#include <string>

namespace jailrun::core {

// For the error where the work gives none of its own: "the release of …", and what can be done about it.
struct LimitedWork {
  std::string what;
  std::string remedy;
};

// Does it in a child process, which is killed after so long.
Result<void> within_time(int milliseconds, const LimitedWork& about,
                         const std::function<Result<void>()>& work);

}  // namespace jailrun::core
