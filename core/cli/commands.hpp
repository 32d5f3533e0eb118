// SPDX-License-Identifier: Apache-2.0
// The commands beside the launch itself. Each prints on stdout and returns the exit status.
#pragma once

#include "core/pipeline/command_line.hpp"

namespace jailrun::core::cli {

int plan(const CommandLine& line);
int check(const CommandLine& line);
int check_plugin(const CommandLine& line);
int stages(const CommandLine& line);
int help(const CommandLine& line);
int new_stage(const CommandLine& line);
int completion(const CommandLine& line);

int ps(const CommandLine& line);
int inspect(const CommandLine& line);
int wait(const CommandLine& line);
int remove(const CommandLine& line);
int tell(const CommandLine& line);
int volume(const CommandLine& line);

}  // namespace jailrun::core::cli
