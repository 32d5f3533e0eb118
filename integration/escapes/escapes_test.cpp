// SPDX-License-Identifier: Apache-2.0
// What a hostile program reaches in a jail is what the table says, neither more nor less; and each probe can
// reach what it tries, where nothing holds it.
#include "integration/escapes/expectations.hpp"
#include "integration/support/jail_test.hpp"

#include <algorithm>
#include <memory>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

using escapes::Caller;
using escapes::Expected;
using escapes::Verdicts;

constexpr const char* kTable = "expected.txt";
// Those that have a column of their own.
const Strings kPipelines = {"default.conf",       "firecracker.conf",
                            "hardened.conf",      "firecracker-hardened.conf",
                            "qemu-hardened.conf", "rootless.conf"};

constexpr int kGetWriteOrExecute = 66;  // PR_GET_MDWE of linux/prctl.h, Linux 6.3

class EscapesTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    table_ = escapes::read_expectations(read_file(test_file(kTable)));
    host_ = std::make_unique<escapes::HostSide>(scratch("host"));
    root_ = unjailed(*host_, Caller::kRoot).measure();
    user_ = unjailed(*host_, Caller::kUser).measure();
  }
  void TearDown() override {
    host_.reset();
    JailTest::TearDown();
  }
  Verdicts by(const std::string& pipeline_file) const {
    return jailed(*host_, scratch("jails"), pipeline_file).measure();
  }

  std::vector<Expected> table_;
  std::unique_ptr<escapes::HostSide> host_;
  Verdicts root_;
  Verdicts user_;
};

// What a kernel answers that has no such thing.
bool is_lacking(const std::string& detail) {
  for (const char* name : {"ENOSYS", "ENOENT", "ENODEV", "ENXIO", "EAFNOSUPPORT", "EPROTONOSUPPORT"})
    if (detail == name) return true;
  return false;
}

TEST_F(EscapesTest, EachProbeReachesWhatItTriesWhereNothingHoldsIt) {
  for (const Expected& expected : table_) {
    const std::pair<const char*, const Verdicts*> unjailed[] = {{"root", &root_}, {"user", &user_}};
    for (const auto& [who, verdicts] : unjailed) {
      ASSERT_EQ(verdicts->count(expected.probe), 1U) << expected.probe;
      const escapes::Verdict& verdict = verdicts->at(expected.probe);
      EXPECT_TRUE(verdict.is_reached || expected.by_contender.at(who) != "reached" ||
                  is_lacking(verdict.detail))
          << expected.probe << " as " << who << ": " << verdict.detail;
    }
    // A probe that no jail and no bare process passes would prove nothing.
    EXPECT_TRUE(expected.by_contender.at("root") != "blocked" ||
                expected.by_contender.at("user") != "blocked")
        << expected.probe << " is expected to reach nothing anywhere";
  }
  EXPECT_GE(table_.size(), 53U);
}

TEST_F(EscapesTest, EachPipelineLeavesWhatTheTableSays) {
  // On a kernel that lacks them these do without, and warn.
  const long landlock = syscall(SYS_landlock_create_ruleset, nullptr, 0, 1U);  // its version
  const bool has_landlock = landlock > 0;
  constexpr long kScopes = 6;
  const bool has_write_or_execute = prctl(kGetWriteOrExecute, 0, 0, 0, 0) >= 0;
  for (Expected& expected : table_) {
    const bool needs_landlock = expected.probe == "write-beside-its-program";
    const bool needs_write_or_execute =
        expected.probe == "map-writable-code" || expected.probe == "make-memory-executable";
    if ((needs_landlock && !has_landlock) || (needs_write_or_execute && !has_write_or_execute))
      for (const std::string name : {"hardened.conf", "firecracker-hardened.conf", "qemu-hardened.conf"})
        expected.by_contender[name] = "reached";
    // Its root is read-only.
    if (needs_write_or_execute && !has_write_or_execute) expected.by_contender["rootless.conf"] = "reached";
    // Without a network of its own nothing else keeps it from those.
    if (expected.probe == "connect-to-an-abstract-socket" && landlock < kScopes)
      expected.by_contender["firecracker-hardened.conf"] = "reached";
  }
  for (const std::string& name : kPipelines)
    EXPECT_EQ(differences(table_, name, by(name), root_, user_), "") << name << ": see " << kTable;
}

TEST_F(EscapesTest, TheOtherPipelinesLeaveWhatTheDefaultOneLeavesAndNoMore) {
  const Verdicts by_default = by("default.conf");
  for (const std::string& name : escapes::shipped_pipelines()) {
    if (std::count(kPipelines.begin(), kPipelines.end(), name) != 0) continue;
    for (const auto& [probe, verdict] : by(name)) {
      EXPECT_EQ(verdict.is_reached, by_default.at(probe).is_reached) << name << ": " << probe;
    }
  }
}

}  // namespace
}  // namespace jailrun::integration
