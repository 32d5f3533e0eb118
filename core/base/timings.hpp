// SPDX-License-Identifier: Apache-2.0
// How long a launch's parts take: start-up, then each stage's share of configuring, planning and performing.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

namespace jailrun::core {

class Timings {
 public:
  enum Part { kConfigure, kPlan, kPerform, kPartCount };

  // Adds the time since the last call to that stage's part; a switched-off Timings reads no clock.
  void charge(const std::string& stage, Part part);
  void switch_on() { on_ = true; }
  bool is_on() const { return on_; }

  // The table for stderr, in microseconds.
  std::string table();
  // The same as one line of JSON, for a log that is read by programs.
  std::string json() const;

 private:
  struct Row {
    std::string stage;
    uint64_t microseconds[kPartCount] = {};
  };
  bool on_ = false;
  uint64_t last_ = 0;
  std::vector<Row> rows_;
};

}  // namespace jailrun::core
