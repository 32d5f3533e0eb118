// SPDX-License-Identifier: Apache-2.0
// A ledger as read back, perhaps by another process than the one that wrote it.
#pragma once

#include "core/plan/jail.hpp"
#include "core/plan/record.hpp"
#include "core/plan/stage_calls.hpp"
#include "jailrun/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace jailrun::core {

// A process, told apart from a later one with the same pid.
struct ProcessIdentity {
  pid_t pid = 0;
  uint64_t start = 0;  // clock ticks after boot, as in /proc/PID/stat
  std::string boot;    // the id of the boot that it belongs to; empty where there was no /proc to tell
  uint64_t noted = 0;  // where it is empty: `start`, which is unknown then, is no later than this

  bool is_exact() const { return !boot.empty(); }
};

// Where a stage's code is, for `call` actions that must be released by their plugin.
struct PluginFile {
  std::string path;
  std::string version;
};

// A ledger as read back.
struct Ledger {
  JailName jail;
  Token token = {};
  std::string pipeline;
  uint64_t time = 0;            // seconds since the epoch when the launch began
  std::vector<Record> actions;  // as they were written, for core/actions/restore.hpp
  std::map<std::string, std::string> slots;
  std::map<std::string, PluginFile> plugins;  // by stage
  std::optional<ProcessIdentity> process;
  std::optional<ProcessIdentity> supervisor;
  std::optional<int> noted_calls;  // the supervisor's descriptor of seccomp::NotedCalls

  // What the actions say about the jail:
  std::vector<std::string> own_cgroups;  // paths of groups in which all processes are the jail's
  std::vector<StageCall> calls;
  bool is_root_callers = false;  // the root existed before the launch, and stays
};

// Reads <directory>/ledger. A last line without its newline, cut off by a crash, is ignored; what has fewer
// actions than it was published with, as after a power cut, is not a ledger: it would leave what they made.
Result<Ledger> read_ledger(int jail_directory, const JailName& jail);

}  // namespace jailrun::core
