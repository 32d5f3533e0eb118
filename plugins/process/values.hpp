// SPDX-License-Identifier: Apache-2.0
// The values of the stage's options: each function gives what is wrong with one; empty: nothing.
#pragma once

#include <charconv>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include <linux/ioprio.h>
#include <sched.h>

namespace jailrun_stages {

// Two values of an attribute, as jr_attribute has them.
struct Pair {
  int64_t value = 0;
  int64_t second = 0;
};

inline bool parse_number(std::string_view text, int64_t& number, int base = 10) {
  if (text.size() > 1 && text.front() == '+') text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number, base);
  return !text.empty() && parsed.ec == std::errc() && parsed.ptr == end;
}

inline std::string read_number(const std::string& text, int64_t least, int64_t most, int64_t& number) {
  if (parse_number(text, number) && number >= least && number <= most) return {};
  return "'" + text + "' is not a number from " + std::to_string(least) + " to " + std::to_string(most);
}

// "077"
inline std::string read_umask(const std::string& text, int64_t& mask) {
  constexpr int kOctal = 8;
  constexpr int64_t kMost = 0777;
  if (text.find_first_of("+-") == std::string::npos && parse_number(text, mask, kOctal) && mask <= kMost)
    return {};
  return "'" + text + "' is not an octal number from 0 to 777";
}

// "idle", "fifo:10"
inline std::string read_policy(const std::string& text, Pair& policy) {
  struct Name {
    std::string_view name;
    int policy;
    bool is_real_time;
  };
  constexpr Name kNames[] = {{"other", SCHED_OTHER, false},
                             {"batch", SCHED_BATCH, false},
                             {"idle", SCHED_IDLE, false},
                             {"fifo", SCHED_FIFO, true},
                             {"rr", SCHED_RR, true}};
  const std::string fault =
      "'" + text + "' is not other, batch, idle, fifo:PRIORITY or rr:PRIORITY, with a priority from 1 to 99";
  const size_t colon = text.find(':');
  for (const Name& one : kNames) {
    if (one.name != std::string_view(text).substr(0, colon)) continue;
    policy = {one.policy, 0};
    if (one.is_real_time != (colon != std::string::npos)) return fault;
    if (!one.is_real_time) return {};
    return read_number(text.substr(colon + 1), 1, 99, policy.second).empty() ? "" : fault;
  }
  return fault;
}

// "idle", "best-effort:7"
inline std::string read_io_priority(const std::string& text, Pair& priority) {
  constexpr int64_t kUsual = 4;  // IOPRIO_NORM of linux/ioprio.h
  const size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  const std::string fault =
      "'" + text + "' is not idle, best-effort[:LEVEL] or real-time[:LEVEL], with a level from 0 to 7";
  if (name == "idle" && colon == std::string::npos) {
    priority = {IOPRIO_CLASS_IDLE, 0};
    return {};
  }
  if (name != "best-effort" && name != "real-time") return fault;
  priority = {name == "real-time" ? IOPRIO_CLASS_RT : IOPRIO_CLASS_BE, kUsual};
  if (colon == std::string::npos) return {};
  return read_number(text.substr(colon + 1), 0, 7, priority.second).empty() ? "" : fault;
}

// "0-3,8"; false if it is not such a list.
inline bool parse_cpus(std::string_view text, std::set<int64_t>& cpus) {
  constexpr int64_t kMost = CPU_SETSIZE - 1;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const size_t dash = part.find('-');
    int64_t first = 0;
    int64_t last = 0;
    if (!parse_number(part.substr(0, dash), first) ||
        !parse_number(dash == std::string_view::npos ? part : part.substr(dash + 1), last))
      return false;
    if (first < 0 || first > last || last > kMost) return false;
    for (int64_t cpu = first; cpu <= last; ++cpu) cpus.insert(cpu);
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
  return false;
}

// `online`: as /sys/devices/system/cpu/online lists them; empty if that is not known.
inline std::string judge_cpus(const std::string& text, const std::string& online) {
  std::set<int64_t> cpus;
  std::set<int64_t> there;
  if (text.find('+') != std::string::npos || !parse_cpus(text, cpus))
    return "'" + text + "' is not a list of CPUs, such as 0-3,8";
  if (!parse_cpus(online, there)) return {};
  for (const int64_t cpu : cpus)
    if (there.count(cpu) == 0)
      return "CPU " + std::to_string(cpu) + " is not online on this host, which has " + online;
  return {};
}

}  // namespace jailrun_stages
