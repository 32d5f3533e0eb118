// SPDX-License-Identifier: Apache-2.0
// A launch against those of others.
#include "integration/bench/cases/cases.hpp"
#include "integration/bench/peers.hpp"
#include "integration/bench/testbed.hpp"
#include "integration/support/cgroups.hpp"
#include "integration/support/network.hpp"
#include "integration/support/stage.hpp"

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
    peer.contender.before();
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
      result.expect_ratio(peer.extent == Coverage::kAll ? "jailrun" : "jailrun without values", peer.name,
                          peer.name == "crun" ? 0.8 : 1);
  return result;
}

CaseResult measure_hardened_peers(const Settings& settings) {
  CaseResult result = {"hardened-peers", "hardened.conf, against others' nearest equal work"};
  const Testbed testbed(settings.sub("hardened-peers"));
  const std::string some = "hardened.conf without a network namespace";
  std::vector<Contender> contenders = {
      testbed.jailrun("hardened.conf", {"--new-pid-ns"}, pipeline("hardened.conf")),
      testbed.jailrun(some, {"--new-pid-ns", "--namespaces", "ipc,uts,cgroup"}, pipeline("hardened.conf"))};
  std::vector<Peer> measured;
  for (Peer& peer : hardened_peers(settings.sub("hardened-peers/others"))) {
    if (!can_run(peer, result)) continue;
    result.notes.push_back(peer.name + ": " + peer.work);
    contenders.push_back(peer.contender);
    measured.push_back(peer);
  }
  result.series = interleave(contenders, settings.rounds / 4 + 1);
  for (const Peer& peer : measured) {
    const bool is_crun = peer.name == "crun";
    result.expect_ratio("hardened.conf", peer.name, is_crun ? 0.45 : 0.6);
    result.expect_ratio(some, peer.name, is_crun ? 0.35 : 0.5);
  }
  return result;
}

}  // namespace

std::vector<Case> peer_cases() {
  return {{"full", false, measure_full}, {"hardened-peers", false, measure_hardened_peers}};
}

}  // namespace jailrun::integration::bench
