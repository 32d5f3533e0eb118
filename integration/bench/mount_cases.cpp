// SPDX-License-Identifier: Apache-2.0
// What the host's mounts cost a launch, alone and in a crowd.
#include "integration/bench/cases.hpp"
#include "integration/bench/crowd.hpp"
#include "integration/bench/picture.hpp"
#include "integration/bench/place.hpp"
#include "integration/bench/world.hpp"

#include <memory>

namespace jailrun::integration::bench {
namespace {

Contender in(const World& world, Contender contender) {
  const auto after = contender.after;
  contender.before = [&world] { world.enter(); };
  contender.after = [after] {
    after();
    World::leave();
  };
  return contender;
}

std::string with_mounts(const std::string& who, int mounts) {
  return who + ", " + std::to_string(mounts) + " mounts";
}

Line line_of(const Findings& found, const std::string& name, const std::vector<int>& xs,
             const std::function<std::string(int)>& series, double factor) {
  Line line = {name, {}, {}};
  for (const int x : xs) {
    line.x.push_back(x);
    line.y.push_back(found.median_of(series(x)) * factor);
  }
  return line;
}

Findings measure_mounts(const Setting& setting) {
  Findings found = {"mounts", "the default pipeline, on hosts with so many mounts more"};
  // All the points of the curve only where it is wanted: a quick run has its two ends.
  const std::vector<int> counts =
      setting.is_quick ? std::vector<int>{0, 1000} : std::vector<int>{0, 100, 500, 1000};
  const Place place(setting.sub("mounts"));
  std::vector<std::unique_ptr<World>> worlds;
  std::vector<Contender> contenders;
  for (const int count : counts) {
    worlds.push_back(std::make_unique<World>(setting.sub("host"), count));
    for (const Contender& one :
         {place.jailrun(with_mounts("jailrun", count)), place.floor(with_mounts("floor", count))})
      contenders.push_back(in(*worlds.back(), one));
  }
  found.series = interleave(contenders, setting.rounds);
  found.expect_ratio("jailrun, 1000 mounts", "jailrun, 0 mounts", 1.15);
  Picture picture = {"Launch time and the host's mounts", "mounts on the host", "milliseconds, median"};
  for (const std::string who : {"jailrun", "floor"})
    picture.lines.push_back(line_of(
        found, who == "floor" ? "plain system calls" : who, counts,
        [&](int count) { return with_mounts(who, count); }, 1e-3));
  if (!setting.is_quick) draw(setting.pictures, "mounts", picture);
  return found;
}

std::string at_once(int jails, int mounts) { return with_mounts(std::to_string(jails) + " at once", mounts); }

Findings measure_parallel(const Setting& setting) {
  Findings found = {"parallel", "launches at the same moment; jails per second, more is better"};
  found.unit = "jails/s";
  const std::vector<int> crowds = {1, 2, 4, 8};
  const Place place(setting.sub("parallel"));
  std::vector<std::unique_ptr<World>> worlds;
  std::vector<Contender> contenders;
  for (const int mounts : {0, 500}) {
    worlds.push_back(std::make_unique<World>(setting.sub("host"), mounts));
    for (const int jails : crowds)
      contenders.push_back(in(*worlds.back(), crowd(place, at_once(jails, mounts), jails)));
  }
  found.series = interleave(contenders, setting.rounds / 2 + 1);
  found.expect_at_least("8 at once, 500 mounts / 8 at once, 0 mounts",
                        found.median_of(at_once(8, 500)) / found.median_of(at_once(8, 0)), 0.85, "x");
  Picture picture = {"Launches at the same moment", "launches at once", "jails per second, median"};
  for (const int mounts : {0, 500})
    picture.lines.push_back(line_of(
        found, with_mounts("jailrun", mounts), crowds, [&](int jails) { return at_once(jails, mounts); }, 1));
  draw(setting.pictures, "parallel", picture);
  return found;
}

}  // namespace

std::vector<Case> mount_cases() {
  return {{"mounts", true, measure_mounts}, {"parallel", false, measure_parallel}};
}

}  // namespace jailrun::integration::bench
