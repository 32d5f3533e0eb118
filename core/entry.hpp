// SPDX-License-Identifier: Apache-2.0
// The first and last act of each of jailrun's programs.
#pragma once

#include "core/pipeline/command_line.hpp"

#include <functional>
#include <vector>

namespace jailrun::core {

// Sets straight what the process was born with (descriptors, signals, umask, environment), refuses to run
// setuid, splits the command line and runs the program with it and with the descriptors that were inherited.
// Returns the exit status; what is thrown becomes one sentence and 1.
int run_program(int argc, char** argv,
                const std::function<int(const CommandLine&, std::vector<int>)>& program);

}  // namespace jailrun::core
