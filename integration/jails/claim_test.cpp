// SPDX-License-Identifier: Apache-2.0
// A jail's id: claimed by exactly one launch, never taken from another.
#include "integration/support/cgroups.hpp"
#include "integration/support/jail_test.hpp"

#include <filesystem>
#include <vector>

#include <signal.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

using ClaimTest = JailTest;

// Where the host has the controller: jails of one program share groups, so a race is worth testing.
Strings with_a_group(Strings options = {}) {
  if (missing_v1({"cpu"}).empty()) options.insert(options.end(), {"--cgroup", "cpu.shares=100"});
  return options;
}

TEST_F(ClaimTest, AnIdInUseIsRefusedAndItsJailGoesOnUntouched) {
  const Jailed first = start({});
  ASSERT_NE(first.pid(), 0);
  EXPECT_NE(refusal({}).find("jail"), std::string::npos);
  EXPECT_EQ(kill(first.pid(), 0), 0);
}

TEST_F(ClaimTest, AnIdLeftOverFromADeadJailIsRefusedWithTheCommandThatRemovesIt) {
  ASSERT_TRUE(launch({}).succeeded());
  EXPECT_NE(refusal({}).find("jailrun rm"), std::string::npos);
  remove_jail();
}

TEST_F(ClaimTest, EqualIdsOfTwoProgramsAreTwoJails) {
  std::filesystem::copy_file(test_file("probe"), scratch("other"));
  const Jailed first = start({});
  const Jailed second = start({"--exec-file", scratch("other")});
  EXPECT_TRUE(exists(root("jail", "other") + "/other"));
}

TEST_F(ClaimTest, ARootThatTheCallerFilledIsTakenWithItsFiles) {
  write_file(prefill() + "/kernel", "vmlinux");
  const ino_t inode = status_of(root() + "/kernel").st_ino;
  const Jailed jailed = start({}, {"--stat", "/kernel"});
  EXPECT_EQ(status_of(root() + "/kernel").st_ino, inode);
  EXPECT_EQ(jailed.report("stat"), "/kernel file 0644 0:0 0:0");
}

TEST_F(ClaimTest, AFilledRootBelongsToTheJailsUserAfterTheLaunch) {
  prefill();
  const Jailed jailed = start({});
  EXPECT_EQ(status_of(root()).st_uid, kUid);
  EXPECT_EQ(status_of(root()).st_gid, kGid);
}

TEST_F(ClaimTest, AFailingLaunchLeavesAFilledRootAsItWas) {
  const std::string filled = prefill("broken");
  std::filesystem::create_directories(filled + "/dev");
  write_file(filled + "/dev/notes", "the caller's");
  write_file(filled + "/kernel", "vmlinux");
  refusal({"--exec-file", broken_program()});
  remove_prefilled("broken");
}

TEST_F(ClaimTest, AFailingLaunchRestoresTheProgramThatStoodInAFilledRoot) {
  write_file(prefill("broken") + "/broken", "an older version");
  refusal({"--exec-file", broken_program()});
  remove_prefilled("broken");
}

TEST_F(ClaimTest, OfSixteenLaunchesOfOneIdAtOnceExactlyOneWins) {
  const HostSnapshot before = snapshot();
  std::vector<Child> launches;
  for (int i = 0; i < 16; ++i) launches.emplace_back(command(with_a_group(), {"--sleep"}));
  const std::vector<Outcome> failed = failed_launches(launches);
  for (const Outcome& one : failed) {
    EXPECT_EQ(one.exit_status, 1) << one.text();
    EXPECT_EQ(one.err_lines().size(), 1U) << one.text();
    EXPECT_NE(one.err.find("jail"), std::string::npos) << one.text();
  }
  EXPECT_EQ(failed.size(), 15U);
  launches.clear();
  remove_jail();
  EXPECT_EQ(changes(before), "");
}

TEST_F(ClaimTest, SixteenLaunchesOfDifferentIdsAtOnceAllWin) {
  std::vector<Child> launches;
  for (int i = 0; i < 16; ++i)
    launches.emplace_back(command(with_a_group({"--id", "vm-" + std::to_string(i)}), {"--sleep"}));
  for (Child& one : launches) EXPECT_TRUE(one.says("end")) << one.wait().text();
  launches.clear();
  for (int i = 0; i < 16; ++i) remove_jail("vm-" + std::to_string(i));
}

TEST_F(ClaimTest, AnIdIsFreeAgainAfterALaunchThatFailed) {
  std::filesystem::copy_file(test_file("probe"), scratch("program"));
  const std::string good = read_file(scratch("program"));
  write_file(scratch("program"), "#!/no/such/interpreter\n");
  refusal({"--exec-file", scratch("program")});
  write_file(scratch("program"), good);
  EXPECT_TRUE(launch_and_remove({"--exec-file", scratch("program")}).succeeded());
}

TEST_F(ClaimTest, ALinkInTheJailsPlaceIsNotFollowed) {
  std::filesystem::create_directories(base() + "/probe");
  std::filesystem::create_directory(scratch("elsewhere"));
  std::filesystem::create_symlink(scratch("elsewhere"), jail());
  refusal({});
  remove_prefilled();
}

TEST_F(ClaimTest, ALinkInTheRootsPlaceIsNotFollowed) {
  std::filesystem::create_directories(jail());
  std::filesystem::create_directory(scratch("elsewhere"));
  std::filesystem::create_symlink(scratch("elsewhere"), root());
  refusal({});
  remove_prefilled();
}

}  // namespace
}  // namespace jailrun::integration
