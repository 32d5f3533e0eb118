// The commands beside the launch itself. Each prints on stdout and returns the exit status.
#pragma once

#include "core/command_line.hpp"

namespace jailrun::core::cli {

int plan(const Words& words);
int check(const Words& words);
int check_plugin(const Words& words);
int stages(const Words& words);
int help(const Words& words);
int new_stage(const Words& words);
int completion(const Words& words);

int ps(const Words& words);
int inspect(const Words& words);
int wait(const Words& words);
int remove(const Words& words);
int tell(const Words& words);
int volume(const Words& words);

}  // namespace jailrun::core::cli
