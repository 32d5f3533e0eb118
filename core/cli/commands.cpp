// SPDX-License-Identifier: Apache-2.0
#include "core/cli/commands.hpp"

#include "core/pipeline/builtin_options.hpp"

namespace jailrun::core::cli {
namespace {

Result<int> launch(const CommandLine&) { return internal_error("bin/jailrun launches programs itself"); }

}  // namespace

const std::vector<Command>& commands() {
  static const StageDescription kNone;
  static const StageDescription* const kRunner = &runner_options();
  static const StageDescription* const kJails = &jail_options();
  static const std::vector<Command> kCommands = {
      {"", "[--pipeline FILE] OPTIONS -- ARGUMENTS", "launch a program in a jail", kRunner, true, "", launch},
      {"plan", "OPTIONS -- ARGUMENTS", "print what a launch would do, without doing it", kRunner, true, "",
       plan},
      {"check", "--pipeline FILE", "find every fault in a pipeline", kRunner, false, "", check},
      {"check-plugin", "FILE", "find faults in a plugin", &check_plugin_options(), false, "file",
       check_plugin},
      {"doctor", "[--pipeline FILE]", "find what weakens jails on this host, without changing it",
       &doctor_options(), false, "", doctor},
      {"stages", "[NAME]", "list the installed stages, or describe one", kRunner, false, "stage", stages},
      {"new-stage", "NAME --lang c|cpp|rust", "create a directory in which to write a stage",
       &new_stage_options(), false, "", new_stage},
      {"ps", "", "list jails, alive and dead", kJails, false, "", ps},
      {"inspect", "[NAME/]ID", "print what a launch made and what of it still exists", kJails, false, "jail",
       inspect},
      {"wait", "[NAME/]ID", "wait until a jail's program exits", kJails, false, "jail", wait},
      {"violations", "[NAME/]ID", "print which system calls of a jail its filter refused or logged", kJails,
       false, "jail", violations},
      {"rm", "[--force] [NAME/]ID... | --all-dead", "remove jails", kJails, false, "jail", rm},
      {"volume", "grow [NAME/]ID VOLUME SIZE", "enlarge a volume of a jail while its program runs", kJails,
       false, "jail", volume},
      {"tell", "[NAME/]ID STAGE VERB WORDS...", "pass a command to a stage of a jail", kJails, false, "jail",
       tell},
      {"completion", "bash|zsh", "print completion for a shell, including the installed stages' options",
       &kNone, false, "shell", completion},
  };
  return kCommands;
}

}  // namespace jailrun::core::cli
