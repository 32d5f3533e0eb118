// SPDX-License-Identifier: Apache-2.0
// Who starts the probe: nobody but the kernel, jailrun by each pipeline that ships, and other tools.
#pragma once

#include "integration/escapes/host_side.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace jailrun::integration::escapes {

struct Verdict {
  bool is_reached = false;
  std::string detail;
};
// By the probes' names.
using Verdicts = std::map<std::string, Verdict>;

struct Contender {
  std::string name;
  std::function<Verdicts()> measure;  // throws where the probe does not run to its end
  std::string lacking{};              // why it can't be measured here
};

// The words that the probe printed. Throws where the last, "end", is not among them.
Verdicts verdicts_of(const Outcome& outcome);

// Not in a jail: what the probe reaches where nothing holds it.
Contender unjailed(const HostSide& host, Caller caller);
// Jails are made below `directory`.
Contender jailed(const HostSide& host, const std::string& directory, const std::string& pipeline_file);
// Every pipeline that ships.
Strings shipped_pipelines();
// Other tools, each by the command line of its own that takes most away from a program with a root of its
// own, under a user of its own.
std::vector<Contender> peers(const HostSide& host, const std::string& directory);

}  // namespace jailrun::integration::escapes
