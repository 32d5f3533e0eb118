// SPDX-License-Identifier: Apache-2.0
// What the options say about system calls, beside a profile or without one.
#pragma once

#include "../common/faults.hpp"
#include "../common/option_values.hpp"
#include "core/seccomp/change.hpp"
#include "core/seccomp/learned.hpp"
#include "core/seccomp/profile.hpp"

#include <jailrun/stage.hpp>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include <linux/seccomp.h>

namespace jailrun_stages {

namespace seccomp = jailrun::seccomp;

inline std::string verdict_text(seccomp::Verdict verdict) {
  const std::string number = std::to_string(verdict & SECCOMP_RET_DATA);
  switch (verdict & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW: return "allowed";
    case SECCOMP_RET_LOG: return "allowed and logged";
    case SECCOMP_RET_ERRNO:
      if ((verdict & SECCOMP_RET_DATA) == EPERM) return "EPERM";
      return (verdict & SECCOMP_RET_DATA) == ENOSYS ? "ENOSYS" : "errno " + number;
    case SECCOMP_RET_TRAP: return "SIGSYS";
    case SECCOMP_RET_KILL_THREAD: return "the thread is killed";
    case SECCOMP_RET_USER_NOTIF: return "refused by the supervisor";
    case SECCOMP_RET_TRACE: return "a tracer decides";
    default: return "the program is killed";
  }
}

class Choice {
 public:
  // From the options allow, deny, violation and native-only.
  void read(jailrun::Context& context, Faults& faults) {
    is_native_only_ = context.has_option("native-only");
    const std::string word = context.option("violation");
    if (word == "errno") violation_ = SECCOMP_RET_ERRNO | EPERM;
    if (word == "kill") violation_ = SECCOMP_RET_KILL_PROCESS;
    if (word == "log") violation_ = SECCOMP_RET_LOG;
    if (word == "notify") violation_ = SECCOMP_RET_USER_NOTIF;
    if (!word.empty() && !violation_)
      faults.add(context.origin("violation"), "'" + word + "' is neither errno, kill, log nor notify");
    for (const char* const option : {"allow", "deny"}) {
      uint64_t index = 0;
      for (const std::string& value : context.options(option)) {
        for (const std::string& name : split_at_commas(value))
          faults.add(context.origin(option, index), add(name, option == std::string_view("allow")));
        ++index;
      }
    }
  }

  bool is_empty() const { return calls_.empty() && !is_native_only_; }
  bool kills() const { return violation_ && *violation_ == SECCOMP_RET_KILL_PROCESS; }
  bool notifies() const { return violation_ && *violation_ == SECCOMP_RET_USER_NOTIF; }
  bool has_violation() const { return violation_.has_value(); }

  // A list of what is allowed allows nothing else, one of what is denied all else.
  seccomp::Profile without_profile() const {
    const bool is_list_of_allowed =
        std::any_of(calls_.begin(), calls_.end(), [](const Named& one) { return one.is_allowed; });
    seccomp::Profile profile;
    profile.policy.architectures = {seccomp::kNative};
    profile.policy.foreign = SECCOMP_RET_KILL_PROCESS;
    profile.policy.otherwise = is_list_of_allowed ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_ALLOW;
    return profile;
  }

  // Leaves everything to the supervisor but what can't wait for its answer: see kAlwaysLearned.
  static seccomp::Profile learning() {
    using seccomp::Architecture;
    seccomp::Profile profile;
    profile.policy.otherwise = profile.policy.foreign = SECCOMP_RET_USER_NOTIF;
    profile.policy.architectures =
        seccomp::kNative == Architecture::kX86_64
            ? std::vector{Architecture::kX86_64, Architecture::kX32, Architecture::kI386}
            : std::vector{Architecture::kAarch64, Architecture::kArm};
    for (const std::string_view name : seccomp::kAlwaysLearned)
      if (const seccomp::Call call = seccomp::find_call(name); call != seccomp::kNoCall)
        seccomp::set_verdict(profile.policy, call, SECCOMP_RET_ALLOW);
    return profile;
  }

  void apply(seccomp::Policy& policy) const {
    if (violation_ && policy.otherwise != SECCOMP_RET_ALLOW) {
      policy.otherwise = *violation_;
      // Nothing is known of their calls. But what only logs must not kill.
      if (*violation_ == SECCOMP_RET_LOG) policy.foreign = SECCOMP_RET_LOG;
    }
    if (is_native_only_) policy.architectures = {seccomp::kNative};
    const seccomp::Verdict denied = violation_                                ? *violation_
                                    : seccomp::lets_through(policy.otherwise) ? SECCOMP_RET_ERRNO | EPERM
                                                                              : policy.otherwise;
    for (const Named& one : calls_)
      seccomp::set_verdict(policy, one.call, one.is_allowed ? SECCOMP_RET_ALLOW : denied);
    for (const Named& one : calls_)
      if (!one.is_allowed) seccomp::forbid_other_ways(policy, one.call, denied);
  }

 private:
  struct Named {
    seccomp::Call call;
    bool is_allowed;
  };

  // What is wrong with it; empty: nothing.
  std::string add(const std::string& name, bool is_allowed) {
    const seccomp::Call call = seccomp::find_call(name);
    if (call == seccomp::kNoCall) return "'" + name + "' is not a system call that jailrun knows";
    const auto same =
        std::find_if(calls_.begin(), calls_.end(), [&](const Named& one) { return one.call == call; });
    if (same == calls_.end())
      calls_.push_back({call, is_allowed});
    else if (same->is_allowed != is_allowed)
      return "'" + name + "' is both allowed and denied";
    return {};
  }

  std::vector<Named> calls_;
  std::optional<seccomp::Verdict> violation_;
  bool is_native_only_ = false;
};

}  // namespace jailrun_stages
