// SPDX-License-Identifier: Apache-2.0
// A pseudo-terminal of the program's own.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/plugin.h"
#include "jailrun/result.hpp"

namespace jailrun::sys {

struct PseudoTerminal {
  UniqueFd relay;  // the supervisor's end, O_NONBLOCK
  UniqueFd own;    // the program's
};

// A new one of the host's, with the modes and the size of the caller's terminal where its standard streams
// are one. Its file belongs to `owner`, as that of whoever logs in.
Result<PseudoTerminal> open_pseudo_terminal(jr_owner owner);

// Makes it the controlling terminal and the standard streams of the calling process, which leads a session
// of its own from here on.
Result<void> take_terminal(int own);

}  // namespace jailrun::sys
