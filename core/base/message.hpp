// SPDX-License-Identifier: Apache-2.0
// An error as one sentence for people: "mount /dev/pts: Permission denied".
#pragma once

#include "jailrun/result.hpp"

#include <string>

namespace jailrun::core {

std::string message(const Error& error);

}  // namespace jailrun::core
