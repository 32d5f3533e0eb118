// SPDX-License-Identifier: Apache-2.0
// The CPU as a program in a jail sees it, from a made-up sysfs: on every architecture.
#include "integration/support/jail_test.hpp"

#include <filesystem>

namespace jailrun::integration {
namespace {

class Aarch64CpuTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    attribute("cache/index0/size", "64K\n");
    attribute("cache/index0/type", "Data");  // sysfs adds a newline, a copy need not
    attribute("cache/index0/uevent", "MORE=1\n");
    attribute("regs/identification/midr_el1", "0x00000000413fd0c1\n");
  }

  void attribute(const std::string& name, const std::string& content) const {
    const std::string path = scratch("sysfs") + "/devices/system/cpu/cpu0/" + name;
    std::filesystem::create_directories(path.substr(0, path.rfind('/')));
    write_file(path, content);
  }

  Strings options(const Strings& more = {}) const {
    Strings options = {"--pipeline", pipeline_with("[aarch64-cpu]\ncpu-information = yes\n", "netns"),
                       "--sysfs", scratch("sysfs")};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  std::string in_jail(const std::string& name) const {
    return root() + "/sys/devices/system/cpu/cpu0/" + name;
  }
};

TEST_F(Aarch64CpuTest, CachesAndIdentificationAreCopied) {
  const Jailed jailed = start(options(), {"--stat", "/sys/devices/system/cpu/cpu0/cache/index0/size"});
  EXPECT_EQ(read_file(in_jail("cache/index0/size")), "64K\n");
  EXPECT_EQ(read_file(in_jail("cache/index0/type")), "Data\n");
  EXPECT_EQ(read_file(in_jail("regs/identification/midr_el1")), "0x00000000413fd0c1\n");
  EXPECT_EQ(list(in_jail("cache/index0")), "size type");
  EXPECT_EQ(jailed.report("stat"), "/sys/devices/system/cpu/cpu0/cache/index0/size file 0644 1234:4321 0:0");
}

TEST_F(Aarch64CpuTest, TheDirectoriesAreRootsAndTheFilesTheUsers) {
  const Jailed jailed = start(options());
  EXPECT_EQ(describe(status_of(root() + "/sys")), "directory 0755 0:0");
  EXPECT_EQ(describe(status_of(in_jail("cache/index0"))), "directory 0755 0:0");
  EXPECT_EQ(describe(status_of(in_jail("regs/identification/midr_el1"))), "file 0644 1234:4321");
}

TEST_F(Aarch64CpuTest, AFailingLaunchTakesThemBack) {
  const std::string error = refusal(options({"--exec-file", broken_program()}));
  EXPECT_NE(error.find("exec /broken"), std::string::npos) << error;
}

TEST_F(Aarch64CpuTest, AHostWithoutIdentificationIsRefusedInTime) {
  std::filesystem::remove_all(scratch("sysfs") + "/devices/system/cpu/cpu0/regs");
  EXPECT_NE(refusal(options()).find("midr_el1: No such file or directory"), std::string::npos);
}

}  // namespace
}  // namespace jailrun::integration
