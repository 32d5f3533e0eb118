// SPDX-License-Identifier: Apache-2.0
// lib/jailrun/jailrun-commands: every command but the launch. bin/jailrun becomes it.
#include "core/base/version.hpp"
#include "core/cli/commands.hpp"
#include "core/entry.hpp"

#include <cstdio>

namespace jailrun::core::cli {
namespace {

int run(const CommandLine& line, const std::vector<int>&) {
  if (line.help) return help(line);
  if (line.version) return std::printf("jailrun %s\n", kVersion) < 0;
  if (line.command == "plan") return plan(line);
  if (line.command == "check") return check(line);
  if (line.command == "check-plugin") return check_plugin(line);
  if (line.command == "stages") return stages(line);
  if (line.command == "ps") return ps(line);
  if (line.command == "inspect") return inspect(line);
  if (line.command == "wait") return wait(line);
  if (line.command == "rm") return remove(line);
  if (line.command == "tell") return tell(line);
  if (line.command == "volume") return volume(line);
  if (line.command == "completion") return completion(line);
  if (line.command == "new-stage") return new_stage(line);
  return help(line);
}

}  // namespace
}  // namespace jailrun::core::cli

int main(int argc, char** argv) { return jailrun::core::run_program(argc, argv, jailrun::core::cli::run); }
