// SPDX-License-Identifier: Apache-2.0
// Attributes of the program in a plan: where each is done, what it shows, needs and contradicts.
#include "core/actions/cgroup.hpp"
#include "core/actions/process/hardening.hpp"
#include "core/actions/process/numa.hpp"
#include "core/actions/process/scheduling.hpp"
#include "core/actions/process/streams.hpp"
#include "core/actions/process/terminal.hpp"
#include "core/plan/capabilities.hpp"
#include "core/plan/state.hpp"
#include "core/stages/attribute_check.hpp"
#include "core/sys/process.hpp"
#include "tests/support/child.hpp"
#include "tests/support/script.hpp"

#include <gtest/gtest.h>

#include <linux/ioprio.h>
#include <linux/prctl.h>
#include <sched.h>
#include <unistd.h>

namespace jailrun::tests {
namespace {

using core::HardeningAction;
using core::SchedulingAction;
using sys::Support;

const Support kMissing = {Support::State::kMissing, "this kernel has none"};
const Support kNeedless = {Support::State::kNeedless, "all have it"};

jr_attribute of(uint32_t kind, int64_t value = 0, int64_t second = 0) {
  return {sizeof(jr_attribute), kind, value, second, {}, 0, 0};
}

SchedulingAction on_cpus(const std::string& cpus) { return {of(JR_ATTRIBUTE_AFFINITY), cpus, false}; }

TEST(Attributes, AreSetBeforeTheCredentialsOrRightBeforeTheExec) {
  const Script one = script([](jailrun::Plan& plan) {
    plan.attribute(JR_ATTRIBUTE_DENY_WRITE_EXECUTE, 0, 0, JR_ATTRIBUTE_IF_SUPPORTED);
    plan.attribute(JR_ATTRIBUTE_NICE, 19);
    plan.attribute(JR_ATTRIBUTE_POLICY, SCHED_IDLE);
    plan.affinity("0");
    plan.limit(7, 3, 4);
    plan.credentials({1, 2});
  });
  const std::string plan = one.planned();
  EXPECT_EQ(plan.find("enter nice 19\n"
                      "enter policy idle\n"
                      "enter affinity CPUs 0\n"
                      "enter credentials uid 1, gid 2, no groups\n"
                      "enter deny writable and executable memory"),
            0U)
      << plan;
  EXPECT_LT(plan.find("enter deny"), plan.find("enter limit nofile  3:4")) << plan;
}

TEST(Attributes, OfAPipelineWithoutCredentialsAreSetBeforeTheExec) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.attribute(JR_ATTRIBUTE_NICE, 19); }), "enter nice 19\n");
}

TEST(Attributes, ThatNeedPrivilegesArePlannedBeforeTheCredentials) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.credentials({1, 2});
              plan.attribute(JR_ATTRIBUTE_NICE, 19);
            }),
            refused("the program's nice value is planned after its credentials: its stage must come before "
                    "drop-privs"));
}

TEST(Attributes, ArePlannedOnce) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.attribute(JR_ATTRIBUTE_NICE, 19);
              plan.attribute(JR_ATTRIBUTE_NICE, 18);
            }),
            refused("the program's nice value is planned already, by stage scripted"));
  constexpr uint32_t kIfSupported = JR_ATTRIBUTE_IF_SUPPORTED;
  const std::string both = planned([](jailrun::Plan& plan) {
    plan.attribute(JR_ATTRIBUTE_NO_SPECULATION, PR_SPEC_STORE_BYPASS, 0, kIfSupported);
    plan.attribute(JR_ATTRIBUTE_NO_SPECULATION, PR_SPEC_INDIRECT_BRANCH, 0, kIfSupported);
  });
  EXPECT_NE(both.find("no-speculation store-bypass"), std::string::npos) << both;
  EXPECT_NE(both.find("no-speculation indirect-branch"), std::string::npos) << both;
}

TEST(Attributes, ArePartOfNoAlternative) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.first_of(
                  "one", [&] { plan.attribute(JR_ATTRIBUTE_NICE, 1); }, "two", [] {});
            }),
            refused("attribute can't be planned in an alternative"));
}

TEST(Attributes, OutOfTheirRangeAreRefused) {
  const auto with = [](uint32_t kind, int64_t value, int64_t second = 0) {
    return planned([=](jailrun::Plan& plan) { plan.attribute(kind, value, second); });
  };
  EXPECT_EQ(with(JR_ATTRIBUTE_NICE, 20), refused("the nice value 20 is not one of -20 to 19"));
  EXPECT_EQ(with(JR_ATTRIBUTE_POLICY, 6), refused("the scheduling policy 6 can't be planned"));
  EXPECT_EQ(with(JR_ATTRIBUTE_POLICY, SCHED_FIFO), refused("the priority 0 is not one of 1 to 99"));
  EXPECT_EQ(with(JR_ATTRIBUTE_POLICY, SCHED_IDLE, 1), refused("the priority 1 is not one of 0 to 0"));
  EXPECT_EQ(with(JR_ATTRIBUTE_IO_PRIORITY, 0), refused("the I/O priority class 0 is not one of 1 to 3"));
  EXPECT_EQ(with(JR_ATTRIBUTE_IO_PRIORITY, 2, 8), refused("the I/O priority 8 is not one of 0 to 7"));
  EXPECT_EQ(with(JR_ATTRIBUTE_OOM_SCORE, 1001), refused("the OOM score 1001 is not one of -1000 to 1000"));
  EXPECT_EQ(with(JR_ATTRIBUTE_UMASK, 512), refused("the umask 512 is not one of 0 to 511"));
  EXPECT_EQ(with(JR_ATTRIBUTE_NO_SPECULATION, 2), refused("the kind of speculation 2 is not one of 0 to 1"));
  EXPECT_EQ(with(JR_ATTRIBUTE_CORE_SCHEDULING, 1), refused("this attribute has no value"));
  EXPECT_EQ(with(JR_ATTRIBUTE_NICE, 1, 1),
            refused("an attribute that is neither the policy nor the I/O priority has no second value"));
  EXPECT_EQ(with(JR_ATTRIBUTE_AFFINITY, 0), refused("'' is not a list of CPUs, such as 0-3,8"));
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.affinity("3-1"); }),
            refused("'3-1' is not a list of CPUs, such as 0-3,8"));
  EXPECT_EQ(with(99, 0),
            refused("attribute: this version of jailrun does not know this kind of attribute; a newer one is "
                    "needed"));
}

TEST(Attributes, OfTheUmaskIsTheExecs) {
  Script one = script([](jailrun::Plan& plan) { plan.attribute(JR_ATTRIBUTE_UMASK, 077); });
  EXPECT_EQ(one.planned(), "");
  EXPECT_NE(one.full_plan().find("(umask 077)"), std::string::npos) << one.full_plan();
  one = script([](jailrun::Plan&) {});
  EXPECT_EQ(one.full_plan().find("umask"), std::string::npos);
}

TEST(Attributes, OfTheTerminalAndTheScoreOpenWhatTheyNeedInPrepare) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.attribute(JR_ATTRIBUTE_NO_TERMINAL);
              plan.attribute(JR_ATTRIBUTE_OOM_SCORE, 500);
            }),
            "prepare open-terminal /dev/tty  if jailrun has one\n"
            "prepare open-proc /proc  for setting the OOM score\n"
            "enter leave-terminal /dev/tty\n"
            "enter oom-score 500\n");
}

TEST(Attributes, OfTheTerminalAreOne) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.attribute(JR_ATTRIBUTE_NO_TERMINAL);
              plan.attribute(JR_ATTRIBUTE_OWN_TERMINAL);
            }).find("refused: "),
            0U);
}

TEST(OwnTerminal, IsTheProgramsAndNeedsASupervisorToRelayIt) {
  const auto terminal = std::make_shared<core::OwnTerminal>();
  terminal->owner = {1, 2};
  const core::OpenPtyAction open(terminal);
  EXPECT_EQ(open.object(), "/dev/ptmx  0600 1:2");
  EXPECT_EQ(open.capabilities(false), core::capability_set(CAP_CHOWN));
  EXPECT_EQ(open.capabilities(true), 0U);
  core::Plan plan;
  plan.append(std::make_unique<core::TakePtyAction>(terminal));
  plan.enter().back()->set_stage("first");
  const auto named = [](const std::string& stage) { return stage + " (there)"; };
  EXPECT_TRUE(core::check_attributes(plan, true, named));
  EXPECT_EQ(core::check_attributes(plan, false, named).error().sentence,
            "stage first (there) gives the program a terminal of its own, which its supervisor relays to the "
            "caller: "
            "add --supervise");
  plan.append(std::make_unique<core::SessionAction>(core::SessionAction::Streams{}));
  plan.enter().back()->set_stage("second");
  EXPECT_EQ(core::check_attributes(plan, true, named).error().sentence,
            "stage first (there) gives the program a terminal of its own, and stage second (there) takes it "
            "from its "
            "caller: leave one out");
}

TEST(OwnTerminal, HasAnOtherEndWithoutAPath) {
  const Result<sys::PseudoTerminal> made = sys::open_pseudo_terminal({getuid(), getgid()});
  ASSERT_TRUE(made) << made.error().sentence;
  ASSERT_EQ(isatty(made.value().own.get()), 1);
  ASSERT_EQ(write(made.value().own.get(), "a", 1), 1);
  char said = 0;
  EXPECT_EQ(read(made.value().relay.get(), &said, 1), 1);
  EXPECT_EQ(said, 'a');
  EXPECT_EQ(read(made.value().relay.get(), &said, 1), -1);  // it does not wait
}

TEST(SchedulingAction, ShowsWhatItSets) {
  const auto shown = [](const jr_attribute& wanted) { return SchedulingAction(wanted, "", false).object(); };
  EXPECT_EQ(shown(of(JR_ATTRIBUTE_NICE, -5)), "-5");
  EXPECT_EQ(shown(of(JR_ATTRIBUTE_POLICY, SCHED_RR, 9)), "rr 9");
  EXPECT_EQ(shown(of(JR_ATTRIBUTE_POLICY, SCHED_BATCH)), "batch");
  EXPECT_EQ(shown(of(JR_ATTRIBUTE_IO_PRIORITY, IOPRIO_CLASS_BE, 7)), "best-effort 7");
  EXPECT_EQ(shown(of(JR_ATTRIBUTE_IO_PRIORITY, IOPRIO_CLASS_IDLE)), "idle");
  EXPECT_EQ(on_cpus("0-3,8").object(), "CPUs 0-3,8");
}

TEST(SchedulingAction, SaysInTheLedgerWhatItWas) {
  EXPECT_EQ(core::encode(SchedulingAction(of(JR_ATTRIBUTE_NICE, -5), "", true).record()), "value=-5");
  EXPECT_EQ(core::encode(SchedulingAction(of(JR_ATTRIBUTE_POLICY, SCHED_RR, 9), "", true).record()),
            "value=2 priority=9");
  EXPECT_EQ(core::encode(on_cpus("0-3").record()), "cpus=0-3");
}

TEST(SchedulingAction, NeedsACapabilityOnlyToRaise) {
  EXPECT_EQ(SchedulingAction(of(JR_ATTRIBUTE_NICE, -5), "", true).capabilities(false),
            core::capability_set(CAP_SYS_NICE));
  EXPECT_EQ(SchedulingAction(of(JR_ATTRIBUTE_NICE, 5), "", false).capabilities(false), 0U);
}

// What is not privileged, as the tests need not be: and put back, the nice value apart, as far as it may be.
TEST(SchedulingAction, PutsBackWhatWasThere) {
  const auto work = []() -> std::string {
    core::Launch launch;
    core::Release release{launch.jail, nullptr, nullptr};
    cpu_set_t before;
    sched_getaffinity(0, sizeof before, &before);
    int first = 0;
    while (!CPU_ISSET(static_cast<size_t>(first), &before)) ++first;
    SchedulingAction affinity = on_cpus(std::to_string(first));
    SchedulingAction policy(of(JR_ATTRIBUTE_POLICY, SCHED_BATCH), "", false);
    if (!affinity.perform(launch) || !policy.perform(launch)) return "not performed";
    cpu_set_t now;
    sched_getaffinity(0, sizeof now, &now);
    if (CPU_COUNT(&now) != 1 || sched_getscheduler(0) != SCHED_BATCH) return "not set";
    (void)policy.release(release);
    (void)affinity.release(release);
    sched_getaffinity(0, sizeof now, &now);
    return CPU_EQUAL(&now, &before) && sched_getscheduler(0) == SCHED_OTHER ? "put back" : "left";
  };
  EXPECT_EQ(in_child(work), "put back");
}

TEST(SchedulingAction, ThatWasNotPerformedPutsNothingBack) {
  core::Launch launch;
  core::Release release{launch.jail, nullptr, nullptr};
  SchedulingAction action(of(JR_ATTRIBUTE_NICE, 7), "", false);
  EXPECT_TRUE(action.release(release));
}

TEST(SchedulingAction, ThatRaisesFailsWithoutPrivileges) {
  EXPECT_EQ(as_ordinary_user([]() -> std::string {
              core::Launch launch;
              SchedulingAction action(of(JR_ATTRIBUTE_POLICY, SCHED_FIFO, 1), "", true);
              const Result<void> done = action.perform(launch);
              return done ? "done" : std::to_string(done.error().error_number == EPERM);
            }),
            "1");
}

TEST(HardeningAction, SaysInThePlanWhatIsMissingOrNeedless) {
  const uint32_t kDeny = JR_ATTRIBUTE_DENY_WRITE_EXECUTE;
  EXPECT_EQ(HardeningAction(kDeny, 0, {}).object(), "writable and executable memory");
  EXPECT_EQ(HardeningAction(kDeny, 0, kMissing).object(),
            "writable and executable memory  (done without: this kernel has none)");
  EXPECT_EQ(HardeningAction(JR_ATTRIBUTE_NO_SPECULATION, PR_SPEC_INDIRECT_BRANCH, kNeedless).object(),
            "indirect-branch  (nothing to do: all have it)");
  EXPECT_EQ(HardeningAction(JR_ATTRIBUTE_CORE_SCHEDULING, 0, {}).object(), "a cookie of its own");
  EXPECT_EQ(HardeningAction(JR_ATTRIBUTE_NO_TIME_STAMPS, 0, {}).object(), "the time-stamp counter");
  EXPECT_EQ(core::encode(HardeningAction(kDeny, 0, kMissing).record()), "missing=1");
  EXPECT_EQ(core::encode(HardeningAction(JR_ATTRIBUTE_NO_SPECULATION, PR_SPEC_STORE_BYPASS, {}).record()),
            "which=store-bypass");
}

TEST(HardeningAction, ThatIsMissingOrNeedlessDoesNothing) {
  core::Launch launch;
  for (const Support& support : {kMissing, kNeedless}) {
    EXPECT_TRUE(HardeningAction(JR_ATTRIBUTE_DENY_WRITE_EXECUTE, 0, support).perform(launch));
    EXPECT_TRUE(HardeningAction(JR_ATTRIBUTE_CORE_SCHEDULING, 0, support).perform(launch));
  }
}

// The launch itself reads clocks until its exec.
TEST(HardeningAction, LeavesTheTimeStampCounterToTheExec) {
  core::Launch launch;
  EXPECT_TRUE(HardeningAction(JR_ATTRIBUTE_NO_TIME_STAMPS, 0, {}).perform(launch));
  EXPECT_TRUE(launch.processes.denies_time_stamps);
  EXPECT_NE(sys::microseconds(CLOCK_MONOTONIC), 0U);
}

TEST(OomScoreAction, NeedsACapabilityOnlyToLowerIt) {
  EXPECT_EQ(core::OomScoreAction(1, true, nullptr).capabilities(false),
            core::capability_set(CAP_SYS_RESOURCE));
  EXPECT_EQ(core::OomScoreAction(1, false, nullptr).capabilities(false), 0U);
}

TEST(AttributeActions, CanComeBackByATicket) {
  EXPECT_TRUE(on_cpus("0").has(core::kCanComeBack));
  EXPECT_TRUE(core::OomScoreAction(1, false, nullptr).has(core::kCanComeBack));
  EXPECT_TRUE(HardeningAction(JR_ATTRIBUTE_CORE_SCHEDULING, 0, {}).has(core::kCanComeBack));
  EXPECT_TRUE(core::LeaveTerminalAction(nullptr).has(core::kCanComeBack));
  // It opens a file, which an exec must not pass on.
  EXPECT_FALSE(core::OomScoreAction(1, false, nullptr).has(core::kOnlyRestricts));
}

// The plan has these two actions.
std::string checked(std::unique_ptr<core::Action> one, const std::string& cpus) {
  core::Plan plan;
  one->set_stage("first");
  plan.append(std::move(one));
  auto affinity = std::make_unique<SchedulingAction>(of(JR_ATTRIBUTE_AFFINITY), cpus, false);
  affinity->set_stage("second");
  plan.append(std::move(affinity));
  const Result<void> done =
      core::check_attributes(plan, false, [](const std::string& stage) { return stage + " (there)"; });
  return done ? "" : done.error().sentence;
}

std::unique_ptr<core::Action> cpuset(const std::string& cpus, bool is_inherited = false) {
  return std::make_unique<core::GroupValueAction>("/sys/fs/cgroup/a/cpuset.cpus", cpus, is_inherited);
}

TEST(AttributeCheck, RefusesCpusBesideANumaNode) {
  EXPECT_EQ(
      checked(std::make_unique<core::NumaAction>(0, "0-3"), "0"),
      "stage second (there) runs the program on CPUs 0, and stage first (there) on those of node 0, CPUs "
      "0-3: leave one out");
}

TEST(AttributeCheck, RefusesCpusThatACpusetKeepsTheProgramFrom) {
  EXPECT_EQ(checked(cpuset("0-1"), "1-2"),
            "stage second (there) runs the program on CPUs 1-2, and stage first (there) only on 0-1, by a "
            "cpuset: leave one out");
  EXPECT_EQ(checked(cpuset("0-3\n"), "1-2"), "");
  EXPECT_EQ(checked(cpuset("0", true), "1"), "");  // the parent's, which may be another by then
  EXPECT_EQ(checked(std::make_unique<core::GroupValueAction>("/a/cpuset.mems", "0", false), "1"), "");
}

}  // namespace
}  // namespace jailrun::tests
