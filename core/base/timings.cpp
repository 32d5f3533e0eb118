// SPDX-License-Identifier: Apache-2.0
#include "core/base/timings.hpp"

#include "core/base/json.hpp"

#include <algorithm>
#include <cstdio>

namespace jailrun::core {
namespace {

uint64_t now_in_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
}

uint64_t start_up_time() {
  // Field 22 of /proc/self/stat counts hundredths of a second, which is too coarse. The process's CPU time is
  // as good: a process that is starting does not sleep.
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<uint64_t>(used.tv_sec) * 1000000 + static_cast<uint64_t>(used.tv_nsec) / 1000;
}

}  // namespace

void Timings::charge(const std::string& stage, Part part) {
  if (!on_) return;
  const uint64_t now = now_in_microseconds();
  const uint64_t passed = last_ == 0 ? start_up_time() : now - last_;
  last_ = now;
  const auto same = [&](const Row& row) { return row.stage == stage; };
  auto row = std::find_if(rows_.begin(), rows_.end(), same);
  if (row == rows_.end()) row = rows_.insert(rows_.end(), Row{stage, {}});
  row->microseconds[part] += passed;
}

std::string Timings::table() {
  std::string text = "microseconds          configure       plan    perform\n";
  uint64_t total = 0;
  for (const Row& row : rows_) {
    char line[160];
    const auto& us = row.microseconds;
    std::snprintf(line, sizeof line, "%-20s %10llu %10llu %10llu\n", row.stage.c_str(),
                  static_cast<unsigned long long>(us[kConfigure]), static_cast<unsigned long long>(us[kPlan]),
                  static_cast<unsigned long long>(us[kPerform]));
    text += line;
    for (const uint64_t part : us) total += part;
  }
  return text + "total " + std::to_string(total) + "\n";
}

std::string Timings::json() const {
  JsonArray stages;
  uint64_t total = 0;
  for (const Row& row : rows_) {
    stages.add_raw(JsonObject()
                       .add("stage", row.stage)
                       .add("configure", row.microseconds[kConfigure])
                       .add("plan", row.microseconds[kPlan])
                       .add("perform", row.microseconds[kPerform])
                       .text());
    for (const uint64_t part : row.microseconds) total += part;
  }
  return JsonObject().add("total", total).add_raw("microseconds", stages.text()).text() + "\n";
}

}  // namespace jailrun::core
