// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/time_limit.hpp"

namespace jailrun::core {
namespace {

// "5 s", "1500 ms".
std::string time_text(uint64_t milliseconds) {
  return milliseconds % 1000 == 0 ? std::to_string(milliseconds / 1000) + " s"
                                  : std::to_string(milliseconds) + " ms";
}

}  // namespace

std::string TimeLimitAction::object() const {
  std::string text;
  if (times_.wall_ms != 0) text = "wall " + time_text(times_.wall_ms);
  if (times_.cpu_s != 0)
    text += (text.empty() ? "cpu " : ", cpu ") + time_text(times_.cpu_s * 1000) + " for each process";
  return text + "  killed " + time_text(times_.grace_ms) + " later";
}

Record TimeLimitAction::record() const {
  Record record;
  if (times_.wall_ms != 0) record.add("wall-ms", times_.wall_ms);
  if (times_.cpu_s != 0) record.add("cpu-s", times_.cpu_s);
  record.add("grace-ms", times_.grace_ms);
  return record;
}

}  // namespace jailrun::core
