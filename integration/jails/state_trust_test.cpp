// SPDX-License-Identifier: Apache-2.0
// Jails are obeyed for who owns them, not for where they lie.
#include "integration/support/jail_test.hpp"

#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class StateTrustTest : public JailTest {};

TEST_F(StateTrustTest, ABaseThatOthersCanWriteToIsRefused) {
  for (const mode_t mode : {01777U, 0777U}) {
    ASSERT_EQ(chmod(base().c_str(), mode), 0);
    EXPECT_NE(refusal({}).find(base() + " is writable by others"), std::string::npos);
  }
  ASSERT_EQ(chmod(base().c_str(), 0755), 0);
}

TEST_F(StateTrustTest, AForgedJailInSuchABaseIsNotObeyed) {
  std::filesystem::create_directories(jail());
  write_file(jail() + "/ledger", "jailrun-ledger version=1\n");
  ASSERT_EQ(chmod(base().c_str(), 01777), 0);
  EXPECT_TRUE(run(managing({"rm", "--all-dead"})).succeeded());
  const Outcome named = run(managing({"rm", "probe/jail"}));
  EXPECT_EQ(named.exit_status, 1);
  EXPECT_NE(named.err.find("is writable by others"), std::string::npos) << named.text();
  EXPECT_TRUE(exists(jail() + "/ledger"));
  ASSERT_EQ(chmod(base().c_str(), 0755), 0);
  remove_prefilled();
}

TEST_F(StateTrustTest, ADirectoryThatAnotherUserFilledIsRefused) {
  prefill();
  ASSERT_EQ(chown(jail().c_str(), kUid, kGid), 0);
  EXPECT_NE(refusal({}).find("is owned by uid"), std::string::npos);
  remove_prefilled();
}

TEST_F(StateTrustTest, AnOperandThatLeadsIntoAJailNamesNoJail) {
  ASSERT_TRUE(launch({}).succeeded());
  std::filesystem::create_directories(root() + "/x");
  write_file(root() + "/x/ledger", "jailrun-ledger version=1\n");
  for (const char* operand : {"probe/jail/root/x", "../jail", "probe/../jail", "/jail"})
    EXPECT_EQ(run(managing({"rm", operand})).exit_status, 1) << operand;
  EXPECT_TRUE(exists(root() + "/x/ledger"));
  remove_jail();
}

TEST_F(StateTrustTest, AnOperandMayNameTheBase) {
  ASSERT_TRUE(launch({}).succeeded());
  EXPECT_TRUE(run(Command{{runner(), "rm", jail()}}).succeeded());
  EXPECT_EQ(list(base()), "");
}

TEST_F(StateTrustTest, OnlyTheJailsGroupPassesThroughItsDirectory) {
  const Jailed jailed = start({});
  EXPECT_EQ(describe(jail()), "directory 0710 0:" + std::to_string(kGid));
}

TEST_F(StateTrustTest, ALockOnADirectoryThatAnybodyCanOpenHoldsNothingUp) {
  prefill();
  const int held = open(jail().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(flock(held, LOCK_EX), 0);
  EXPECT_TRUE(launch({}).succeeded());
  remove_jail();
  close(held);
}

TEST_F(StateTrustTest, AJailThatIsBeingWorkedOnIsRefusedWithThePidOfWhoDoes) {
  ASSERT_TRUE(launch({}).succeeded());
  const int held = open((jail() + "/ledger").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(flock(held, LOCK_EX), 0);
  const Outcome removed = run(managing({"rm", "jail"}));
  EXPECT_NE(removed.err.find("by process " + std::to_string(getpid())), std::string::npos) << removed.text();
  close(held);
  remove_jail();
}

TEST_F(StateTrustTest, AJailWhoseLedgerCannotBeReadIsShownAsBroken) {
  std::filesystem::create_directories(jail());
  write_file(jail() + "/ledger", "");
  EXPECT_NE(run(managing({"ps"})).out.find("broken"), std::string::npos);
  EXPECT_EQ(run(managing({"rm", "--all-dead"})).exit_status, 1);
  EXPECT_TRUE(exists(jail() + "/ledger"));
  remove_prefilled();
}

}  // namespace
}  // namespace jailrun::integration
