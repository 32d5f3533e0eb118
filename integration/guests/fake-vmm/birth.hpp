// SPDX-License-Identifier: Apache-2.0
// What the program was given at its start, by system calls alone: a jail has no /proc.
#pragma once

#include <string>

namespace fake_vmm {

// One fact a line, "uid 1234 1234 1234", as the probe writes them, and "end". Before anything is opened.
std::string tell_birth(int argc, char** argv, char** environment);

}  // namespace fake_vmm
