// SPDX-License-Identifier: Apache-2.0
// Which jail an operator means.
#pragma once

#include "core/ledger/read.hpp"
#include "core/pipeline/options.hpp"
#include "core/plan/jail_name.hpp"

#include <set>
#include <string>

namespace jailrun::core::cli {

// The directories that may have jails: those that --chroot-base-dir gives, that installed pipelines name,
// that have had jails since the boot, and the default.
std::set<std::string> known_bases(const OptionValues& options);

// "ID", or "NAME/ID", which tells equal ids of two programs apart, below the known bases; or "/BASE/NAME/ID".
Result<JailName> find_jail(const std::string& word, const OptionValues& options);

Result<Ledger> ledger_of(const JailName& jail);

}  // namespace jailrun::core::cli
