// SPDX-License-Identifier: Apache-2.0
// Contenders measured in turn: A B C A B C ..., so that whatever else the machine does meets all
// of them alike.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace jailrun::integration::bench {

struct Contender {
  std::string name;
  std::function<double()> measure;  // microseconds
  // Outside the measured part.
  std::function<void()> before = [] {};
  std::function<void()> after = [] {};
};

struct Series {
  std::string name;
  std::vector<double> us;
};

// How long ago something has joined a cgroup. The kernel takes the slow way, an RCU grace period long, when
// nobody has for a while; a round of several contenders would make the next one warm.
enum class LastJoin { kAnyTime, kJustNow, kLongAgo };

std::vector<Series> interleave(const std::vector<Contender>& contenders, int rounds,
                               LastJoin joined = LastJoin::kAnyTime);

}  // namespace jailrun::integration::bench
