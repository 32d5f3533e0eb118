// SPDX-License-Identifier: Apache-2.0
// Cgroup values, where something has joined a group a moment ago and where nothing has for a while.
#include "integration/bench/cases.hpp"
#include "integration/bench/place.hpp"
#include "integration/support/cgroups.hpp"
#include "integration/support/stage.hpp"

namespace jailrun::integration::bench {

bool can_set_cpuset(Findings& found) {
  const std::string missing = missing_v1({"cpuset"});
  if (!missing.empty()) found.notes.push_back("not measured: no version 1 hierarchy carries " + missing);
  return missing.empty();
}

namespace {

std::vector<Series> measure_join(const Setting& setting, int rounds, Joined joined) {
  const Place place(setting.sub("cgroup"));
  return interleave({place.jailrun("jailrun", cgroup_options()), place.floor("floor", cgroup_flags("cheap")),
                     place.floor("floor, usual write", cgroup_flags("usual"))},
                    rounds, joined);
}

Findings measure_warm(const Setting& setting) {
  Findings found = {"cgroup-warm", "two version 1 cpuset values; something has joined a group just before"};
  if (!can_set_cpuset(found)) return found;
  found.series = measure_join(setting, setting.rounds, Joined::kJustNow);
  found.expect_ratio("jailrun", "floor", 1.9);
  return found;
}

Findings measure_cold(const Setting& setting) {
  Findings found = {"cgroup-cold", "two version 1 cpuset values; nothing has joined a group for 200 ms"};
  if (!can_set_cpuset(found)) return found;
  found.series = measure_join(setting, setting.cold_rounds, Joined::kLongAgo);
  found.expect_ratio("jailrun", "floor", 1.9);
  found.expect_ratio("jailrun", "floor, usual write", 0.25);
  return found;
}

// In a pid namespace, because there the launch forks anyway. Joining is what the group adds to a launch: it
// is made, given a value and joined.
Findings measure_v2(const Setting& setting) {
  Findings found = {"cgroup-v2",
                    "a version 2 group and a pid namespace; nothing has joined a group for 200 ms"};
  const std::string hierarchy = v2_mount();
  if (hierarchy.empty()) {
    found.notes.emplace_back("not measured: this host has no version 2 hierarchy");
    return found;
  }
  constexpr const char* kValue = "cgroup.max.depth=5";  // every group of version 2 has this one
  const Place place(setting.sub("v2"));
  const auto jailrun = [&](const std::string& name, Words options) {
    options.emplace_back("--new-pid-ns");
    return place.jailrun(name, options, pipeline("firecracker.conf"));
  };
  found.series = interleave(
      {jailrun("jailrun without a group", {}),
       jailrun("jailrun", {"--cgroup-version", "2", "--cgroup", kValue}),
       place.floor("floor without a group", {"--pid-ns"}),
       place.floor("floor, clone into the group", {"--v2", hierarchy, "--value", kValue, "--join", "cheap"}),
       place.floor("floor, write to cgroup.procs",
                   {"--v2", hierarchy, "--value", kValue, "--join", "usual"})},
      setting.cold_rounds, Joined::kLongAgo);
  const double joining = found.median_of("jailrun") - found.median_of("jailrun without a group");
  const double writing =
      found.median_of("floor, write to cgroup.procs") - found.median_of("floor without a group");
  found.expect("what joining adds / what the write to cgroup.procs adds to floor", joining / writing, 0.2,
               "x");
  return found;
}

}  // namespace

std::vector<Case> cgroup_cases() {
  return {{"cgroup-warm", true, measure_warm},
          {"cgroup-cold", true, measure_cold},
          {"cgroup-v2", false, measure_v2}};
}

}  // namespace jailrun::integration::bench
