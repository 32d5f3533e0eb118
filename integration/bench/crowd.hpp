// SPDX-License-Identifier: Apache-2.0
// Many jails: launched at once, left behind, or kept alive.
#pragma once

#include "integration/bench/place.hpp"
#include "integration/bench/series.hpp"
#include "integration/bench/shot.hpp"

#include <string>
#include <vector>

namespace jailrun::integration::bench {

// Measures jails per second of so many launches begun at the same moment, up to the last program's first
// instruction.
Contender crowd(const Place& place, const std::string& name, int jails);

// Launches so many more that have ended and are not removed; their names begin with "dead-".
void leave_dead(const Place& place, int jails);

// Jails whose programs live until this object goes, which removes them.
class LiveJails {
 public:
  explicit LiveJails(const Place& place) : place_(place) {}
  LiveJails(const LiveJails&) = delete;
  LiveJails& operator=(const LiveJails&) = delete;
  ~LiveJails();
  // Launches or ends some, so that there are so many.
  void be(size_t count);

 private:
  const Place& place_;
  std::vector<Shot> alive_;
};

}  // namespace jailrun::integration::bench
