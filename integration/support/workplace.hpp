// SPDX-License-Identifier: Apache-2.0
// The directory that one run of the tests works in, and the name that its cgroups have.
#pragma once

#include <string>

namespace jailrun::integration {

// /var/tmp/jailrun-tests-PID or alike: root's, on a filesystem that is neither nodev nor noexec, below
// directories that only root can change. Empty until make_workplace().
const std::string& workplace();

// Makes it, and removes what killed runs have left: directories, and groups of the same name.
// Throws where it can't be made.
void make_workplace();
void remove_workplace();

// Its last component: "jailrun-tests-1234".
std::string run_name();

}  // namespace jailrun::integration
