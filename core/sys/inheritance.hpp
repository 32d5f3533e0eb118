// SPDX-License-Identifier: Apache-2.0
// What a process inherits from its parent: descriptors, variables, ignored signals, a mask.
#pragma once

#include <string_view>
#include <vector>

namespace jailrun::sys {

// The descriptors, 3 and above, that the process was started with; all are marked close-on-exec. To be called
// before anything is opened.
std::vector<int> take_inherited_descriptors();

// Marks every descriptor from 3 on close-on-exec, whoever opened it, but these, which the exec leaves open.
// False, with errno, where one of these is not open.
bool close_on_exec_all_but(const std::vector<int>& kept);

// Empties the environment: no variable has any effect, and none reaches a plugin or the program by itself.
void take_environment();

// The environment as the process was started with it; nullptr before take_environment().
char** callers_environment();

// "NAME=VALUE" as the process was started with it; nullptr where it was not.
const char* inherited_variable(std::string_view name);

// Default dispositions for all signals and an empty mask: a caller's ignored SIGPIPE must not
// reach the program.
void reset_signals();

// True if the program's file gave the process what its caller has not: other ids, or capabilities.
bool gained_privileges();

// The mask alone.
void unblock_signals();

}  // namespace jailrun::sys
