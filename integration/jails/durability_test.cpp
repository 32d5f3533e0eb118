// SPDX-License-Identifier: Apache-2.0
// What a power cut leaves of a jail. The disk is an image whose filesystem is copied while it is mounted: what
// the kernel has not written to it by then is lost.
#include "integration/support/jail_test.hpp"
#include "integration/support/loop_filesystem.hpp"

#include <cerrno>
#include <cstddef>
#include <filesystem>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class DurabilityTest : public JailTest {
 protected:
  static constexpr uint64_t kSize = 64ULL << 20;

  Outcome rm(const Strings& words) const {
    Strings argv = {runner(), "rm", "--chroot-base-dir", base()};
    argv.insert(argv.end(), words.begin(), words.end());
    return run(argv);
  }

  // Launched, and the power is cut: the ledger is whole, and all that is there can be removed by it.
  void expect_ledger_survives(const Strings& options, const std::string& kept) {
    LoopFilesystem disk("ext4", base(), kSize);
    if (!kept.empty()) std::filesystem::create_directories(base() + "/" + kept);
    ASSERT_TRUE(launch(options).succeeded());
    const std::string ledger = read_file(jail() + "/ledger");
    const size_t plan = ledger.find("\nprocess ");
    ASSERT_NE(plan, std::string::npos);
    const LoopFilesystem after = disk.after_power_cut();
    ASSERT_TRUE(exists(jail() + "/ledger"));
    EXPECT_EQ(read_file(jail() + "/ledger").substr(0, plan), ledger.substr(0, plan));
    const Outcome removed = rm({"jail"});
    EXPECT_TRUE(removed.succeeded()) << removed.text();
    EXPECT_FALSE(exists(jail() + "/ledger"));
    EXPECT_EQ(exists(jail()), !kept.empty());
    (void)run({runner(), "rm", "--host", "--reports"});
  }
};

TEST_F(DurabilityTest, TheLedgerOfADurableJailOutlivesAPowerCut) {
  expect_ledger_survives({"--durable"}, "");
}

TEST_F(DurabilityTest, TheLedgerInARootThatExistedDoesToo) {
  expect_ledger_survives({"--durable"}, "probe/jail/root");
}

TEST_F(DurabilityTest, APipelineFileMayAskForIt) {
  write_file(scratch("durable.conf"), "[jailrun]\ndurable = yes\n\n" + read_file(pipeline("default.conf")));
  expect_ledger_survives({"--pipeline", scratch("durable.conf")}, "");
}

// From here on, in this process: the disk gives an error.
void fail_each(uint32_t call) {
  sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
                        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EIO),
                        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program = {4, code};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) _exit(99);
}

TEST_F(DurabilityTest, WhatCanNotBeWrittenToTheDiskIsNotLaunched) {
  for (const uint32_t call : {uint32_t{SYS_fdatasync}, uint32_t{SYS_fsync}}) {
    for (const bool is_prefilled : {false, true}) {
      if (is_prefilled) prefill();
      Command wanted = command({"--durable"});
      wanted.in_child = [call] { fail_each(call); };
      expect_mentions(refusal(wanted), {"to the disk: Input/output error"});
      if (is_prefilled) remove_prefilled();
    }
  }
}

}  // namespace
}  // namespace jailrun::integration
