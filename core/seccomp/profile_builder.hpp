// SPDX-License-Identifier: Apache-2.0
// What the readers of all formats do with a rule.
#pragma once

#include "core/seccomp/profile.hpp"

#include <optional>

namespace jailrun::seccomp {

class ProfileBuilder {
 public:
  explicit ProfileBuilder(Profile& profile) : profile_(profile) {
    constexpr size_t kUsual = 512;  // Docker's and Podman's profiles have some 400
    profile.policy.rules.reserve(kUsual);
  }

  void fault(size_t line, std::string text) { profile_.faults.push_back({line, std::move(text)}); }

  // Conditions that the next rules have, until the next call of this.
  void begin_conditions() { first_condition_ = profile_.policy.conditions.size(); }
  void add_condition(const Condition& condition) { profile_.policy.conditions.push_back(condition); }

  void add_rule(Call call, Verdict verdict) {
    Policy& policy = profile_.policy;
    policy.rules.push_back({call, verdict, static_cast<uint32_t>(first_condition_),
                            static_cast<uint32_t>(policy.conditions.size() - first_condition_)});
  }

  // The conditions since begin_conditions() name one argument more than once.
  bool has_repeated_argument() const {
    const auto& all = profile_.policy.conditions;
    uint32_t seen = 0;
    for (size_t i = first_condition_; i < all.size(); ++i) {
      if ((seen >> all[i].argument & 1U) != 0) return true;
      seen |= 1U << all[i].argument;
    }
    return false;
  }
  // A rule for each condition, of which one is enough.
  void add_rule_for_each_condition(Call call, Verdict verdict) {
    Policy& policy = profile_.policy;
    for (size_t i = first_condition_; i < policy.conditions.size(); ++i)
      policy.rules.push_back({call, verdict, static_cast<uint32_t>(i), 1});
  }

  // A name that this program does not know is passed over where that denies the call: a profile may be newer
  // than the program, and name calls of other architectures. Known once all has been read.
  void add_unknown(std::string_view name, Verdict verdict, size_t line) {
    unknown_.push_back({std::string(name), verdict, line});
  }

  void finish() {
    for (Unknown& one : unknown_) {
      if (lets_through(profile_.policy.otherwise) && !lets_through(one.verdict))
        fault(one.line,
              "'" + one.name + "' is not a system call that jailrun knows, so it could not be forbidden");
      else
        profile_.unknown.push_back(std::move(one.name));
    }
  }

 private:
  struct Unknown {
    std::string name;
    Verdict verdict;
    size_t line;
  };
  Profile& profile_;
  size_t first_condition_ = 0;
  std::vector<Unknown> unknown_;
};

}  // namespace jailrun::seccomp
