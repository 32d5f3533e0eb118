// SPDX-License-Identifier: Apache-2.0
// A launch against those of others.
#include "integration/bench/cases.hpp"
#include "integration/bench/peers.hpp"
#include "integration/bench/place.hpp"
#include "integration/support/cgroups.hpp"
#include "integration/support/network.hpp"

#include <exception>
#include <filesystem>

namespace jailrun::integration::bench {
namespace {

// Installed is not the same as working here; what it says is passed on.
bool can_run(const Peer& peer, Findings& found) {
  if (peer.program.empty()) {
    found.notes.push_back(peer.name + ": not installed");
    return false;
  }
  try {
    peer.contender.measure();
    peer.contender.after();
    return true;
  } catch (const std::exception& exception) {
    found.notes.push_back(peer.name + ": does not start here: " + exception.what());
    return false;
  }
}

Findings measure_full(const Setting& setting) {
  Findings found = {
      "full",
      "two nodes, a network namespace to join, two cpuset values, against others' nearest equal work"};
  const Place place(setting.sub("full"));
  std::filesystem::create_directories("/run/netns");
  const NetworkNamespace netns("/run/netns/bench");
  const Words without_groups = {"--netns", netns.path()};
  Words options = without_groups;
  Words flags = without_groups;
  if (missing_v1({"cpuset"}).empty()) {
    for (const std::string& word : cgroup_options()) options.push_back(word);
    for (const std::string& word : cgroup_flags("cheap")) flags.push_back(word);
  }
  std::vector<Contender> contenders = {place.jailrun("jailrun", options),
                                       place.jailrun("jailrun without values", without_groups),
                                       place.floor("floor", flags)};
  std::vector<Peer> measured;
  for (Peer& peer : peers(setting.sub("peers"), "bench")) {
    if (!can_run(peer, found)) continue;
    found.notes.push_back(peer.name + ": " + peer.work);
    contenders.push_back(peer.contender);
    measured.push_back(peer);
  }
  found.series = interleave(contenders, setting.rounds / 4 + 1, Joined::kJustNow);
  for (const Peer& peer : measured)
    if (peer.extent != Work::kLess)
      found.expect_ratio(peer.extent == Work::kAll ? "jailrun" : "jailrun without values", peer.name, 1);
  return found;
}

Findings measure_jailer(const Setting& setting) {
  Findings found = {"jailer", "Firecracker's jailer"};
  if (!has_jailer()) {
    found.notes.emplace_back("not measured: JAILRUN_BENCH_JAILER names no program");
    return found;
  }
  const Place place(setting.sub("jailer"));
  const std::string base = Place(setting.sub("jailer-own")).base();
  found.series = interleave({place.jailrun("jailrun"), jailer("jailer", base, {})}, setting.rounds);
  found.expect_ratio("jailrun", "jailer", 0.7);
  if (!can_set_cpuset(found)) return found;
  for (const Series& one : interleave({place.jailrun("jailrun, cgroup values, cold", cgroup_options()),
                                       jailer("jailer, cgroup values, cold", base, cgroup_options())},
                                      setting.cold_rounds, Joined::kLongAgo))
    found.series.push_back(one);
  found.expect_ratio("jailrun, cgroup values, cold", "jailer, cgroup values, cold", 0.7);
  return found;
}

}  // namespace

std::vector<Case> peer_cases() { return {{"full", false, measure_full}, {"jailer", false, measure_jailer}}; }

}  // namespace jailrun::integration::bench
