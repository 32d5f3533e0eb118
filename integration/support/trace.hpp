// SPDX-License-Identifier: Apache-2.0
// The system calls of a launch, as strace saw them.
#pragma once

#include "integration/support/command.hpp"

#include <map>
#include <string>
#include <vector>

namespace jailrun::integration {

struct SystemCall {
  pid_t thread = 0;
  std::string name;
  Strings arguments;  // as strace writes them: strings with their quotes, descriptors as 3</path>
  std::string result;

  bool succeeded() const { return result.compare(0, 1, "-") != 0 && result.compare(0, 1, "?") != 0; }
  std::string text() const;
};

// Puts strace before a command: all calls of it and of what it starts, to `file`.
Command traced(Command command, const std::string& file, const std::string& calls = "all");

// In the order in which they returned. Throws on a line that it can't read.
std::vector<SystemCall> read_trace(const std::string& file);

// Those up to, and with, the execve by which a process becomes the jailed program. The first is
// the runner's own; one by which it becomes the runner that loads stages is left out.
std::vector<SystemCall> until_exec(std::vector<SystemCall> calls);

}  // namespace jailrun::integration
