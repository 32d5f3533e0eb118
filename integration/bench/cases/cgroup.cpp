// SPDX-License-Identifier: Apache-2.0
// Cgroup values, where something has joined a group a moment ago and where nothing has for a while.
#include "integration/bench/cases/cases.hpp"
#include "integration/bench/testbed.hpp"
#include "integration/support/cgroups.hpp"
#include "integration/support/stage.hpp"

namespace jailrun::integration::bench {

bool can_set_cpuset(CaseResult& result) {
  const std::string missing = missing_v1({"cpuset"});
  if (!missing.empty()) result.notes.push_back("not measured: no version 1 hierarchy carries " + missing);
  return missing.empty();
}

namespace {

std::vector<Series> measure_join(const Settings& settings, int rounds, LastJoin joined) {
  const Testbed testbed(settings.sub("cgroup"));
  return interleave(
      {testbed.jailrun("jailrun", cgroup_options()), testbed.floor("floor", cgroup_flags("cheap")),
       testbed.floor("floor, usual write", cgroup_flags("usual"))},
      rounds, joined);
}

CaseResult measure_warm(const Settings& settings) {
  CaseResult result = {"cgroup-warm",
                       "two version 1 cpuset values; something has joined a group just before"};
  if (!can_set_cpuset(result)) return result;
  result.series = measure_join(settings, settings.rounds, LastJoin::kJustNow);
  result.expect_ratio("jailrun", "floor", 1.9);
  return result;
}

CaseResult measure_cold(const Settings& settings) {
  CaseResult result = {"cgroup-cold", "two version 1 cpuset values; nothing has joined a group for 200 ms"};
  if (!can_set_cpuset(result)) return result;
  result.series = measure_join(settings, settings.cold_rounds, LastJoin::kLongAgo);
  result.expect_ratio("jailrun", "floor", 1.9);
  result.expect_ratio("jailrun", "floor, usual write", 0.25);
  return result;
}

// In a pid namespace, because there the launch forks anyway. Joining is what the group adds to a launch: it
// is made, given a value and joined.
CaseResult measure_v2(const Settings& settings) {
  CaseResult result = {"cgroup-v2",
                       "a version 2 group and a pid namespace; nothing has joined a group for 200 ms"};
  const std::string hierarchy = v2_mount();
  if (hierarchy.empty()) {
    result.notes.emplace_back("not measured: this host has no version 2 hierarchy");
    return result;
  }
  constexpr const char* kValue = "cgroup.max.depth=5";  // every group of version 2 has this one
  const Testbed testbed(settings.sub("v2"));
  const auto jailrun = [&](const std::string& name, Strings options) {
    options.emplace_back("--new-pid-ns");
    return testbed.jailrun(name, options, pipeline("firecracker.conf"));
  };
  result.series = interleave({jailrun("jailrun without a group", {}),
                              jailrun("jailrun", {"--cgroup-version", "2", "--cgroup", kValue}),
                              testbed.floor("floor without a group", {"--pid-ns"}),
                              testbed.floor("floor, clone into the group",
                                            {"--v2", hierarchy, "--value", kValue, "--join", "cheap"}),
                              testbed.floor("floor, write to cgroup.procs",
                                            {"--v2", hierarchy, "--value", kValue, "--join", "usual"})},
                             settings.cold_rounds, LastJoin::kLongAgo);
  const double joining = result.median_of("jailrun") - result.median_of("jailrun without a group");
  const double writing =
      result.median_of("floor, write to cgroup.procs") - result.median_of("floor without a group");
  result.expect("what joining adds / what the write to cgroup.procs adds to floor", joining / writing, 0.2,
                "x");
  return result;
}

}  // namespace

std::vector<Case> cgroup_cases() {
  return {{"cgroup-warm", true, measure_warm},
          {"cgroup-cold", true, measure_cold},
          {"cgroup-v2", false, measure_v2}};
}

}  // namespace jailrun::integration::bench
