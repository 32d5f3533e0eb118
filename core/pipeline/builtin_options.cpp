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
        text("pipeline", "FILE",
             "use this pipeline file; a name without a slash is searched for in the pipeline directories",
             ""),
        text("log-level", "LEVEL", "log messages of this level and above: debug, info, warning or error",
             "warning"),
        text("log-format", "FORMAT", "log as text or json", "text"),
        text("log-file", "FILE", "append the log to FILE instead of writing it to stderr", ""),
        flag("timings",
             "print on stderr, right before the program starts, how many microseconds each stage took"),
        flag("strict", "check after each call into a plugin that it did not change the process"),
        flag("supervise",
             "stay as the program's parent: forward signals, remove the jail when it exits, exit as it did"),
        flag("durable",
             "write the ledger to the disk before anything is made, so that a jail can be removed after a "
             "power cut"),
        flag("replace", "remove what a dead launch with the same id left, then launch"),
        flag("json", "plan, check, stages: print JSON"),
        flag("markdown", "stages: print the reference page as Markdown"),
        flag("verify", "stages: compare the files' contents with what was linked into jailrun"),
    };
    return runner;
  }();
  return kRunner;
}

const StageDescription& runner_settings() {
  static const StageDescription kSettings = [] {
    StageDescription settings;
    settings.id = "jailrun";
    for (const char* name :
         {"log-level", "log-format", "log-file", "timings", "strict", "supervise", "durable"})
      settings.options.push_back(*runner_options().option(name));
    settings.options.push_back(flag(
        "twins",
        "run what is linked into jailrun for a stage whose file is the one that ships; no: load every file"));
    return settings;
  }();
  return kSettings;
}

const StageDescription& jail_options() {
  static const StageDescription kJails = [] {
    StageDescription jails;
    jails.id = "jails";
    jails.options = {
        text("chroot-base-dir", "DIR", "look for jails below DIR too", ""),
        flag("json", "print JSON"),
        flag("host", "ps, rm: list or remove what jailrun keeps on the host besides jails"),
        flag("reports", "rm: remove the reports on how supervised programs exited"),
        flag("force", "rm: kill live jails first: SIGTERM, then SIGKILL"),
        {"timeout", "SECONDS", "rm --force: how long to wait before SIGKILL; wait: how long to wait at most",
         "", JR_OPTION_NUMBER, 0, 0, 1000000},
        flag("all-dead", "rm: remove all dead jails"),
        flag("broken",
             "rm: remove the directories of jails whose ledgers can't be read and that nobody uses"),
        flag("without-plugins", "rm: leave what only a jail's plugins can release, and remove the rest"),
        {"release-timeout", "SECONDS", "rm: how long the plugins of one jail may take to release", "60",
         JR_OPTION_NUMBER, 0, 1, 86400},
    };
    return jails;
  }();
  return kJails;
}

const StageDescription& new_stage_options() {
  static const StageDescription kNewStage = [] {
    StageDescription stage;
    stage.id = "new-stage";
    stage.options = {
        text("lang", "LANGUAGE", "new-stage: the language of the new stage: c, cpp or rust", "cpp")};
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
        {"set", "OPTION=VALUE", "give an option a value, for stages that can't plan without it", "",
         JR_OPTION_TEXT, JR_OPTION_REPEATABLE, 0, 0},
        {"fact", "NAME=VALUE", "give a fact this value instead of a made-up one", "", JR_OPTION_TEXT,
         JR_OPTION_REPEATABLE, 0, 0},
        {"timeout", "SECONDS", "time limit of each check", "10", JR_OPTION_NUMBER, 0, 1, 3600},
    };
    return check;
  }();
  return kCheck;
}

const StageDescription& doctor_options() {
  static const StageDescription kDoctor = [] {
    StageDescription doctor;
    doctor.id = "doctor";
    doctor.options = {
        text("pipeline", "FILE", "check what launches with this pipeline trust, share and limit too", ""),
        flag("json", "print JSON")};
    return doctor;
  }();
  return kDoctor;
}

bool is_builtin_option(std::string_view name) {
  // The last is a key of every stage's section: its plugin file.
  return runner_options().option(name) != nullptr || name == "help" || name == "version" || name == "plugin";
}

}  // namespace jailrun::core
