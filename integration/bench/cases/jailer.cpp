// SPDX-License-Identifier: Apache-2.0
// A launch against one by Firecracker's jailer, where JAILRUN_BENCH_JAILER names it.
#include "integration/bench/jailer.hpp"

#include "integration/bench/cases/cases.hpp"
#include "integration/bench/many_jails.hpp"
#include "integration/bench/neighbours.hpp"
#include "integration/bench/testbed.hpp"

#include <iterator>
#include <string>

namespace jailrun::integration::bench {
namespace {

constexpr size_t kSmallVmm = 768U << 10;

bool can_measure(CaseResult& result) {
  if (!has_jailer()) result.notes.emplace_back("not measured: JAILRUN_BENCH_JAILER names no program");
  return has_jailer();
}

// Two bases, so that neither waits for the other's directories, and the same program.
class Pair {
 public:
  explicit Pair(const std::string& base, const std::string& program = "")
      : ours_(base + "-jailrun", program), jailers_(base + "-jailer", program) {}

  const Testbed& ours() const { return ours_; }
  const Testbed& jailers() const { return jailers_; }

  std::vector<Contender> contenders(const std::string& about, const Strings& options = {}) const {
    return {ours_.jailrun("jailrun" + about, options), jailer(jailers_, "jailer" + about, options)};
  }

 private:
  Testbed ours_;
  Testbed jailers_;
};

void append(std::vector<Contender>& all, std::vector<Contender> more) {
  for (Contender& one : more) all.push_back(std::move(one));
}

void append(CaseResult& result, const std::vector<Series>& more) {
  result.series.insert(result.series.end(), more.begin(), more.end());
}

void compare(CaseResult& result, const std::string& about, double at_most) {
  result.expect_ratio("jailrun" + about, "jailer" + about, at_most);
}

const char* const kPlaces[] = {", disk", ", tmpfs", ", disk, 768 KiB", ", tmpfs, 768 KiB"};

// The places that jails are made in, and the programs, small and of a small VMM's size.
class Places {
 public:
  explicit Places(const Settings& settings)
      : memory_(settings.sub("jailer-tmpfs")),
        program_(program_of(settings.sub("vmm"), kSmallVmm)),
        pairs_{Pair(settings.sub("jailer-disk")), Pair(memory_.path() + "/small"),
               Pair(settings.sub("jailer-disk-vmm"), program_), Pair(memory_.path() + "/vmm", program_)} {}

  std::vector<Contender> contenders() const {
    std::vector<Contender> all;
    for (size_t i = 0; i < std::size(pairs_); ++i) {
      append(all, pairs_[i].contenders(kPlaces[i]));
      all.push_back(pairs_[i].ours().floor(std::string("floor") + kPlaces[i]));
    }
    return all;
  }

 private:
  Tmpfs memory_;
  std::string program_;
  Pair pairs_[4];
};

CaseResult measure_quiet(const Settings& settings) {
  CaseResult result = {"jailer", "the default pipeline and Firecracker's jailer, on a quiet host"};
  if (!can_measure(result)) return result;
  const Places places(settings);
  result.series = interleave(places.contenders(), settings.rounds);
  for (const char* place : kPlaces) compare(result, place, 0.7);
  for (const char* place : kPlaces)
    result.expect_ratio(std::string("jailrun") + place, std::string("floor") + place, 1.5);
  return result;
}

CaseResult measure_busy(const Settings& settings) {
  CaseResult result = {"jailer-busy", "the same, while four other processes want each processor"};
  if (!can_measure(result)) return result;
  const Places places(settings);
  const BusyNeighbours neighbours(4);
  result.series = interleave(places.contenders(), settings.rounds / 2 + 1);
  for (const char* place : kPlaces) compare(result, place, 0.75);
  return result;
}

CaseResult measure_groups(const Settings& settings) {
  CaseResult result = {"jailer-cgroup",
                       "two version 1 cpuset values, by the default pipeline and the jailer"};
  if (!can_measure(result) || !can_set_cpuset(result)) return result;
  const Pair pair(settings.sub("jailer-cgroup"));
  append(result,
         interleave(pair.contenders(", warm", cgroup_options()), settings.rounds, LastJoin::kJustNow));
  append(result,
         interleave(pair.contenders(", cold", cgroup_options()), settings.cold_rounds, LastJoin::kLongAgo));
  compare(result, ", warm", 0.7);
  compare(result, ", cold", 0.3);
  return result;
}

CaseResult measure_at_once(const Settings& settings) {
  CaseResult result = {"jailer-parallel", "8 launches at the same moment; jails per second, more is better"};
  result.unit = "jails/s";
  if (!can_measure(result)) return result;
  const Pair pair(settings.sub("jailer-parallel"));
  const int jails = 8;
  result.series = interleave(
      {parallel_launches(pair.ours(), "jailrun", jails), parallel_jailers(pair.jailers(), "jailer", jails)},
      settings.rounds / 2 + 1);
  result.expect_at_least("jailrun / jailer", result.median_of("jailrun") / result.median_of("jailer"), 1.5,
                         "x");
  return result;
}

std::string beside(const std::string& who, int threads) {
  return who + " beside " + std::to_string(threads) + " threads";
}

// Nobody's launch should depend on what the host's other programs are made of.
CaseResult measure_threads(const Settings& settings) {
  CaseResult result = {"threads", "the default pipeline, beside so many threads of other programs"};
  const Pair pair(settings.sub("threads"));
  for (const int count : {100, 5000, 20000}) {
    const SleepingThreads threads(count);
    std::vector<Contender> contenders = {pair.ours().jailrun(beside("jailrun", count)),
                                         pair.ours().floor(beside("floor", count))};
    if (has_jailer()) contenders.push_back(jailer(pair.jailers(), beside("jailer", count)));
    append(result, interleave(contenders, settings.rounds / 2 + 1));
  }
  result.expect_ratio(beside("jailrun", 20000), beside("jailrun", 100), 1.15);
  if (has_jailer()) result.expect_ratio(beside("jailrun", 20000), beside("jailer", 20000), 0.25);
  return result;
}

}  // namespace

std::vector<Case> jailer_cases() {
  return {{"jailer", false, measure_quiet},
          {"jailer-busy", false, measure_busy},
          {"jailer-cgroup", false, measure_groups},
          {"jailer-parallel", false, measure_at_once},
          {"threads", false, measure_threads}};
}

}  // namespace jailrun::integration::bench
