// SPDX-License-Identifier: Apache-2.0
// A ledger's text on its way through a file, as one process leaves it to another.
#pragma once

#include "core/ledger/read.hpp"

#include <string_view>

namespace jailrun::tests::fuzz {

// What read_ledger() makes of this text.
Result<core::Ledger> read_written(std::string_view text, const core::JailName& jail);

}  // namespace jailrun::tests::fuzz
