// SPDX-License-Identifier: Apache-2.0
// What each of jailrun's programs does first and last.
#pragma once

#include "core/pipeline/command_line.hpp"

#include <functional>
#include <vector>

namespace jailrun::core {

// Resets what the process inherited (streams, descriptors, timers, signals, umask, environment), refuses
// privileges from its own file, splits the command line and runs the program with it and with the inherited
// descriptors. Returns the exit status; an exception becomes one sentence and 1.
int run_program(int argc, char** argv,
                const std::function<int(const CommandLine&, std::vector<int>)>& program);

}  // namespace jailrun::core
