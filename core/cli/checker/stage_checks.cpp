// SPDX-License-Identifier: Apache-2.0
#include "core/base/message.hpp"
#include "core/cli/checker/checks.hpp"
#include "core/cli/checker/sample_values.hpp"
#include "core/cli/checker/syscall_filter.hpp"
#include "core/plugin/trust.hpp"
#include "core/stages/strict.hpp"
#include "jailrun/fake_host.hpp"

#include <cerrno>
#include <cstdio>

#include <unistd.h>

namespace jailrun::core::cli::checker {
namespace {

using StageCheck = std::function<Outcome(FakeHost&, const jr_stage_descriptor&, const Reporter&)>;

// Begins with the stage loaded and given the values that it needs.
IsolatedCheck of_stage(const Subject& subject, const std::string& id, const StageCheck& check) {
  return [=](const Reporter& reporter) -> Outcome {
    const Result<const jr_stage_descriptor*> stage = load_stage(subject, id);
    if (!stage) return failed(message(stage.error()));
    FakeHost host(*stage.value());
    give_sample_values(host, *stage.value(), subject);
    return check(host, *stage.value(), reporter);
  };
}

// Fails the check when it changes the host. `during`: the function of the plugin that runs first.
StageCheck without_changes(const char* during, const StageCheck& check) {
  return [=](FakeHost& host, const jr_stage_descriptor& stage, const Reporter& reporter) -> Outcome {
    const Result<void> forbidden = forbid_changes(reporter, during);
    return forbidden ? check(host, stage, reporter) : not_done(message(forbidden.error()));
  };
}

bool is_refused(const std::string& answer) { return answer.compare(0, 9, "refused: ") == 0; }

// The checker's stdout is a file here, which nobody but the plugin writes to.
Outcome printed(const char* call) {
  char text[64];
  const ssize_t count = pread(STDOUT_FILENO, text, sizeof text, 0);
  if (count <= 0) return ok();
  return failed(std::string(call) +
                " prints to stdout: " + plan_text::quoted({text, static_cast<size_t>(count)}) +
                "; that is the program's, and breaks 'jailrun plan --json'. Use the host's log");
}

// It is not a fault that a stage refuses to work without the values it needs, unless it gives no reason.
Outcome refusal(const FakeHost& host, const std::string& answer) {
  // A member that this very version of the interface does not have was not meant for a later one.
  for (const char* fault : {"failed without saying why", "this version of jailrun does not know"})
    if (answer.find(fault) != std::string::npos) return failed(answer.substr(9));
  if (host.status() == JR_ERROR_INTERNAL) return failed(answer.substr(9));
  return not_done("the stage refuses: " + answer.substr(9) +
                  " (give it what it needs by --set OPTION=VALUE and --fact NAME=VALUE)");
}

Outcome unchanged(const ProcessState& before, const char* call) {
  std::fflush(stdout);
  const std::string changed = before.difference(ProcessState::now());
  return changed.empty() ? printed(call) : failed(std::string(call) + " changed " + changed);
}

Outcome configure_is_pure(FakeHost& host, const jr_stage_descriptor&, const Reporter&) {
  const ProcessState before = ProcessState::now();
  const std::string answer = host.configure();
  const Outcome left = unchanged(before, "configure");
  return left.verdict == Verdict::kOk && is_refused(answer) ? refusal(host, answer) : left;
}

Outcome plan_is_pure(FakeHost& host, const jr_stage_descriptor&, const Reporter& reporter) {
  if (const std::string answer = host.configure(); is_refused(answer)) return refusal(host, answer);
  reporter.running("plan");
  const ProcessState before = ProcessState::now();
  const std::string answer = host.plan_again();
  const Outcome left = unchanged(before, "plan");
  return left.verdict == Verdict::kOk && is_refused(answer) ? refusal(host, answer) : left;
}

Outcome plans_the_same_twice(FakeHost& host, const jr_stage_descriptor&, const Reporter&) {
  const std::string first = host.plan();
  const std::string facts = host.published();
  if (is_refused(first)) return refusal(host, first);
  if (host.plan_again() != first) return failed("the same stage plans something else the second time");
  if (host.published() != facts) return failed("the same stage publishes something else the second time");
  if (host.plan() != first) return failed("a second instance of the stage plans something else");
  return host.published() == facts ? ok() : failed("a second instance of the stage publishes something else");
}

Outcome publishes_what_it_declares(FakeHost& host, const jr_stage_descriptor& stage, const Reporter&) {
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
    return failed("configure does not publish " + fact + ", which the descriptor declares");
  if (const std::string answer = host.plan_again(); is_refused(answer)) return refusal(host, answer);
  if (const std::string fact = missing(false); !fact.empty())
    return failed("plan does not publish " + fact + ", which the descriptor declares");
  return ok();
}

Outcome leaves_nothing(FakeHost& host, const jr_stage_descriptor&, const Reporter&) {
  const ProcessState before = ProcessState::now();
  host.plan();
  host.reset();
  return unchanged(before, "the stage");
}

// The stage may refuse the values or not, but must neither crash nor throw, and must say why it refuses.
Outcome survives_nonsense(const Subject& subject, const jr_stage_descriptor& stage, const jr_option& option,
                          const Reporter& reporter) {
  const std::string name(to_view(option.name));
  for (const std::vector<std::string>& values : garbage(option)) {
    const std::string given = "given --" + name + " " + shown(values);
    reporter.about_to(given);
    FakeHost host(stage);
    give_sample_values(host, stage, subject, name);
    for (const std::string& value : values) host.option(name, value);
    const std::string answer = host.plan();
    if (is_refused(answer) && host.status() == JR_ERROR_INTERNAL)
      return failed(given + " it fails: " + answer.substr(9));
    if (is_refused(answer) && answer.find("failed without saying why") != std::string::npos)
      return failed(given + " it refuses without saying why");
  }
  return ok();
}

// Calls release for what was never performed, twice for each reason for which jailrun calls it.
Outcome releases_what_was_never_made(FakeHost& host, const jr_stage_descriptor& stage,
                                     const Reporter& reporter) {
  // The filter that forbids changes can't be removed again, and release may make some; so
  // plan is tried in another process first.
  constexpr int kTimeoutMs = 10000;
  const StageCheck plans = without_changes("the stage", plans_the_same_twice);
  const Outcome tried =
      run_in_child([&](const Reporter& inner) { return plans(host, stage, inner); }, kTimeoutMs);
  if (tried.verdict != Verdict::kOk) return not_done("the stage has no plan: " + tried.reason);
  const std::string plan = host.plan();
  if (is_refused(plan)) return refusal(host, plan);
  const jr_stage_ops ops = plan_text::known(*stage.ops, stage.ops->struct_size);
  const std::vector<PlannedCall> calls = host.calls();
  if (!calls.empty() && ops.perform == nullptr) return failed("it plans a call, but has no perform function");
  const ProcessState before = ProcessState::now();
  for (const PlannedCall& call : calls) {
    for (const uint32_t why : {JR_RELEASE_ROLLBACK, JR_RELEASE_REMOVE, JR_RELEASE_RECOVERY}) {
      for (const char* time : {"", ", again"}) {
        const std::string step = "release of '" + call.name + "', which was never performed" + time;
        reporter.about_to(step);
        const std::string answer = host.release(call.name, call.payload, why);
        if (!is_refused(answer)) continue;
        if (!is_privileged() && (host.error_number() == EPERM || host.error_number() == EACCES))
          return not_done(step + ", needs root");
        return failed(step + ": " + answer.substr(9));
      }
    }
  }
  return unchanged(before, "release");
}

}  // namespace

std::vector<Check> stage_checks(const Subject& subject, const std::string& stage) {
  const auto check = [&](const char* name, const char* promise, const StageCheck& body) -> Check {
    return {stage, name, promise, of_stage(subject, stage, body)};
  };
  const StageCheck nonsense = [=](FakeHost&, const jr_stage_descriptor& one, const Reporter& reporter) {
    for (const jr_option& option : declared_options(one)) {
      Outcome outcome = survives_nonsense(subject, one, option, reporter);
      if (outcome.verdict != Verdict::kOk) return outcome;
    }
    return ok();
  };
  return {
      check("pure-configure", "configure changes nothing", without_changes("configure", configure_is_pure)),
      check("pure-plan", "plan changes nothing", without_changes("configure", plan_is_pure)),
      check("same-plan", "it plans the same each time", without_changes("the stage", plans_the_same_twice)),
      check("leaves-nothing", "when destroyed, it leaves nothing in the process",
            without_changes("the stage", leaves_nothing)),
      check("published-facts", "it publishes the facts that it declares",
            without_changes("the stage", publishes_what_it_declares)),
      check("release", "release works on what was never made, and when called twice",
            releases_what_was_never_made),
      check("garbage", "nonsense values do not crash it",
            without_changes("given a nonsense value, the stage", nonsense)),
  };
}

}  // namespace jailrun::core::cli::checker
