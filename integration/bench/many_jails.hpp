// SPDX-License-Identifier: Apache-2.0
// Many jails: launched at once, left behind, or kept alive.
#pragma once

#include "integration/bench/series.hpp"
#include "integration/bench/testbed.hpp"
#include "integration/bench/timed_launch.hpp"

#include <string>
#include <vector>

namespace jailrun::integration::bench {

// Of launches, each with an id of its own, begun at the same moment, up to the last program's first
// instruction.
double jails_per_second(const std::vector<Strings>& launches);

// Measures jails per second of so many launches begun at the same moment, up to the last
// program's first instruction.
Contender parallel_launches(const Testbed& testbed, const std::string& name, int jails);

// Launches so many more, which exit and are not removed; their names begin with "dead-".
void make_dead_jails(const Testbed& testbed, int jails);

// Jails whose programs live until this object goes, which removes them.
class LiveJails {
 public:
  explicit LiveJails(const Testbed& testbed) : testbed_(testbed) {}
  LiveJails(const LiveJails&) = delete;
  LiveJails& operator=(const LiveJails&) = delete;
  ~LiveJails();
  // Launches or kills some, so that there are so many.
  void set_count(size_t count);

 private:
  const Testbed& testbed_;
  std::vector<TimedLaunch> alive_;
};

}  // namespace jailrun::integration::bench
