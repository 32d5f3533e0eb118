// SPDX-License-Identifier: Apache-2.0
// A launch against those of others.
#include "integration/bench/cases/cases.hpp"
#include "integration/bench/peers.hpp"
#include "integration/bench/testbed.hpp"
#include "integration/support/cgroups.hpp"
#include "integration/support/network.hpp"

#include <exception>
#include <filesystem>

namespace jailrun::integration::bench {
namespace {

// Installed is not the same as working here; what it says is passed on.
bool can_run(const Peer& peer, CaseResult& result) {
  if (peer.program.empty()) {
    result.notes.push_back(peer.name + ": not installed");
    return false;
  }
  try {
    peer.contender.measure();
    peer.contender.after();
    return true;
  } catch (const std::exception& exception) {
    result.notes.push_back(peer.name + ": does not start here: " + exception.what());
    return false;
  }
}

CaseResult measure_full(const Settings& settings) {
  CaseResult result = {
      "full",
      "two nodes, a network namespace to join, two cpuset values, against others' nearest equal work"};
  const Testbed testbed(settings.sub("full"));
  std::filesystem::create_directories("/run/netns");
  const NetworkNamespace netns("/run/netns/bench");
  const Strings without_groups = {"--netns", netns.path()};
  Strings options = without_groups;
  Strings flags = without_groups;
  if (missing_v1({"cpuset"}).empty()) {
    for (const std::string& word : cgroup_options()) options.push_back(word);
    for (const std::string& word : cgroup_flags("cheap")) flags.push_back(word);
  }
  std::vector<Contender> contenders = {testbed.jailrun("jailrun", options),
                                       testbed.jailrun("jailrun without values", without_groups),
                                       testbed.floor("floor", flags)};
  std::vector<Peer> measured;
  for (Peer& peer : peers(settings.sub("peers"), "bench")) {
    if (!can_run(peer, result)) continue;
    result.notes.push_back(peer.name + ": " + peer.work);
    contenders.push_back(peer.contender);
    measured.push_back(peer);
  }
  result.series = interleave(contenders, settings.rounds / 4 + 1, LastJoin::kJustNow);
  for (const Peer& peer : measured)
    if (peer.extent != Coverage::kLess)
      result.expect_ratio(peer.extent == Coverage::kAll ? "jailrun" : "jailrun without values", peer.name, 1);
  return result;
}

CaseResult measure_jailer(const Settings& settings) {
  CaseResult result = {"jailer", "Firecracker's jailer"};
  if (!has_jailer()) {
    result.notes.emplace_back("not measured: JAILRUN_BENCH_JAILER names no program");
    return result;
  }
  const Testbed testbed(settings.sub("jailer"));
  const std::string base = Testbed(settings.sub("jailer-own")).base();
  result.series = interleave({testbed.jailrun("jailrun"), jailer("jailer", base, {})}, settings.rounds);
  result.expect_ratio("jailrun", "jailer", 0.7);
  if (!can_set_cpuset(result)) return result;
  for (const Series& one : interleave({testbed.jailrun("jailrun, cgroup values, cold", cgroup_options()),
                                       jailer("jailer, cgroup values, cold", base, cgroup_options())},
                                      settings.cold_rounds, LastJoin::kLongAgo))
    result.series.push_back(one);
  result.expect_ratio("jailrun, cgroup values, cold", "jailer, cgroup values, cold", 0.7);
  return result;
}

}  // namespace

std::vector<Case> peer_cases() { return {{"full", false, measure_full}, {"jailer", false, measure_jailer}}; }

}  // namespace jailrun::integration::bench
