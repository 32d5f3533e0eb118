// SPDX-License-Identifier: Apache-2.0
// Which jail an operator means.
#pragma once

#include "core/pipeline/options.hpp"
#include "core/plan/jail_name.hpp"

#include <string>

namespace jailrun::core::cli {

// "ID" or "NAME/ID", which tells equal ids of two programs apart; below the bases that --chroot-base-dir
// gives and those that are known.
Result<JailName> find_jail(const std::string& word, const OptionValues& options);

}  // namespace jailrun::core::cli
