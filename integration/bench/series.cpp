// SPDX-License-Identifier: Apache-2.0
#include "integration/bench/series.hpp"

#include "integration/support/cgroups.hpp"
#include "integration/support/files.hpp"

#include <chrono>
#include <thread>

namespace jailrun::integration::bench {
namespace {

// Moves this process to where it is, which the kernel treats as any other join.
void join_some_group() {
  for (const CgroupMount& mount : cgroup_mounts()) {
    if (mount.version != 1) continue;
    write_file(mount.path + "/cgroup.procs", "0");
    return;
  }
}

void prepare_last_join(LastJoin joined) {
  constexpr auto kLongAgo = std::chrono::milliseconds(200);
  if (joined == LastJoin::kJustNow) join_some_group();
  if (joined == LastJoin::kLongAgo) std::this_thread::sleep_for(kLongAgo);
}

}  // namespace

std::vector<Series> interleave(const std::vector<Contender>& contenders, int rounds, LastJoin joined) {
  // The first rounds fill the caches and make what a host gets once per boot.
  const int unmeasured = joined == LastJoin::kLongAgo ? 1 : 3;
  std::vector<Series> all;
  for (const Contender& one : contenders) all.push_back({one.name, {}});
  for (int round = -unmeasured; round < rounds; ++round) {
    for (size_t i = 0; i < contenders.size(); ++i) {
      contenders[i].before();
      prepare_last_join(joined);
      const double us = contenders[i].measure();
      contenders[i].after();
      if (round >= 0) all[i].us.push_back(us);
    }
  }
  return all;
}

}  // namespace jailrun::integration::bench
