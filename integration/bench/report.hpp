// SPDX-License-Identifier: Apache-2.0
// What a case measured, as a table to read and as JSON to keep.
#pragma once

#include "integration/bench/series.hpp"

#include <string>
#include <vector>

namespace jailrun::integration::bench {

// A figure beside the one it is to reach. Nothing depends on it: a missed target is printed as missed.
struct Target {
  std::string what;  // "jailrun / floor"
  double value = 0;
  double target = 0;
  bool at_most = true;
  std::string unit = "x";  // x, us, KiB, calls, %

  bool is_met() const { return at_most ? value <= target : value >= target; }
};

struct CaseResult {
  std::string name;   // as --case takes it
  std::string title;  // what was done
  std::vector<Series> series{};
  std::string unit = "us";
  std::vector<Target> targets{};
  std::vector<std::string> notes{};  // peers that are missing, and whatever else must be known

  double median_of(const std::string& series_name) const;
  // Notes the ratio of two medians.
  void expect_ratio(const std::string& of, const std::string& against, double at_most);
  void expect(const std::string& what, double value, double at_most, const std::string& unit);
  void expect_at_least(const std::string& what, double value, double at_least, const std::string& unit);
};

// One line that says which machine it was.
std::string machine();
// The load average of the last minute. On a busy machine everything is slower, and what has less to do is
// slowed down more: such ratios are flattering.
std::string load();

void print(const CaseResult& result);
void print_summary(const std::vector<CaseResult>& all);
void write_json(const std::string& file, const std::vector<CaseResult>& all);

}  // namespace jailrun::integration::bench
