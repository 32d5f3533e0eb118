// SPDX-License-Identifier: Apache-2.0
// What OCI runtimes start: a directory with a root and a configuration.
#pragma once

#include "integration/support/command.hpp"

#include <string>

namespace jailrun::integration::escapes {

// Writes the configuration into `bundle`, whose root is there: what Docker gives a container that has a read-only
// root and no capabilities, with no network, and no user namespace.
void make_bundle(const std::string& bundle, const Strings& argv);

}  // namespace jailrun::integration::escapes
