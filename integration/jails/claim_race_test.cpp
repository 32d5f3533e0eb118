// SPDX-License-Identifier: Apache-2.0
// Many launches at once: of one id, of many ids, and in a race with their own removals.
#include "integration/support/cgroups.hpp"
#include "integration/support/jail_test.hpp"

#include <algorithm>
#include <deque>
#include <string>
#include <thread>
#include <vector>

namespace jailrun::integration {
namespace {

class ClaimRaceTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    if (const std::string controller = missing_v1({"pids"}); !controller.empty())
      GTEST_SKIP() << "no version 1 hierarchy on this host carries " << controller;
  }

  // All share the group of the program's name and the directory of the program's name.
  Command launch_of(const std::string& id, const Strings& arguments) const {
    return command({"--id", id, "--cgroup", "pids.max=100"}, arguments);
  }
  Command removal_of(const std::string& id) const {
    return Command{{runner(), "rm", "--chroot-base-dir", base(), "probe/" + id}};
  }
  std::string parent_group() const { return v1_mount("pids") + "/probe"; }
};

TEST_F(ClaimRaceTest, OfSixtyFourLaunchesOfOneIdExactlyOneSucceedsAndTheOthersSayWhoHasIt) {
  constexpr size_t kLaunches = 64;
  std::deque<Child> launches;
  for (size_t i = 0; i < kLaunches; ++i) launches.emplace_back(launch_of("jail", {"--sleep"}));
  std::vector<pid_t> winners;
  std::vector<Outcome> losers;
  for (Child& one : launches) {
    if (one.says("end"))
      winners.push_back(one.pid());
    else
      losers.push_back(one.wait());
  }
  ASSERT_EQ(winners.size(), 1U);
  EXPECT_EQ(losers.size(), kLaunches - 1);
  const std::string holder = "jail jail is already alive: pid " + std::to_string(winners.front());
  for (const Outcome& lost : losers) {
    EXPECT_EQ(lost.exit_status, 1) << lost.text();
    EXPECT_EQ(lost.out, "");
    // Before the winner's pid is known there is only this to say.
    const bool says_who = lost.err.find(holder) != std::string::npos ||
                          lost.err.find("is being launched or removed right now") != std::string::npos;
    EXPECT_TRUE(says_who) << lost.text();
  }
  launches.clear();
  remove_jail();
  EXPECT_FALSE(exists(parent_group()));
  EXPECT_EQ(list(base()), "");
}

TEST_F(ClaimRaceTest, TwoHundredLaunchesOfDifferentIdsAllSucceedAndCanAllBeRemovedAtOnce) {
  constexpr int kLaunches = 200;
  std::deque<Child> launches;
  for (int i = 0; i < kLaunches; ++i)
    launches.emplace_back(launch_of("vm-" + std::to_string(i), {"--exit", "7"}));
  for (Child& one : launches) {
    const Outcome outcome = one.wait();
    EXPECT_EQ(outcome.exit_status, 7) << outcome.text();
  }
  std::deque<Child> removals;
  for (int i = 0; i < kLaunches; ++i) removals.emplace_back(removal_of("vm-" + std::to_string(i)));
  for (Child& one : removals) {
    const Outcome outcome = one.wait();
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  }
  EXPECT_FALSE(exists(parent_group()));
  EXPECT_EQ(list(base()), "");
}

// The last jail takes the shared group and directory with it while the next one is about to use them.
TEST_F(ClaimRaceTest, LaunchesSucceedWhileOtherJailsOfTheSameProgramAreTakenAway) {
  constexpr size_t kWorkers = 8;
  constexpr int kRounds = 20;
  std::vector<std::string> faults(kWorkers);
  std::vector<std::thread> workers;
  for (size_t worker = 0; worker < kWorkers; ++worker)
    workers.emplace_back([&, worker] {
      const std::string id = "vm-" + std::to_string(worker);
      for (int round = 0; round < kRounds; ++round) {
        const Outcome launched = run(launch_of(id, {"--exit", "7"}));
        if (launched.exit_status != 7) faults[worker] += launched.text() + "\n";
        const Outcome removed = run(removal_of(id));
        if (!removed.succeeded()) faults[worker] += removed.text() + "\n";
      }
    });
  for (std::thread& worker : workers) worker.join();
  for (const std::string& fault : faults) EXPECT_EQ(fault, "");
  EXPECT_FALSE(exists(parent_group()));
  EXPECT_EQ(list(base()), "");
}

TEST_F(ClaimRaceTest, OfManyRemovalsOfOneJailAtOnceNoneLeavesAnything) {
  for (int round = 0; round < 10; ++round) {
    ASSERT_EQ(run(launch_of("jail", {"--exit", "7"})).exit_status, 7);
    std::deque<Child> removals;
    for (int i = 0; i < 16; ++i) removals.emplace_back(removal_of("jail"));
    int succeeded = 0;
    for (Child& one : removals) {
      const Outcome outcome = one.wait();
      succeeded += outcome.succeeded();
      // The others come too late, or at the same moment.
      const bool says_why = outcome.err.find("there is no jail") != std::string::npos ||
                            outcome.err.find("right now") != std::string::npos ||
                            outcome.err.find("No such file") != std::string::npos;
      EXPECT_TRUE(outcome.succeeded() || says_why) << outcome.text();
    }
    EXPECT_GE(succeeded, 1);
    EXPECT_EQ(list(base()), "");
  }
}

}  // namespace
}  // namespace jailrun::integration
