// SPDX-License-Identifier: Apache-2.0
// What the kernel shows of a process: /proc/PID.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace jailrun::integration {

// All processes that this /proc shows.
std::vector<pid_t> all_processes();
// Its command line, or its name where it has none; "(gone)".
std::string command_of(pid_t pid);
// "net:[4026531840]"; empty where the process is gone.
std::string namespace_of(pid_t pid, const std::string& kind);
// /proc/PID/status: "CapEff" -> "0000000000000000".
std::map<std::string, std::string> status_fields(pid_t pid);
// Fields of /proc/PID/stat, numbered as in proc(5): [4] is the parent's pid, [5] the group, [6] the session.
std::vector<std::string> stat_fields(pid_t pid);
// Open descriptors and what they name.
std::map<int, std::string> descriptors(pid_t pid);

struct Mount {
  std::string root;
  std::string target;
  std::string options;      // of this mount
  std::string propagation;  // "master:1", "shared:2 master:1", or empty: private
  std::string type;
  std::string source;
};
std::vector<Mount> mounts(pid_t pid);

}  // namespace jailrun::integration
