// SPDX-License-Identifier: Apache-2.0
// Others that put a program into a jail, as Debian packages them: each with the work of its own that comes
// nearest to a full launch of the default pipeline.
#pragma once

#include "integration/bench/series.hpp"

#include <string>
#include <vector>

namespace jailrun::integration::bench {

enum class Coverage { kLess, kNoGroups, kAll };  // less: no target is set for it

struct Peer {
  std::string name;
  std::string program;  // what must be there for it to be measured
  std::string work;     // what it does more or less than jailrun
  Coverage extent;
  Contender contender{};
};

// For each of them a root is made below `directory`, before any measurement: none of them makes one itself.
// `netns` is the name of a network namespace below /run/netns.
std::vector<Peer> peers(const std::string& directory, const std::string& netns);

// The same with what comes nearest to a launch of hardened.conf, with a network namespace of its own. Docker's profile of
// system calls is in all of them where JAILRUN_DOCKER_PROFILE names its file.
std::vector<Peer> hardened_peers(const std::string& directory);

}  // namespace jailrun::integration::bench
