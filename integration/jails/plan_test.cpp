// SPDX-License-Identifier: Apache-2.0
// `jailrun plan`: what it prints is what a launch does, and asking does nothing.
#include "integration/support/cgroups.hpp"
#include "integration/support/effects.hpp"
#include "integration/support/jail_test.hpp"
#include "integration/support/network.hpp"
#include "integration/support/plan_comparison.hpp"

#include <algorithm>
#include <filesystem>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class PlanTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    if (const std::string controller = missing_v1({"cpu", "cpuset"}); !controller.empty())
      GTEST_SKIP() << "no version 1 hierarchy on this host carries " << controller;
    launch_and_remove({}, {"--exit", "0"});  // makes the template, which the host keeps
  }

  PlannedLaunch plan(Strings options, const Strings& arguments = {}) const {
    options.insert(options.begin(), "plan");
    options.emplace_back("--json");
    const Outcome outcome = launch(options, arguments);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    return parse_plan(outcome.out);
  }

  // The same command as the jail's user: no root, no capability.
  static Command as_user(Command command) {
    const Strings setpriv = {
        "setpriv",        "--reuid",         std::to_string(kUid), "--regid", std::to_string(kGid),
        "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"};
    command.argv.insert(command.argv.begin(), setpriv.begin(), setpriv.end());
    return command;
  }

  // Plans, launches under strace, and compares. The jail is removed.
  std::string difference(const Strings& options) {
    const PlannedLaunch planned = plan(options);
    const Outcome outcome = run(traced(command(options), scratch("trace"), changing_calls()));
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    end_orphans();
    const std::vector<Effect> effects = effects_of(until_exec(read_trace(scratch("trace"))));
    remove_jail();
    // The first is the runner's own start.
    return compare(planned, {effects.begin() + 1, effects.end()});
  }

  // Something of every stage.
  Strings all_stages(const std::string& network) const {
    Strings options = JailTest::all_stages(network, "rw");
    options.insert(options.end(), {"--node", "0"});
    return options;
  }
};

TEST_F(PlanTest, ADefaultLaunchDoesWhatIsPlannedInThatOrderAndNothingElse) { EXPECT_EQ(difference({}), ""); }

TEST_F(PlanTest, ALaunchWithEveryStageDoesWhatIsPlannedInThatOrderAndNothingElse) {
  const NetworkNamespace network(scratch("network"));
  EXPECT_EQ(difference(all_stages(network.path())), "");
}

TEST_F(PlanTest, ALaunchIntoAFilledRootDoesWhatIsPlannedAndNothingElse) {
  std::filesystem::create_directories(prefill() + "/dev");
  write_file(root() + "/probe", "an older version");
  ASSERT_EQ(mknod((root() + "/dev/kvm").c_str(), S_IFCHR | 0644, makedev(10, 232)), 0);
  EXPECT_EQ(difference({}), "");
}

TEST_F(PlanTest, ALaunchThatMountsItsRootDoesWhatIsPlannedAndNothingElse) {
  std::filesystem::create_directories(scratch("image") + "/run");
  write_file(scratch("image") + "/probe", "an older version");
  EXPECT_EQ(difference({"--pipeline", pipeline("tmpfs.conf")}), "");
  EXPECT_EQ(difference({"--pipeline", pipeline("overlay.conf"), "--overlay-lower", scratch("image")}), "");
}

// Files by each way: alternatives of which the plan shows all, and one is done.
TEST_F(PlanTest, ALaunchWithFilesAndLibrariesDoesWhatIsPlannedAndNothingElse) {
  write_file(scratch("file"), "content");
  const std::string other_mount = "/sys/devices/system/cpu/online";
  EXPECT_EQ(difference({"--pipeline", pipeline_with("[files]\n[library-closure]\n", "cgroup-v1"), "--file",
                        scratch("file") + ":/deep/file", "--file", other_mount + ":/bound", "--file",
                        other_mount + ":/copied,way=copy", "--file", "/dev/null:/deep/null", "--library",
                        "/bin/true"}),
            "");
}

TEST_F(PlanTest, AMemoryPolicyIsPlannedAsItIsDone) {
  if (!exists("/sys/devices/system/node/node0")) GTEST_SKIP() << "this kernel knows no NUMA nodes";
  EXPECT_EQ(difference({"--pipeline", pipeline_without({"cgroup-v1"}), "--node", "0"}), "");
}

TEST_F(PlanTest, ADaemonDoesWhatIsPlannedButForkAndSession) {
  const PlannedLaunch planned = plan({"--daemonize"});
  ASSERT_TRUE(run(traced(command({"--daemonize"}), scratch("trace"), changing_calls())).succeeded());
  end_orphans();
  std::vector<Effect> effects = effects_of(until_exec(read_trace(scratch("trace"))));
  remove_jail();
  const auto is_session = [](const Effect& one) { return one.what == "setsid"; };
  EXPECT_EQ(std::count_if(effects.begin(), effects.end(), is_session), 1);
  effects.erase(std::remove_if(effects.begin(), effects.end(), is_session), effects.end());
  EXPECT_EQ(compare(planned, {effects.begin() + 1, effects.end()}), "");
}

// The comparison itself must be able to find something.
TEST_F(PlanTest, AnEffectThatIsNotPlannedIsFound) {
  PlannedLaunch planned = plan({});
  ASSERT_TRUE(run(traced(command({}), scratch("trace"), changing_calls())).succeeded());
  std::vector<Effect> effects = effects_of(until_exec(read_trace(scratch("trace"))));
  effects.erase(effects.begin());
  remove_jail();
  ASSERT_EQ(compare(planned, effects), "");

  std::vector<Effect> more = effects;
  more.insert(more.end() - 2, {"mkdir " + root() + "/extra", {}});
  EXPECT_EQ(compare(planned, more).rfind("not planned: mkdir " + root() + "/extra", 0), 0U);

  PlannedLaunch longer = planned;
  longer.actions.insert(longer.actions.end() - 2, planned.action("directory"));
  longer.actions[longer.actions.size() - 3].fields["path"] = "/missing";
  EXPECT_EQ(compare(longer, effects).rfind("planned and not done: directory", 0), 0U);

  PlannedLaunch swapped = planned;
  const auto node = [](const PlannedAction& one) { return one.verb == "node"; };
  std::swap(*std::find_if(swapped.actions.begin(), swapped.actions.end(), node),
            *std::find_if(swapped.actions.rbegin(), swapped.actions.rend(), node));
  EXPECT_NE(compare(swapped, effects).find("out of the plan's order: mknod"), std::string::npos);
}

TEST_F(PlanTest, PlanningChangesNothing) {
  const NetworkNamespace network(scratch("network"));
  Strings options = all_stages(network.path());
  options.insert(options.begin(), "plan");
  const HostSnapshot before = snapshot();
  EXPECT_TRUE(launch(options).succeeded());
  EXPECT_EQ(changes(before), "");
}

TEST_F(PlanTest, PlanningMakesNoChangingSystemCall) {
  ASSERT_TRUE(run(traced(command({"plan"}), scratch("trace"), changing_calls())).succeeded());
  for (const Effect& effect : effects_of(read_trace(scratch("trace"))))
    EXPECT_TRUE(effect.what.rfind("execve ", 0) == 0) << effect.call.text();
}

TEST_F(PlanTest, AnOrdinaryUserSeesTheSameActions) {
  const NetworkNamespace network(scratch("network"));
  Strings options = all_stages(network.path());
  const std::vector<std::string> roots = outline(plan(options));
  options.insert(options.begin(), "plan");
  options.emplace_back("--json");
  const Outcome outcome = run(as_user(command(options)));
  ASSERT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(outline(parse_plan(outcome.out)), roots);
}

TEST_F(PlanTest, AnOrdinaryUserSeesAQuestionMarkWhereItCannotLook) {
  std::filesystem::create_directory(prefill() + "/dev");
  ASSERT_EQ(chmod(jail().c_str(), 0700), 0);
  const Outcome users = run(as_user(command({"plan", "--json"})));
  ASSERT_TRUE(users.succeeded()) << users.text();
  EXPECT_EQ(parse_plan(users.out).action("root").existed, "?");
  EXPECT_EQ(plan({}).action("root").existed, "yes");
  const Outcome table = run(as_user(command({"plan"})));
  EXPECT_NE(table.out.find("(exists already: ?)"), std::string::npos) << table.out;
  remove_prefilled();
}

TEST_F(PlanTest, AnOrdinaryUserCannotLaunch) {
  const HostSnapshot before = snapshot();
  const Outcome outcome = run(as_user(command({})));
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.err.find("root"), std::string::npos);
  EXPECT_EQ(changes(before), "");
}

TEST_F(PlanTest, WhatStandsThereAlreadyIsSaid) {
  std::filesystem::create_directory(prefill() + "/dev");
  for (const PlannedAction& one : plan({}).actions)
    if (one.verb == "directory") {
      EXPECT_EQ(one.existed, one.field("path") == "/dev" ? "yes" : "no") << one.object;
    }
  remove_prefilled();
}

TEST_F(PlanTest, TheTableHasALineForEachActionAndNamesTheCapabilities) {
  const Strings table = launch({"plan"}).out_lines();
  EXPECT_EQ(table.size(), plan({}).actions.size() + 3);
  EXPECT_EQ(table.back().substr(0, 10), "needs CAP_");
  EXPECT_EQ(table.at(1).substr(0, 1), "#");
}

TEST_F(PlanTest, AllPrepareActionsPrecedeAllEnterActions) {
  std::string phases;
  for (const PlannedAction& one : plan({}).actions)
    if (phases.rfind(one.phase) != phases.size() - one.phase.size() || phases.empty()) phases += one.phase;
  EXPECT_EQ(phases, "prepareenter");
}

}  // namespace
}  // namespace jailrun::integration
