// SPDX-License-Identifier: Apache-2.0
#include "core/base/message.hpp"
#include "core/cli/checker/checks.hpp"
#include "core/cli/checker/guesses.hpp"
#include "core/cli/checker/witness.hpp"
#include "core/plugin/trust.hpp"
#include "core/stages/strict.hpp"
#include "jailrun/fake_host.hpp"

#include <cerrno>

namespace jailrun::core::cli::checker {
namespace {

using Body = std::function<Outcome(FakeHost&, const Diary&)>;

// A trial that begins with the stage loaded and given what it can be given.
Trial of_stage(const Subject& subject, const std::string& id, const Body& body) {
  return [=](const Diary& diary) -> Outcome {
    const Result<const jr_stage_descriptor*> stage = load_stage(subject, id);
    if (!stage) return failed(message(stage.error()));
    FakeHost host(*stage.value());
    give_guesses(host, *stage.value(), subject);
    return body(host, diary);
  };
}

bool is_refused(const std::string& answer) { return answer.compare(0, 9, "refused: ") == 0; }

// A refusal by a stage that does not get what it needs is no fault; one that has no reason is.
Outcome refusal(const FakeHost& host, const std::string& answer) {
  if (host.status() == JR_ERROR_INTERNAL || answer.find("failed without saying why") != std::string::npos)
    return failed(answer.substr(9));
  return not_done("the stage refuses: " + answer.substr(9) +
                  " (--set OPTION=VALUE and --fact NAME=VALUE give what it needs)");
}

Outcome unchanged(const ProcessState& before, const char* call) {
  const std::string changed = before.difference(ProcessState::now());
  return changed.empty() ? ok() : failed(std::string(call) + " changed " + changed);
}

Outcome configure_is_pure(FakeHost& host, const Diary& diary) {
  const Result<void> watched = forbid_changes(diary, "configure");
  if (!watched) return not_done(message(watched.error()));
  const ProcessState before = ProcessState::now();
  const std::string answer = host.configure();
  const Outcome left = unchanged(before, "configure");
  return left.verdict == Verdict::kOk && is_refused(answer) ? refusal(host, answer) : left;
}

Outcome plan_is_pure(FakeHost& host, const Diary& diary) {
  const Result<void> watched = forbid_changes(diary, "configure");
  if (!watched) return not_done(message(watched.error()));
  if (const std::string answer = host.configure(); is_refused(answer)) return refusal(host, answer);
  set_call("plan");
  const ProcessState before = ProcessState::now();
  const std::string answer = host.plan_again();
  const Outcome left = unchanged(before, "plan");
  return left.verdict == Verdict::kOk && is_refused(answer) ? refusal(host, answer) : left;
}

Outcome plans_the_same_twice(FakeHost& host, const Diary& diary) {
  const Result<void> watched = forbid_changes(diary, "the stage");
  if (!watched) return not_done(message(watched.error()));
  const std::string first = host.plan();
  const std::string facts = host.published();
  if (is_refused(first)) return refusal(host, first);
  if (host.plan_again() != first) return failed("the same stage plans otherwise the second time");
  if (host.published() != facts) return failed("the same stage publishes otherwise the second time");
  if (host.plan() != first) return failed("a second stage plans otherwise than the first");
  return host.published() == facts ? ok() : failed("a second stage publishes otherwise than the first");
}

Outcome publishes_what_it_says(FakeHost& host, const jr_stage_descriptor& stage, const Diary& diary) {
  const Result<void> watched = forbid_changes(diary, "the stage");
  if (!watched) return not_done(message(watched.error()));
  const auto missing = [&](bool configured) -> std::string {
    const std::string published = "\n" + host.published();
    for (const jr_fact& fact : provided_facts(stage)) {
      std::string name(to_view(fact.name));
      const bool is_due = !configured || (fact.flags & JR_FACT_CONFIGURED) != 0;
      if (is_due && (fact.flags & JR_FACT_OPTIONAL) == 0 &&
          published.find("\n" + name + " = ") == std::string::npos)
        return name;
    }
    return {};
  };
  if (const std::string answer = host.configure(); is_refused(answer)) return refusal(host, answer);
  if (const std::string fact = missing(true); !fact.empty())
    return failed("configure does not publish " + fact + ", which the descriptor says it does");
  if (const std::string answer = host.plan_again(); is_refused(answer)) return refusal(host, answer);
  if (const std::string fact = missing(false); !fact.empty())
    return failed("plan does not publish " + fact + ", which the descriptor says it does");
  return ok();
}

Outcome leaves_nothing(FakeHost& host, const Diary& diary) {
  const Result<void> watched = forbid_changes(diary, "the stage");
  if (!watched) return not_done(message(watched.error()));
  const ProcessState before = ProcessState::now();
  host.plan();
  host.reset();
  return unchanged(before, "the stage");
}

// Refused or not, but by a sentence, and neither by a fault nor by an exception.
Outcome survives(const Subject& subject, const jr_stage_descriptor& stage, const jr_option& option,
                 const Diary& diary) {
  const std::string name(to_view(option.name));
  const Result<void> watched = forbid_changes(diary, "with a value that means nothing it");
  if (!watched) return not_done(message(watched.error()));
  for (const std::vector<std::string>& values : garbage(option)) {
    const std::string given = "given --" + name + " " + shown(values);
    diary.about_to(given);
    FakeHost host(stage);
    give_guesses(host, stage, subject, name);
    for (const std::string& value : values) host.option(name, value);
    const std::string answer = host.plan();
    if (is_refused(answer) && host.status() == JR_ERROR_INTERNAL)
      return failed(given + " it fails by " + answer.substr(9));
    if (is_refused(answer) && answer.find("failed without saying why") != std::string::npos)
      return failed(given + " it does not say why it refuses");
  }
  return ok();
}

// Called without having been performed, in each case in which release is called, and again.
Outcome releases_what_was_never_made(FakeHost& host, const jr_stage_descriptor& stage, const Diary& diary) {
  // What forbids changes can't be taken away again, and release may make them; so plan is tried elsewhere
  // first.
  constexpr int kPatienceMs = 10000;
  const Outcome tried =
      in_own_process([&](const Diary& inner) { return plans_the_same_twice(host, inner); }, kPatienceMs);
  if (tried.verdict != Verdict::kOk) return not_done("the stage has no plan: " + tried.reason);
  const std::string plan = host.plan();
  if (is_refused(plan)) return refusal(host, plan);
  const jr_stage_ops ops = plan_text::known(*stage.ops, stage.ops->struct_size);
  const std::vector<PlannedCall> calls = host.calls();
  if (!calls.empty() && ops.perform == nullptr) return failed("it plans a call and has no perform");
  const ProcessState before = ProcessState::now();
  for (const PlannedCall& call : calls) {
    for (const uint32_t why : {JR_RELEASE_ROLLBACK, JR_RELEASE_REMOVE, JR_RELEASE_RECOVERY}) {
      for (const char* time : {"", " again"}) {
        const std::string deed = "release of '" + call.name + "', which was never performed," + time;
        diary.about_to(deed);
        const std::string answer = host.release(call.name, call.payload, why);
        if (!is_refused(answer)) continue;
        if (!is_privileged() && (host.error_number() == EPERM || host.error_number() == EACCES))
          return not_done(deed + " needs root");
        return failed(deed + ": " + answer.substr(9));
      }
    }
  }
  return unchanged(before, "release");
}

}  // namespace

std::vector<Check> stage_checks(const Subject& subject, const std::string& stage) {
  const auto check = [&](const char* name, const char* promise, const Body& body) -> Check {
    return {stage, name, promise, of_stage(subject, stage, body)};
  };
  std::vector<Check> checks = {
      check("pure-configure", "configure changes nothing", configure_is_pure),
      check("pure-plan", "plan changes nothing", plan_is_pure),
      check("same-plan", "it plans the same twice", plans_the_same_twice),
      check("leaves-nothing", "destroyed, it leaves nothing in the process", leaves_nothing),
  };
  const auto with_descriptor = [&](const char* name, const char* promise, const auto& body) {
    const Trial trial = [=](const Diary& diary) -> Outcome {
      const Result<const jr_stage_descriptor*> loaded = load_stage(subject, stage);
      if (!loaded) return failed(message(loaded.error()));
      FakeHost host(*loaded.value());
      give_guesses(host, *loaded.value(), subject);
      return body(host, *loaded.value(), diary);
    };
    checks.push_back({stage, name, promise, trial});
  };
  with_descriptor("published-facts", "it publishes the facts that it says it does", publishes_what_it_says);
  with_descriptor("release", "release takes what was never made, and twice", releases_what_was_never_made);
  with_descriptor("garbage", "values that mean nothing are no fault",
                  [=](FakeHost&, const jr_stage_descriptor& one, const Diary& diary) {
                    for (const jr_option& option : declared_options(one)) {
                      Outcome outcome = survives(subject, one, option, diary);
                      if (outcome.verdict != Verdict::kOk) return outcome;
                    }
                    return ok();
                  });
  return checks;
}

}  // namespace jailrun::core::cli::checker
