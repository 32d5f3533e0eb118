// SPDX-License-Identifier: Apache-2.0
// The counts of a default launch, against the figures that they are to reach.
#include "integration/bench/footprint.hpp"

#include "integration/bench/cases/cases.hpp"
#include "integration/bench/statistics.hpp"
#include "integration/bench/testbed.hpp"

namespace jailrun::integration::bench {
namespace {

size_t count_of(const std::vector<Count>& counts, const std::string& name) {
  for (const Count& one : counts)
    if (one.name == name) return one.value;
  return 0;
}

CaseResult measure_footprint(const Settings& settings) {
  CaseResult result = {"footprint", "what a launch of default.conf asks of the kernel, and its memory"};
  const std::vector<Count> counts = count_everything(settings.directory);
  const size_t own = count_of(counts, "calls default.conf by jailrun");
  const size_t loader = count_of(counts, "calls default.conf by the loader");
  const Testbed testbed(settings.sub("footprint"));
  // The kernel counts pages in batches for each processor, so a single peak is off by some of them.
  std::vector<double> kib;
  for (int i = 0; i < 21; ++i) {
    kib.push_back(static_cast<double>(peak_kib(testbed.jailrun_words("bench", {}))));
    testbed.remove("bench");
  }
  result.expect("system calls of a launch", static_cast<double>(own + loader), 240, "calls");
  result.expect("of them outside the dynamic loader", static_cast<double>(own), 130, "calls");
  result.expect("peak of resident memory", median(kib), 4096, "KiB");
  result.expect("page faults before its exec, with a program of 768 KiB",
                static_cast<double>(count_of(counts, "page faults default.conf")), 70, "faults");
  for (const Count& one : counts)
    if (one.name.compare(0, 8, "plugins/") != 0)
      result.notes.push_back(one.name + ": " + std::to_string(one.value));
  return result;
}

}  // namespace

std::vector<Case> footprint_cases() { return {{"footprint", true, measure_footprint}}; }

}  // namespace jailrun::integration::bench
