// SPDX-License-Identifier: Apache-2.0
// A launch that fails, even at its last step, leaves nothing: refusal() compares the host before and after.
#include "integration/support/cgroups.hpp"
#include "integration/support/jail_test.hpp"
#include "integration/support/network.hpp"

#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

using RollbackTest = JailTest;

TEST_F(RollbackTest, AFailingExecInPlace) {
  const std::string sentence = refusal({"--exec-file", broken_program()});
  EXPECT_NE(sentence.find("exec /broken"), std::string::npos) << sentence;
  EXPECT_NE(sentence.find("No such file or directory"), std::string::npos) << sentence;
}

TEST_F(RollbackTest, AFailingExecInTheBackground) {
  const std::string sentence = refusal({"--daemonize", "--exec-file", broken_program()});
  EXPECT_NE(sentence.find("exec /broken"), std::string::npos) << sentence;
}

TEST_F(RollbackTest, AFailingExecAsRoot) {
  refusal({"--uid", "0", "--gid", "0", "--exec-file", broken_program()});
}

TEST_F(RollbackTest, AProgramThatIsNoProgram) {
  write_file(scratch("noise"), std::string("\x7f"
                                           "ELF\x02\x01\x01 but no more than that"));
  chmod(scratch("noise").c_str(), 0755);
  EXPECT_NE(refusal({"--exec-file", scratch("noise")}).find("Exec format error"), std::string::npos);
}

TEST_F(RollbackTest, AProgramThatItsUserMayNotExecute) {
  std::filesystem::copy_file(test_file("probe"), scratch("closed"));
  chmod(scratch("closed").c_str(), 0677);  // for all but its owner, whom the copy belongs to
  EXPECT_NE(refusal({"--exec-file", scratch("closed")}).find("Permission denied"), std::string::npos);
}

class RollbackOfAllTest : public RollbackTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    if (const std::string controller = missing_v1({"cpu", "cpuset", "pids"}); !controller.empty())
      GTEST_SKIP() << "no version 1 hierarchy on this host carries " << controller;
    std::filesystem::create_directory(scratch("data"));
  }
  // Everything that the pipeline can do, and a program that can't be started.
  Strings all(const std::string& network) const {
    Strings options = all_stages(network, "rw,rec");
    options.insert(options.end(), {"--exec-file", broken_program(), "--cgroup", "pids.max=50"});
    return options;
  }
};

TEST_F(RollbackOfAllTest, AFailingExecInPlaceWithEveryStageAtWork) {
  const NetworkNamespace network(scratch("network"));
  refusal(all(network.path()));
}

TEST_F(RollbackOfAllTest, AFailingExecInTheBackgroundWithEveryStageAtWork) {
  const NetworkNamespace network(scratch("network"));
  Strings options = all(network.path());
  options.emplace_back("--daemonize");
  refusal(options);
}

TEST_F(RollbackOfAllTest, AFailingExecBesideALivingJailOfTheSameProgramsGroup) {
  const NetworkNamespace network(scratch("network"));
  const Jailed living = start({"--id", "living", "--parent-cgroup", "vms/web", "--cgroup", "cpu.shares=100"});
  refusal(all(network.path()));
  EXPECT_EQ(v1_group_of(living.pid(), "cpu"), "/vms/web/living");
}

TEST_F(RollbackOfAllTest, ABindWhoseTargetIsALink) {
  // Prepared, in the jail's own mount namespace already, and refused there.
  std::filesystem::create_directories(prefill() + "/deep");
  std::filesystem::create_directory_symlink(scratch("data"), root() + "/deep/data");
  refusal({"--pipeline", pipeline_with("[bind]\nbind = " + scratch("data") + ":/deep/data\n", "cgroup-v1")});
  remove_prefilled();
}

TEST_F(RollbackOfAllTest, AGroupThatStoodBeforeIsKept) {
  const std::string group = v1_mount("cpu") + "/vms";
  ASSERT_EQ(mkdir(group.c_str(), 0755), 0);
  refusal({"--exec-file", broken_program(), "--cgroup", "cpu.shares=512", "--parent-cgroup", "vms"});
  EXPECT_EQ(rmdir(group.c_str()), 0);
}

TEST_F(RollbackTest, ADirectoryOfTheProgramsNameThatStoodBeforeIsKept) {
  ASSERT_EQ(mkdir((base() + "/broken").c_str(), 0700), 0);
  refusal({"--exec-file", broken_program()});
  EXPECT_EQ(describe(base() + "/broken"), "directory 0700 0:0");
  remove_prefilled("broken");
}

}  // namespace
}  // namespace jailrun::integration
