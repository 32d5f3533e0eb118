// SPDX-License-Identifier: Apache-2.0
// A ledger as read back, perhaps by another process than the one that wrote it.
#pragma once

#include "core/plan/jail_name.hpp"
#include "core/plan/record.hpp"
#include "jailrun/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace jailrun::core {

struct ProcessNote {
  pid_t pid = 0;
  uint64_t start = 0;  // clock ticks after boot, as in /proc/PID/stat
  std::string boot;    // the boot it belongs to
};

// Where a stage's code is, for `call` actions that must be released by their plugin.
struct PluginNote {
  std::string path;
  std::string version;
};

// A ledger as read back.
struct Ledger {
  JailName jail;
  std::string token;
  std::string pipeline;
  uint64_t time = 0;  // seconds since the epoch when the launch began
  std::vector<Record> actions;
  std::map<std::string, std::string> slots;
  std::map<std::string, PluginNote> plugins;  // by stage
  std::optional<ProcessNote> process;
  std::optional<ProcessNote> supervisor;
};

// Reads <directory>/ledger. A last line without its newline, cut off by a crash, is ignored.
Result<Ledger> read_ledger(int jail_directory, const JailName& jail);

}  // namespace jailrun::core
