// SPDX-License-Identifier: Apache-2.0
// lib/jailrun/jailrun-commands: every command but the launch. bin/jailrun becomes it.
#include "core/base/version.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/output.hpp"
#include "core/entry.hpp"
#include "core/plugin/twin.hpp"

#include <algorithm>
#include <cstdio>

namespace jailrun::core::cli {
namespace {

Result<int> dispatch(const CommandLine& line) {
  if (line.command == "keep-learned") return keep_learned(line);  // a supervisor's
  if (line.version) return print(std::string("jailrun ") + kVersion + "\n"), 0;
  if (line.help || line.command.empty()) return help(line);
  const auto named = [&](const Command& command) { return command.name == line.command; };
  const auto command = std::find_if(commands().begin(), commands().end(), named);
  if (command != commands().end()) return command->run(line);
  return input_error(
      "'" + line.command +
      "' is neither an option nor a command; 'jailrun --help' lists both, and the program's own "
      "arguments must come after --");
}

int run(const CommandLine& line, const std::vector<int>&) {
  const Result<int> status = dispatch(line);
  if (!status) return fail(status.error());
  // A full disk must not look like an empty list, nor like a host without faults.
  const bool is_written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  return is_written ? status.value() : fail(input_error("standard output can't be written to"));
}

}  // namespace
}  // namespace jailrun::core::cli

int main(int argc, char** argv) {
  jailrun::core::link_twins(jailrun::core::kShippedTwins);
  return jailrun::core::run_program(argc, argv, jailrun::core::cli::run);
}
