// SPDX-License-Identifier: Apache-2.0
// QEMU in the jail that qemu-hardened.conf makes, with a guest of a few bytes; ./dev demo boots Linux there.
#include "integration/support/jail_test.hpp"
#include "integration/support/tiny_guests.hpp"

#include <filesystem>

#include <sys/prctl.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

constexpr const char* kQemu = "/usr/bin/qemu-system-x86_64";

class QemuTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    if (access(kQemu, X_OK) != 0) GTEST_SKIP() << kQemu << " is not installed";
    write_file(scratch("firmware"), tiny_firmware());
    write_file(scratch("disk"), std::string(1 << 20, '\0'));
    ASSERT_EQ(chown(scratch("disk").c_str(), kUid, kGid), 0);
  }
  void TearDown() override {
    (void)run({runner(), "rm", "--host", "--reports"});
    JailTest::TearDown();
  }

  Outcome boot(const std::string& pipeline_file, const std::string& accelerator) const {
    const std::string libraries = "/usr/lib/x86_64-linux-gnu";
    return run({runner(),
                "--supervise",
                "--pipeline",
                pipeline_file,
                "--id",
                "jail",
                "--exec-file",
                kQemu,
                "--uid",
                std::to_string(kUid),
                "--gid",
                std::to_string(kGid),
                "--chroot-base-dir",
                base(),
                "--bind",
                libraries + ":/lib/x86_64-linux-gnu:ro,nosuid,nodev",
                "--bind",
                "/usr/lib64:/lib64:ro,nosuid,nodev",
                "--bind",
                "/usr/share/qemu:/usr/share/qemu:ro,nosuid,nodev,noexec",
                "--bind",
                scratch("firmware") + ":/firmware:ro,nosuid,nodev,noexec",
                "--bind",
                scratch("disk") + ":/disk:rw,noexec",
                "--write",
                "/run,/disk",
                "--",
                "-L",
                "/usr/share/qemu",
                "-M",
                "microvm,isa-serial=on",
                "-accel",
                accelerator,
                "-m",
                "16",
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-serial",
                "stdio",
                "-bios",
                "/firmware",
                "-device",
                "isa-debug-exit,iobase=0xf4,iosize=1",
                "-drive",
                "file=/disk,format=raw,if=none,id=disk",
                "-device",
                "virtio-blk-device,drive=disk",
                "-qmp",
                "unix:/run/qmp,server=on,wait=off",
                "-pidfile",
                "/run/pid",
                "-sandbox",
                "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"});
  }
  static void expect_greeting(const Outcome& outcome) {
    EXPECT_EQ(outcome.exit_status, kFirmwareStatus) << outcome.text();
    expect_mentions(outcome.out, {kTinyGreeting});
  }
  const std::string hardened_ = pipeline("qemu-hardened.conf");
};

TEST_F(QemuTest, AGuestRunsByKvm) {
  if (!kvm_runs_guests()) GTEST_SKIP() << "the /dev/kvm of this host runs no guests";
  expect_greeting(boot(hardened_, "kvm"));
}

TEST_F(QemuTest, AGuestIsEmulatedWithCodeThatIsMappedTwice) {
  expect_greeting(boot(hardened_, "tcg,split-wx=on"));
}

TEST_F(QemuTest, AGuestIsEmulatedOtherwiseWhereThePipelineAllowsIt) {
  constexpr int kGetWriteOrExecute = 66;  // PR_GET_MDWE of linux/prctl.h, Linux 6.3
  if (prctl(kGetWriteOrExecute, 0, 0, 0, 0) >= 0) {
    const Outcome outcome = boot(hardened_, "tcg");
    EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
    expect_mentions(outcome.err, {"jit buffer", "Permission denied"});
  }
  std::string text = read_file(hardened_);
  const std::string setting = "\nmemory-deny-write-execute = ";
  text.replace(text.find(setting) + setting.size(), 3, "no");
  write_file(scratch("qemu.conf"), text);
  expect_greeting(boot(scratch("qemu.conf"), "tcg"));
}

}  // namespace
}  // namespace jailrun::integration
