// Which jail an operator means.
#pragma once

#include "core/options.hpp"
#include "core/site.hpp"

#include <string>

namespace jailrun::core::cli {

// "ID" or "NAME/ID", which tells equal ids of two programs apart; below the bases that --chroot-base-dir
// gives and those that are known.
Result<JailName> find_jail(const std::string& word, const OptionValues& options);

}  // namespace jailrun::core::cli
