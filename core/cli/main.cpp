// lib/jailrun/jailrun-commands: every command but the launch. bin/jailrun becomes it.
#include "core/cli/commands.hpp"
#include "core/door.hpp"
#include "core/version.hpp"

#include <cstdio>

namespace jailrun::core::cli {
namespace {

int run(const Words& words, const std::vector<int>&) {
  if (words.help) return help(words);
  if (words.version) return std::printf("jailrun %s\n", kVersion) < 0;
  if (words.command == "plan") return plan(words);
  if (words.command == "check") return check(words);
  if (words.command == "check-plugin") return check_plugin(words);
  if (words.command == "stages") return stages(words);
  if (words.command == "ps") return ps(words);
  if (words.command == "inspect") return inspect(words);
  if (words.command == "wait") return wait(words);
  if (words.command == "rm") return remove(words);
  if (words.command == "tell") return tell(words);
  if (words.command == "volume") return volume(words);
  if (words.command == "completion") return completion(words);
  if (words.command == "new-stage") return new_stage(words);
  return help(words);
}

}  // namespace
}  // namespace jailrun::core::cli

int main(int argc, char** argv) { return jailrun::core::run_program(argc, argv, jailrun::core::cli::run); }
