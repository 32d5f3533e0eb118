// SPDX-License-Identifier: Apache-2.0
// Which jails a base has.
#include "core/base/message.hpp"
#include "core/jails/find.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

TEST(Jails, AreTheDirectoriesBelowABaseThatHaveALedger) {
  const tests::TempDirectory base;
  for (const char* directory : {"b", "a", "a/2", "a/1", "b/3", "a/no-ledger", "a/.claim-x"})
    base.directory(directory);
  for (const char* ledger : {"a/1/ledger", "a/2/ledger", "b/3/ledger", "a/.claim-x/ledger", "ledger"})
    base.file(ledger);
  std::string found;
  for (const JailName& jail : list_jails(base.path())) found += jail.name + "/" + jail.id + " ";
  EXPECT_EQ(found, "a/1 a/2 b/3 ");
  EXPECT_TRUE(list_jails(base / "absent").empty());
}

// In a directory such as /tmp anybody could make a jail for root to remove.
TEST(Jails, OfABaseThatOthersCanWriteToAreNotListed) {
  const tests::TempDirectory base;
  base.directory("a");
  base.directory("a/1");
  base.file("a/1/ledger");
  ASSERT_EQ(list_jails(base.path()).size(), 1U);
  for (const mode_t mode : {01777U, 0777U, 0775U}) {
    ASSERT_EQ(chmod(base.path().c_str(), mode), 0);
    EXPECT_TRUE(list_jails(base.path()).empty()) << mode;
  }
  ASSERT_EQ(chmod(base.path().c_str(), 0755), 0);
  ASSERT_EQ(chmod((base / "a").c_str(), 0777), 0);
  EXPECT_TRUE(list_jails(base.path()).empty());
}

// Where two bases lie one level apart, a jail's root is in the place of another's directory.
TEST(Jails, AreNotLookedForInAnotherJail) {
  const tests::TempDirectory base;
  for (const char* directory : {"vmm", "vmm/web", "vmm/web/root"}) base.directory(directory);
  for (const char* ledger : {"vmm/web/ledger", "vmm/web/root/ledger"}) base.file(ledger);
  EXPECT_EQ(list_jails(base.path()).size(), 1U);
  EXPECT_TRUE(list_jails(base / "vmm").empty());
}

TEST(Jails, ThatAreLockedNameTheProcessThatHoldsTheLock) {
  const tests::TempDirectory base;
  for (const char* directory : {"a", "a/1"}) base.directory(directory);
  base.file("a/1/ledger", "jailrun-ledger version=1\n", 0600);
  const JailName jail = {base.path(), "a", "1"};
  const Result<LockedJail> first = lock_jail(jail);
  ASSERT_TRUE(first) << message(first.error());
  const Result<LockedJail> second = lock_jail(jail);
  ASSERT_FALSE(second);
  EXPECT_EQ(message(second.error()),
            "jail 1 is being launched or removed right now, by process " + std::to_string(getpid()));
}

}  // namespace
}  // namespace jailrun::core
