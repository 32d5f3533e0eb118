// SPDX-License-Identifier: Apache-2.0
// Whether a launch takes longer where there are many jails already.
#include "integration/bench/cases.hpp"
#include "integration/bench/crowd.hpp"
#include "integration/bench/picture.hpp"
#include "integration/bench/place.hpp"

#include <map>
#include <memory>

namespace jailrun::integration::bench {
namespace {

std::string beside(const std::string& who, int jails) { return who + " beside " + std::to_string(jails); }

void draw_growth(const Setting& setting, const Findings& found, const std::string& name, Picture picture,
                 const std::vector<int>& counts) {
  for (const std::string who : {"jailrun", "floor"}) {
    Line line = {who == "floor" ? "plain system calls" : who, {}, {}};
    for (const int count : counts) {
      line.x.push_back(count);
      line.y.push_back(found.median_of(beside(who, count)) * 1e-3);
    }
    picture.lines.push_back(line);
  }
  draw(setting.pictures, name, picture);
}

Findings measure_dead(const Setting& setting) {
  Findings found = {
      "dead-jails",
      "the default pipeline, in a base with so many jails that have ended and were not removed"};
  const std::vector<int> counts = {1, 100, 1000, 10000};
  std::vector<std::unique_ptr<Place>> places;
  std::vector<Contender> contenders;
  for (const int count : counts) {
    places.push_back(std::make_unique<Place>(setting.sub("dead-" + std::to_string(count))));
    leave_dead(*places.back(), count);
    contenders.push_back(places.back()->jailrun(beside("jailrun", count)));
    contenders.push_back(places.back()->floor(beside("floor", count)));
  }
  found.series = interleave(contenders, setting.rounds);
  found.expect_ratio(beside("jailrun", 10000), beside("jailrun", 1), 1.15);
  draw_growth(setting, found, "dead-jails",
              {"Launch time and jails left behind", "jails in the base that have ended",
               "milliseconds, median", true},
              counts);
  return found;
}

// Jails can't live for one contender and be gone for the next; so their number goes up and down again, and a
// drift of the machine's meets each number from both sides.
Findings measure_live(const Setting& setting) {
  Findings found = {"live-jails", "the default pipeline, in a base with so many jails whose programs live"};
  const std::vector<int> counts = {1, 50, 200};
  const Place place(setting.sub("live"));
  LiveJails alive(place);
  std::map<std::string, Series> all;
  for (const int count : {1, 50, 200, 200, 50, 1}) {
    alive.be(static_cast<size_t>(count));
    for (const Series& part :
         interleave({place.jailrun(beside("jailrun", count)), place.floor(beside("floor", count))},
                    setting.rounds / 2 + 1)) {
      Series& whole = all[part.name];
      whole.name = part.name;
      whole.us.insert(whole.us.end(), part.us.begin(), part.us.end());
    }
  }
  for (const int count : counts)
    for (const std::string who : {"jailrun", "floor"}) found.series.push_back(all[beside(who, count)]);
  found.expect_ratio(beside("jailrun", 200), beside("jailrun", 1), 1.15);
  draw_growth(setting, found, "live-jails",
              {"Launch time and living jails", "jails that live", "milliseconds, median"}, counts);
  return found;
}

}  // namespace

std::vector<Case> crowd_cases() {
  return {{"live-jails", false, measure_live}, {"dead-jails", false, measure_dead}};
}

}  // namespace jailrun::integration::bench
