// SPDX-License-Identifier: Apache-2.0
// Filters in a plan: where they stand, and which are refused.
#include "core/actions/process/exec.hpp"
#include "core/actions/process/filter.hpp"
#include "core/plan/state.hpp"
#include "core/seccomp/compile.hpp"
#include "tests/support/script.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include <linux/capability.h>
#include <linux/seccomp.h>

namespace jailrun::tests {
namespace {

// Allows these calls alone.
std::string allowing(std::initializer_list<const char*> names,
                     seccomp::Verdict otherwise = SECCOMP_RET_KILL_PROCESS) {
  seccomp::Policy policy;
  policy.otherwise = policy.foreign = otherwise;
  policy.architectures = {seccomp::kNative};
  for (const char* name : names) policy.rules.push_back({seccomp::find_call(name), SECCOMP_RET_ALLOW, 0, 0});
  const seccomp::Program program = compile(policy);
  return {reinterpret_cast<const char*>(program.data()), program.size() * sizeof(sock_filter)};
}

Script restricting(const PlanFunction& plan, uint32_t more = 0) {
  Script one = script(plan);
  one.descriptor = Descriptor("scripted", "1.0.0", "restricts").traits(JR_TRAIT_RESTRICTS | more);
  return one;
}

std::string with_filter(
    const std::string& program, uint32_t more_traits = 0, const PlanFunction& also = [](jailrun::Plan&) {}) {
  return restricting(
             [&](jailrun::Plan& plan) {
               also(plan);
               plan.filter("some", "", program);
             },
             more_traits)
      .planned();
}

std::string stopped(const std::string& calls) {
  return "refused: stage scripted: the filter some does not let through what jailrun itself calls under it "
         "to start "
         "the program, or to end where that fails: " +
         calls;
}

TEST(FilterAction, IsTheLastThingBeforeTheExec) {
  EXPECT_EQ(restricting([](jailrun::Plan& plan) {
              plan.filter("some", "others: EPERM", allowing({"execve", "exit"}), JR_FILTER_LOG);
              plan.credentials({1, 2});
              plan.limit(7, 3, 4);
            }).full_plan(),
            "prepare opening: claim /base/name/id\n"
            "prepare opening: root /base/name/id/root  0700 0:0\n"
            "enter scripted: credentials uid 1, gid 2, no groups\n"
            "enter scripted: limit nofile  3:4\n"
            "enter scripted: filter some  10 instructions, others: EPERM (log)\n"
            "enter closing: exec /program\n");
}

TEST(FilterAction, NeedsTheTrait) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.filter("some", "", allowing({"execve", "exit"}));
            }),
            refused("filter needs the trait JR_TRAIT_RESTRICTS"));
}

TEST(FilterAction, IsPartOfNoAlternative) {
  EXPECT_EQ(restricting([](jailrun::Plan& plan) {
              plan.first_of(
                  "one",
                  [&] {
                    plan.filter("some", "", allowing({"execve", "exit"}));
                  },
                  "two", [] {});
            }).planned(),
            refused("filter can't be planned in an alternative"));
}

TEST(FilterAction, ThatTheKernelWouldNotLoadIsRefused) {
  EXPECT_EQ(with_filter(std::string("\x05\0\xff\0\0\0\0\0\x06\0\0\0\0\0\xff\x7f", 16)),
            "enter filter some  2 instructions\n");
  EXPECT_EQ(with_filter(std::string("\x15\0\xff\0\0\0\0\0\x06\0\0\0\0\0\xff\x7f", 16)),
            refused("the filter some can't be loaded: instruction 0 jumps beyond the end"));
  EXPECT_EQ(with_filter("seven"), refused("a filter of 5 bytes is not a whole number of instructions"));
  EXPECT_EQ(with_filter(""), refused("a filter of 0 bytes is not a whole number of instructions"));
  EXPECT_EQ(with_filter(std::string(8UL * 4097, '\0')),
            refused("the filter some has 4097 instructions, and the kernel takes 4096"));
}

TEST(FilterAction, ThatWouldStopTheLaunchIsRefused) {
  EXPECT_EQ(with_filter(allowing({"read"})), stopped("execve, exit"));
  EXPECT_EQ(with_filter(allowing({"execve"})), stopped("exit"));
  EXPECT_EQ(with_filter(allowing({"execve", "exit"})), "enter filter some  10 instructions\n");
  EXPECT_EQ(with_filter(allowing({}, SECCOMP_RET_LOG)).substr(0, 17), "enter filter some");
}

TEST(FilterAction, InAChildMustLetItTellWhyTheExecFailed) {
  const auto session = [](jailrun::Plan& plan) { plan.pid_namespace(); };
  EXPECT_EQ(with_filter(allowing({"execve", "exit"}), JR_TRAIT_FORKS, session), stopped("write, exit_group"));
  EXPECT_EQ(with_filter(allowing({"execve", "write", "exit_group"}), JR_TRAIT_FORKS, session).find("refused"),
            std::string::npos);
}

// What the arguments will be is not known while planning.
TEST(FilterAction, ThatLetsTheExecThroughForSomeArgumentsAloneIsRefused) {
  seccomp::Policy policy;
  policy.otherwise = policy.foreign = SECCOMP_RET_ERRNO | EPERM;
  policy.architectures = {seccomp::kNative};
  policy.conditions = {{0, seccomp::Comparing::kGreater, false, 0, 0},
                       {0, seccomp::Comparing::kEqual, false, 1, 0}};
  policy.rules = {{seccomp::find_call("execve"), SECCOMP_RET_ALLOW, 0, 1},
                  {seccomp::find_call("exit"), SECCOMP_RET_ALLOW, 1, 1}};
  const seccomp::Program program = compile(policy);
  EXPECT_EQ(
      with_filter({reinterpret_cast<const char*>(program.data()), program.size() * sizeof(sock_filter)}),
      stopped("execve"));
}

TEST(FilterAction, MustLetTheNextOneBeLoaded) {
  const auto two = [](const std::string& first) {
    return restricting([&](jailrun::Plan& plan) {
             plan.filter("some", "", first);
             plan.filter("other", "", allowing({"execve", "exit"}));
           })
        .planned();
  };
  EXPECT_EQ(two(allowing({"execve", "exit"})), stopped("seccomp"));
  EXPECT_EQ(two(allowing({"execve", "exit", "seccomp"})).find("refused"), std::string::npos);
}

// With a uid of 1.
std::string with_exec_once(const std::string& program, uint32_t flags = JR_FILTER_EXEC_ONCE,
                           uint32_t uid = 1) {
  return restricting([&](jailrun::Plan& plan) {
           plan.credentials({uid, 2});
           plan.filter("some", "", program, flags);
         })
      .planned();
}

TEST(FilterAction, MayLetOneExecThrough) {
  const std::string shown = with_exec_once(allowing({"execve", "exit"}));
  EXPECT_NE(shown.find(" instructions, exec once\n"), std::string::npos) << shown;
  EXPECT_EQ(with_exec_once(allowing({"exit"})), stopped("execve"));
  const std::string killing =
      with_exec_once(allowing({"execve", "exit"}), JR_FILTER_EXEC_ONCE | JR_FILTER_EXEC_KILLS);
  EXPECT_NE(killing.find(" instructions, exec once\n"), std::string::npos) << killing;
  EXPECT_EQ(with_exec_once(allowing({"execve", "exit"}), JR_FILTER_EXEC_KILLS),
            refused("a filter has JR_FILTER_EXEC_KILLS without JR_FILTER_EXEC_ONCE"));
  EXPECT_EQ(
      with_exec_once(std::string(8UL * 4095, '\0') + std::string("\x06\0\0\0\0\0\xff\x7f", 8)),
      refused("the filter some can't let one exec through alone: it has 4129 instructions, and the kernel "
              "takes 4096"));
}

TEST(FilterAction, LetsOneExecThroughOnlyForAProgramThatCantReachBeyondFilters) {
  const std::string sentence = "the filter can't let one exec through alone: the program ";
  EXPECT_EQ(with_exec_once(allowing({"execve", "exit"}), JR_FILTER_EXEC_ONCE, 0),
            refused(sentence + "is root, which can have the kernel start others; give it a uid"));
  const auto keeping = [&](uint64_t kept) {
    return restricting([&](jailrun::Plan& plan) {
             plan.credentials({1, 2});
             plan.capabilities({kept, kept, kept, kept, 0});
             plan.filter("some", "", allowing({"execve", "exit"}), JR_FILTER_EXEC_ONCE);
           })
        .planned();
  };
  EXPECT_EQ(keeping(1ULL << CAP_KILL).find("refused"), std::string::npos);
  EXPECT_EQ(keeping(1ULL << CAP_SYS_PTRACE | 1ULL << CAP_KILL),
            refused(sentence + "keeps CAP_SYS_PTRACE, which reaches beyond every filter"));
}

TEST(FilterAction, LetsOneExecThroughOnce) {
  EXPECT_EQ(restricting([&](jailrun::Plan& plan) {
              plan.credentials({1, 2});
              for (const char* const name : {"some", "other"})
                plan.filter(name, "", allowing({"execve", "exit", "seccomp"}), JR_FILTER_EXEC_ONCE);
            }).planned(),
            refused("another filter lets one exec through already"));
}

TEST(FilterAction, TellsNobodyTheKeyOfItsExec) {
  core::FilterAction action({"docker", "", seccomp::Program(3), 0, seccomp::ExecKey{1, 2}, true, {}});
  EXPECT_EQ(core::encode(action.record()), "name=docker instructions=3 flags=0 exec=once");
  core::Launch launch;
  ASSERT_TRUE(action.perform(launch));
  EXPECT_EQ(launch.processes.exec_key, (seccomp::ExecKey{1, 2}));
}

TEST(FilterAction, SaysInTheLedgerWhatItWas) {
  const core::FilterAction action(
      {"docker", "others: EPERM", seccomp::Program(3), SECCOMP_FILTER_FLAG_LOG, {}, false, {}});
  EXPECT_EQ(core::encode(action.record()), "name=docker instructions=3 flags=2");
}

TEST(FilterAction, IsLoadedByTheExecAlone) {
  core::FilterAction action({"docker", "", seccomp::Program(3), 0, {}, false, {}});
  core::Launch launch;
  ASSERT_TRUE(action.perform(launch));
  ASSERT_EQ(launch.processes.filters.size(), 1U);
  EXPECT_EQ(launch.processes.filters[0].count, 3U);
}

Script answered(const std::string& program, uint32_t flags, uint32_t error_number, const std::string& learn) {
  return restricting([=](jailrun::Plan& plan) {
    plan.credentials({1, 2});
    plan.filter("some", "", program, flags, error_number, learn);
  });
}

TEST(FilterAction, ThatTheSupervisorAnswersNeedsOne) {
  EXPECT_EQ(
      answered(allowing({"execve", "exit"}), JR_FILTER_NOTIFY, EPERM, "").planned(),
      "refused: stage scripted: only a supervisor can answer what the program calls, to refuse and note it: "
      "add --supervise");
  const std::string program = allowing({"execve", "exit"});
  EXPECT_EQ(answered(program, JR_FILTER_NOTIFY, 0, "").planned(),
            refused("a filter has JR_FILTER_NOTIFY, which takes either an error number or a file"));
  EXPECT_EQ(answered(program, JR_FILTER_NOTIFY, EPERM, "/a").planned(),
            refused("a filter has JR_FILTER_NOTIFY, which takes either an error number or a file"));
  EXPECT_EQ(answered(program, 0, EPERM, "").planned(),
            refused("a filter has something for JR_FILTER_NOTIFY without it"));
  EXPECT_EQ(answered(program, JR_FILTER_NOTIFY, 4096, "").planned(),
            refused("a filter's 4096 is not an error number"));
}

TEST(FilterAction, TellsThatItLearnsAndRestrictsNothing) {
  core::FilterAction::Filter filter{"calls", "", seccomp::Program(3), 0, seccomp::ExecKey{1, 2}, false, {}};
  filter.notifications.emplace();
  filter.notifications->learned = "/etc/a.json";
  core::FilterAction action(std::move(filter));
  EXPECT_EQ(action.object(), "calls  3 instructions, learns: allows everything and writes /etc/a.json");
  EXPECT_EQ(core::encode(action.record()),
            "name=calls instructions=3 flags=0 notifies=learn learns=/etc/a.json");
  core::Launch launch;
  EXPECT_EQ(launch.processes.listener, -1);
  ASSERT_TRUE(action.perform(launch));
  EXPECT_EQ(launch.processes.listener, 0);
}

TEST(ExecFailure, NamesTheFilterThatCouldNotBeLoaded) {
  EXPECT_EQ(core::exec_error({EACCES, -1}).sentence, "");
  EXPECT_EQ(core::exec_error({EACCES, 0}).sentence, "load its filter");
  EXPECT_EQ(core::exec_error({EACCES, 1}).sentence, "load its filter 2");
  EXPECT_EQ(core::exec_error({EPIPE, 0, -1, false, true}).sentence, "let the supervisor answer its filter");
}

}  // namespace
}  // namespace jailrun::tests
