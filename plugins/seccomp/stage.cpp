// SPDX-License-Identifier: Apache-2.0
// What the program may call: a profile becomes a filter of system calls.
#include "../common/option_values.hpp"
#include "choice.hpp"
#include "core/seccomp/compile.hpp"
#include "core/sys/capabilities.hpp"
#include "profile_file.hpp"

#include <jailrun/stage.hpp>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;
using jailrun_stages::Choice;

constexpr Option kOptions[] = {
    Option::text(
        "profile", "PROFILE",
        "what the program may call: docker, for the profile that Docker gives to containers; firecracker, "
        "for "
        "what Firecracker needs; the name of a profile in /etc/jailrun/seccomp; or the absolute path of one: "
        "OCI's JSON as Docker and Podman have it, the JSON of Firecracker's seccompiler, minijail's policy, "
        "or a "
        "compiled filter"),
    Option::text(
        "allow", "CALL[,CALL...]",
        "system calls that the program may make, whatever the profile says; without a profile no other")
        .repeatable(),
    Option::text(
        "deny", "CALL[,CALL...]",
        "system calls that the program may not make, whatever the profile says; without a profile and "
        "--allow all others are allowed")
        .repeatable(),
    Option::text(
        "violation", "WHAT",
        "what a call does that is not allowed: errno (it fails with EPERM), kill (it kills the program), "
        "log (it is made, and the kernel logs it) or notify (it fails with EPERM, and the supervisor notes "
        "it "
        "for 'jailrun violations': with --supervise only); if not given, what the profile says, or errno"),
    Option::text("learn", "FILE",
                 "allow everything, and write a profile of what the program calls to this file, an absolute "
                 "path, when it ends; calls that the file allows already stay. With --supervise only, and "
                 "with no other option but exec"),
    Option::flag("native-only",
                 "a program of another architecture, on x86_64 one of i386 or x32, may call nothing, "
                 "whatever the profile says"),
    Option::text("exec", "TIMES",
                 "any, or once: the program can execute no other program, nor itself again, whatever the "
                 "profile says; "
                 "that fails with EPERM, or kills it with --violation kill. Not for uid 0 or with "
                 "capabilities that reach "
                 "beyond filters")
        .defaults_to("any"),
    Option::flag("log-violations",
                 "have the kernel log each call that is refused, for 'jailrun violations' to show")};

constexpr Fact kFacts[] = {Fact::number("jail.uid").optional(), Fact::number("jail.capabilities").optional()};

// In one sentence; there may be hundreds.
std::string told(const std::string& where, const std::vector<jailrun::seccomp::ProfileFault>& faults) {
  constexpr size_t kMost = 10;
  std::string sentence;
  for (size_t i = 0; i < faults.size() && i < kMost; ++i) {
    if (i != 0) sentence += "; ";
    sentence +=
        where + (faults[i].line == 0 ? "" : ":" + std::to_string(faults[i].line)) + ": " + faults[i].text;
  }
  if (faults.size() > kMost) sentence += "; and " + std::to_string(faults.size() - kMost) + " more";
  return sentence;
}

class Seccomp final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    name_ = context.option("profile");
    is_logged_ = context.has_option("log-violations");
    jailrun_stages::Faults faults;
    choice_.read(context, faults);
    read_exec(context, faults);
    read_learn(context, faults);
    JR_TRY(faults.result());
    if (name_.empty() && choice_.is_empty() && !is_exec_once_ && learn_.empty())
      return jailrun::input_error(
          "say what the program may call: --profile, --allow, --deny, --native-only, --exec once or --learn");
    if (name_.empty() || is_built_in()) return {};
    Result<void> read = read_file();
    if (!read) return std::move(read).error().within(context.origin("profile"));
    return {};
  }

  void read_exec(Context& context, jailrun_stages::Faults& faults) {
    const std::string word = context.option("exec");
    is_exec_once_ = word == "once";
    if (!is_exec_once_ && word != "any")
      faults.add(context.origin("exec"), "'" + word + "' is neither any nor once");
  }

  void read_learn(Context& context, jailrun_stages::Faults& faults) {
    learn_ = context.option("learn");
    if (learn_.empty()) return;
    if (learn_.front() != '/')
      faults.add(context.origin("learn"), "'" + learn_ + "' is not an absolute path");
    for (const char* const other : {"profile", "allow", "deny", "violation", "native-only", "log-violations"})
      if (context.has_option(other))
        faults.add(context.origin("learn"),
                   "everything is allowed while it is learned, which leaves nothing to "
                   "do for --" +
                       std::string(other) + ": leave one of them out");
  }

  bool is_built_in() const { return name_ == "docker" || name_ == "firecracker"; }

  Result<void> read_file() {
    JR_ASSIGN(path_, jailrun_stages::profile_path(name_));
    JR_ASSIGN(text_, jailrun_stages::read_profile_file(path_));
    return {};
  }

  Result<void> plan(Plan& plan) override {
    JR_ASSIGN(jailrun::seccomp::Profile profile, read(plan));
    // Before `violation` takes its place. One of 0 would tell the program that the call was made.
    const jailrun::seccomp::Verdict given = profile.policy.otherwise;
    const bool has_errno =
        (given & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO && (given & SECCOMP_RET_DATA) != 0;
    const uint32_t error_number = has_errno ? given & SECCOMP_RET_DATA : EPERM;
    if (profile.program.empty()) {
      choice_.apply(profile.policy);
      profile.program = jailrun::seccomp::compile(profile.policy);
    } else if (!choice_.is_empty() || choice_.has_violation()) {
      return jailrun::input_error(
          path_ + " is a compiled filter, which --allow, --deny, --violation and --native-only can't change");
    }
    for (const std::string& one : profile.unknown)
      plan.log(JR_LOG_DEBUG,
               "the profile allows " + one + ", which jailrun does not know: it stays forbidden");
    if (is_exec_once_) JR_TRY(judge_exec_once(plan));
    const uint32_t flags =
        (is_exec_once_ ? JR_FILTER_EXEC_ONCE : 0U) |
        (is_exec_once_ && choice_.kills() ? JR_FILTER_EXEC_KILLS : 0U) |
        (is_logged_ || (profile.flags & SECCOMP_FILTER_FLAG_LOG) != 0 ? JR_FILTER_LOG : 0U) |
        ((profile.flags & SECCOMP_FILTER_FLAG_SPEC_ALLOW) != 0 ? JR_FILTER_SPEC_ALLOW : 0U) |
        (choice_.notifies() || !learn_.empty() ? JR_FILTER_NOTIFY : 0U);
    const bool has_line = learn_.empty() && !profile.policy.architectures.empty();
    plan.filter(
        name_.empty() ? "calls" : name_, has_line ? line(profile.policy) : "",
        {reinterpret_cast<const char*>(profile.program.data()), profile.program.size() * sizeof(sock_filter)},
        flags, choice_.notifies() ? error_number : 0, learn_);
    return {};
  }

  Result<jailrun::seccomp::Profile> read(Plan& plan) const {
    if (!learn_.empty()) return Choice::learning();
    if (name_.empty()) return choice_.without_profile();
    const auto circumstances = jailrun::seccomp::of_this_kernel(capabilities(plan));
    if (name_ == "firecracker") return jailrun::seccomp::firecracker_profile();
    jailrun::seccomp::Profile profile = name_ == "docker"
                                            ? jailrun::seccomp::docker_profile(circumstances)
                                            : jailrun::seccomp::read_profile(text_, circumstances);
    if (!profile.faults.empty()) return jailrun::input_error(told(path_, profile.faults));
    return profile;
  }

  // The runner judges the plan itself, and would not know the line.
  static Result<void> judge_exec_once(Plan& plan) {
    if (plan.has_fact("jail.uid") && plan.number_fact("jail.uid") == 0)
      return jailrun::input_error(
          plan.origin("exec") +
          ": once can't be held for a program that is root, which can have the kernel "
          "start others: give it a uid");
    return {};
  }

  // Of the program. Who is not root is shown root's plan.
  static uint64_t capabilities(Plan& plan) {
    if (plan.has_fact("jail.capabilities")) return plan.number_fact("jail.capabilities");
    if (plan.has_fact("jail.uid") && plan.number_fact("jail.uid") != 0) return 0;
    return geteuid() == 0 ? jailrun::sys::effective_capabilities() : UINT64_MAX;
  }

  static std::string line(const jailrun::seccomp::Policy& policy) {
    return "others: " + jailrun_stages::verdict_text(policy.otherwise);
  }

  std::string name_;
  std::string path_;
  std::string text_;
  Choice choice_;
  std::string learn_;
  bool is_logged_ = false;
  bool is_exec_once_ = false;
};

}  // namespace

JAILRUN_STAGE(Seccomp, jailrun::Descriptor("seccomp", "1.0.0", "lets the program make only some system calls")
                           .options(kOptions)
                           .consumes(kFacts)
                           .traits(JR_TRAIT_RESTRICTS))
