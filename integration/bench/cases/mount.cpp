// SPDX-License-Identifier: Apache-2.0
// What the host's mounts cost a launch, alone and in a crowd.
#include "integration/bench/cases/cases.hpp"
#include "integration/bench/chart.hpp"
#include "integration/bench/many_jails.hpp"
#include "integration/bench/mount_environment.hpp"
#include "integration/bench/testbed.hpp"

#include <memory>

namespace jailrun::integration::bench {
namespace {

Contender in(const MountEnvironment& environment, Contender contender) {
  const auto after = contender.after;
  contender.before = [&environment] { environment.enter(); };
  contender.after = [after] {
    after();
    MountEnvironment::leave();
  };
  return contender;
}

std::string with_mounts(const std::string& who, int mounts) {
  return who + ", " + std::to_string(mounts) + " mounts";
}

Line line_of(const CaseResult& result, const std::string& name, const std::vector<int>& xs,
             const std::function<std::string(int)>& series, double factor) {
  Line line = {name, {}, {}};
  for (const int x : xs) {
    line.x.push_back(x);
    line.y.push_back(result.median_of(series(x)) * factor);
  }
  return line;
}

CaseResult measure_mounts(const Settings& settings) {
  CaseResult result = {"mounts", "the default pipeline, on hosts with so many mounts more"};
  // All the points of the curve only where it is wanted: a quick run has its two ends.
  const std::vector<int> counts =
      settings.is_quick ? std::vector<int>{0, 1000} : std::vector<int>{0, 100, 500, 1000};
  const Testbed testbed(settings.sub("mounts"));
  std::vector<std::unique_ptr<MountEnvironment>> environments;
  std::vector<Contender> contenders;
  for (const int count : counts) {
    environments.push_back(std::make_unique<MountEnvironment>(settings.sub("host"), count));
    for (const Contender& one :
         {testbed.jailrun(with_mounts("jailrun", count)), testbed.floor(with_mounts("floor", count))})
      contenders.push_back(in(*environments.back(), one));
  }
  result.series = interleave(contenders, settings.rounds);
  result.expect_ratio("jailrun, 1000 mounts", "jailrun, 0 mounts", 1.15);
  Chart chart = {"Launch time and the host's mounts", "mounts on the host", "milliseconds, median"};
  for (const std::string who : {"jailrun", "floor"})
    chart.lines.push_back(line_of(
        result, who == "floor" ? "plain system calls" : who, counts,
        [&](int count) { return with_mounts(who, count); }, 1e-3));
  if (!settings.is_quick) draw(settings.pictures, "mounts", chart);
  return result;
}

std::string at_once(int jails, int mounts) { return with_mounts(std::to_string(jails) + " at once", mounts); }

CaseResult measure_parallel(const Settings& settings) {
  CaseResult result = {"parallel", "launches at the same moment; jails per second, more is better"};
  result.unit = "jails/s";
  const std::vector<int> counts = {1, 2, 4, 8};
  const Testbed testbed(settings.sub("parallel"));
  std::vector<std::unique_ptr<MountEnvironment>> environments;
  std::vector<Contender> contenders;
  for (const int mounts : {0, 500}) {
    environments.push_back(std::make_unique<MountEnvironment>(settings.sub("host"), mounts));
    for (const int jails : counts)
      contenders.push_back(
          in(*environments.back(), parallel_launches(testbed, at_once(jails, mounts), jails)));
  }
  result.series = interleave(contenders, settings.rounds / 2 + 1);
  result.expect_at_least("8 at once, 500 mounts / 8 at once, 0 mounts",
                         result.median_of(at_once(8, 500)) / result.median_of(at_once(8, 0)), 0.85, "x");
  Chart chart = {"Launches at the same moment", "launches at once", "jails per second, median"};
  for (const int mounts : {0, 500})
    chart.lines.push_back(line_of(
        result, with_mounts("jailrun", mounts), counts, [&](int jails) { return at_once(jails, mounts); },
        1));
  draw(settings.pictures, "parallel", chart);
  return result;
}

}  // namespace

std::vector<Case> mount_cases() {
  return {{"mounts", true, measure_mounts}, {"parallel", false, measure_parallel}};
}

}  // namespace jailrun::integration::bench
