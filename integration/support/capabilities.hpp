// SPDX-License-Identifier: Apache-2.0
// Capabilities that a launch must not hand on: of a caller, and of a file.
#pragma once

#include <string>

namespace jailrun::integration {

// Makes all that the calling process is permitted inheritable and ambient: every privilege that can outlive a
// change of user. For the child that becomes jailrun.
void raise_ambient_capabilities();

// Gives a file CAP_NET_RAW, permitted and effective.
void give_capability(const std::string& file);

}  // namespace jailrun::integration
