// SPDX-License-Identifier: Apache-2.0
#include "core/cli/command_table.hpp"

#include "core/pipeline/builtin_options.hpp"

namespace jailrun::core::cli {

const std::vector<CommandDescription>& command_descriptions() {
  static const StageDescription kNone;
  static const std::vector<CommandDescription> kCommands = {
      {"", "[--pipeline FILE] OPTIONS -- ARGUMENTS", "launch a program in a jail", &runner_options(), true,
       ""},
      {"plan", "OPTIONS -- ARGUMENTS", "show what that would do", &runner_options(), true, ""},
      {"check", "--pipeline FILE", "find every fault of a pipeline", &runner_options(), false, ""},
      {"check-plugin", "FILE", "find faults of a plugin", &check_plugin_options(), false, "file"},
      {"stages", "[NAME]", "what is installed", &runner_options(), false, "stage"},
      {"new-stage", "NAME --lang c|cpp|rust", "a directory in which to write a stage", &new_stage_options(),
       false, ""},
      {"ps", "", "jails that are there, alive or dead", &jail_options(), false, ""},
      {"inspect", "[NAME/]ID", "what a launch made, and what of it stands", &jail_options(), false, "jail"},
      {"wait", "[NAME/]ID", "until its program has ended", &jail_options(), false, "jail"},
      {"rm", "[--force] [NAME/]ID... | --all-dead", "take jails away", &jail_options(), false, "jail"},
      {"volume", "grow [NAME/]ID VOLUME SIZE", "make a jail's volume larger while it runs", &jail_options(),
       false, "jail"},
      {"tell", "[NAME/]ID STAGE VERB WORDS...", "what else a stage can do to a jail that stands",
       &jail_options(), false, "jail"},
      {"completion", "bash|zsh", "a shell's completion, with the stages that are installed", &kNone, false,
       "shell"},
  };
  return kCommands;
}

}  // namespace jailrun::core::cli
