// SPDX-License-Identifier: Apache-2.0
// The cases: what is measured against what, and which figure is to be reached.
#pragma once

#include "integration/bench/report.hpp"

#include <functional>
#include <string>
#include <vector>

namespace jailrun::integration::bench {

struct Settings {
  std::string
      directory;  // where bases and helpers' files go: on a disk, or on a tmpfs where that was asked for
  bool is_quick = false;
  int rounds = 200;
  int cold_rounds = 60;    // each waits 200 ms for each contender
  std::string pictures{};  // the directory that pictures go to; empty: none are drawn

  std::string sub(const std::string& name) const { return directory + "/" + name; }
};

struct Case {
  std::string name;
  bool is_quick;  // one of those that `./dev bench quick` runs
  std::function<CaseResult(const Settings&)> measure;
};

// Notes and gives back false where no version 1 hierarchy has cpusets.
bool can_set_cpuset(CaseResult& result);

// Those of one file each.
std::vector<Case> launch_cases();
std::vector<Case> cgroup_cases();
std::vector<Case> mount_cases();
std::vector<Case> many_jails_cases();
std::vector<Case> option_cases();
std::vector<Case> file_cases();
std::vector<Case> peer_cases();
std::vector<Case> jailer_cases();
std::vector<Case> footprint_cases();

}  // namespace jailrun::integration::bench
