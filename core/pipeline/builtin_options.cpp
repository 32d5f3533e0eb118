// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/builtin_options.hpp"

namespace jailrun::core {
namespace {

OptionDescription text(std::string_view name, std::string_view value, std::string_view help,
                       std::string_view fallback) {
  return {name, value, help, fallback, JR_OPTION_TEXT, 0, 0, 0};
}
OptionDescription flag(std::string_view name, std::string_view help) {
  return {name, "", help, "", JR_OPTION_FLAG, 0, 0, 0};
}

}  // namespace

const StageDescription& runner_options() {
  static const StageDescription kRunner = [] {
    StageDescription runner;
    runner.id = "jailrun";
    runner.options = {
        text("pipeline", "FILE", "stages and their settings; a name without a slash is looked up", ""),
        text("log-level", "LEVEL", "debug, info, warning or error", "warning"),
        text("log-format", "FORMAT", "text or json", "text"),
        text("log-file", "FILE", "append the log to this file instead of stderr", ""),
        flag("timings", "after the last action before the exec, print microseconds for each stage on stderr"),
        flag("strict", "after each call into a plugin, see that it changed nothing about the process"),
        flag("supervise",
             "stay as the program's parent: forward signals, end as it ends, take the jail away then"),
        flag("replace", "take away what a dead launch of the same id left, then launch"),
        flag("json", "plan, check, stages: print JSON"),
        flag("markdown", "stages: print the reference page of the docs"),
    };
    return runner;
  }();
  return kRunner;
}

const StageDescription& runner_settings() {
  static const StageDescription kSettings = [] {
    StageDescription settings;
    settings.id = "jailrun";
    for (const char* name : {"log-level", "log-format", "log-file", "timings", "strict", "supervise"})
      settings.options.push_back(*runner_options().option(name));
    return settings;
  }();
  return kSettings;
}

const StageDescription& jail_options() {
  static const StageDescription kJails = [] {
    StageDescription jails;
    jails.id = "jails";
    jails.options = {
        text("chroot-base-dir", "DIR", "look below this directory too", ""),
        flag("json", "print JSON"),
        flag("host", "ps, rm: what the host keeps of jailrun beside the jails"),
        flag("force", "rm: end live jails first, SIGTERM, then SIGKILL"),
        {"timeout", "SECONDS", "rm --force: how long after the SIGTERM; wait: how long at most", "",
         JR_OPTION_NUMBER, 0, 0, 1000000},
        flag("all-dead", "rm: every jail that is dead"),
    };
    return jails;
  }();
  return kJails;
}

const StageDescription& new_stage_options() {
  static const StageDescription kNewStage = [] {
    StageDescription stage;
    stage.id = "new-stage";
    stage.options = {text("lang", "LANGUAGE", "new-stage: what it is written in: c, cpp or rust", "cpp")};
    return stage;
  }();
  return kNewStage;
}

const StageDescription& check_plugin_options() {
  static const StageDescription kCheck = [] {
    StageDescription check;
    check.id = "check-plugin";
    check.options = {
        flag("json", "print JSON"),
        {"set", "OPTION=VALUE", "an option's value, for stages that refuse to plan without", "",
         JR_OPTION_TEXT, JR_OPTION_REPEATABLE, 0, 0},
        {"fact", "NAME=VALUE", "a fact's value, where the one that is made up does not do", "",
         JR_OPTION_TEXT, JR_OPTION_REPEATABLE, 0, 0},
        {"timeout", "SECONDS", "how long a check may take", "10", JR_OPTION_NUMBER, 0, 1, 3600},
    };
    return check;
  }();
  return kCheck;
}

bool is_own_option(std::string_view name) {
  // The last is a key of every stage's section: the plugin's file.
  return runner_options().option(name) != nullptr || name == "help" || name == "version" || name == "plugin";
}

}  // namespace jailrun::core
