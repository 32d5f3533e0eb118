// SPDX-License-Identifier: Apache-2.0
// Whether a launch takes longer where there are many jails already.
#include "integration/bench/many_jails.hpp"

#include "integration/bench/cases/cases.hpp"
#include "integration/bench/chart.hpp"
#include "integration/bench/testbed.hpp"

#include <map>
#include <memory>

namespace jailrun::integration::bench {
namespace {

std::string beside(const std::string& who, int jails) { return who + " beside " + std::to_string(jails); }

void draw_growth(const Settings& settings, const CaseResult& result, const std::string& name, Chart chart,
                 const std::vector<int>& counts) {
  for (const std::string who : {"jailrun", "floor"}) {
    Line line = {who == "floor" ? "plain system calls" : who, {}, {}};
    for (const int count : counts) {
      line.x.push_back(count);
      line.y.push_back(result.median_of(beside(who, count)) * 1e-3);
    }
    chart.lines.push_back(line);
  }
  draw(settings.pictures, name, chart);
}

CaseResult measure_dead(const Settings& settings) {
  CaseResult result = {
      "dead-jails",
      "the default pipeline, in a base with so many jails that have ended and were not removed"};
  const std::vector<int> counts = {1, 100, 1000, 10000};
  std::vector<std::unique_ptr<Testbed>> testbeds;
  std::vector<Contender> contenders;
  for (const int count : counts) {
    testbeds.push_back(std::make_unique<Testbed>(settings.sub("dead-" + std::to_string(count))));
    make_dead_jails(*testbeds.back(), count);
    contenders.push_back(testbeds.back()->jailrun(beside("jailrun", count)));
    contenders.push_back(testbeds.back()->floor(beside("floor", count)));
  }
  result.series = interleave(contenders, settings.rounds);
  result.expect_ratio(beside("jailrun", 10000), beside("jailrun", 1), 1.15);
  draw_growth(settings, result, "dead-jails",
              {"Launch time and jails left behind", "jails in the base that have ended",
               "milliseconds, median", true},
              counts);
  return result;
}

// Jails can't live for one contender and be gone for the next; so their number goes up and down again, and a
// drift of the machine's meets each number from both sides.
CaseResult measure_live(const Settings& settings) {
  CaseResult result = {"live-jails",
                       "the default pipeline, in a base with so many jails whose programs live"};
  const std::vector<int> counts = {1, 50, 200};
  const Testbed testbed(settings.sub("live"));
  LiveJails alive(testbed);
  std::map<std::string, Series> all;
  for (const int count : {1, 50, 200, 200, 50, 1}) {
    alive.set_count(static_cast<size_t>(count));
    for (const Series& part :
         interleave({testbed.jailrun(beside("jailrun", count)), testbed.floor(beside("floor", count))},
                    settings.rounds / 2 + 1)) {
      Series& whole = all[part.name];
      whole.name = part.name;
      whole.us.insert(whole.us.end(), part.us.begin(), part.us.end());
    }
  }
  for (const int count : counts)
    for (const std::string who : {"jailrun", "floor"}) result.series.push_back(all[beside(who, count)]);
  result.expect_ratio(beside("jailrun", 200), beside("jailrun", 1), 1.15);
  draw_growth(settings, result, "live-jails",
              {"Launch time and living jails", "jails that live", "milliseconds, median"}, counts);
  return result;
}

}  // namespace

std::vector<Case> many_jails_cases() {
  return {{"live-jails", false, measure_live}, {"dead-jails", false, measure_dead}};
}

}  // namespace jailrun::integration::bench
