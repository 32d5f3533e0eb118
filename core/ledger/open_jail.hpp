// SPDX-License-Identifier: Apache-2.0
// The way to a jail's ledger, each step judged as it is opened. State is trusted by its owner, not by its
// place: an ordinary user who can make names in a base, or a tenant whose root holds a file called ledger,
// would otherwise say what root removes.
#pragma once

#include "core/plan/jail_name.hpp"
#include "core/plugin/trust.hpp"
#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <string>

namespace jailrun::core {

// <base>/<name>, O_PATH.
Result<UniqueFd> open_name_directory(const JailName& jail);

// <base>/<name>/<id>, to be read.
Result<UniqueFd> open_jail(const JailName& jail);
Result<UniqueFd> open_jail(int name_directory, const JailName& jail);

// The ledger in it, to be read: a regular file with one name.
Result<UniqueFd> open_ledger(int jail_directory, const JailName& jail);

}  // namespace jailrun::core
