// SPDX-License-Identifier: Apache-2.0
#include "tests/support/mounted_as.hpp"
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <sys/statvfs.h>

namespace jailrun::tests {
namespace {

std::string plan(const std::string& device) { return Launch().add("device", device).plan_of("devices"); }

TEST(Devices, AreTunAndKvmWhereNoneIsNamedWhateverTheHostHas) {
  EXPECT_EQ(Launch().plan_of("devices"),
            "prepare directory /dev  0700 1234:100\n"
            "prepare directory /dev/net  0700 1234:100\n"
            "prepare node /dev/net/tun  char 10:200 0600 1234:100\n"
            "prepare node /dev/kvm  char 10:232 0600 1234:100\n");
}

TEST(Devices, AreThoseThatAreNamed) {
  EXPECT_EQ(plan("/dev/urandom"),
            "prepare directory /dev  0700 1234:100\n"
            "prepare node /dev/urandom  char 1:9 0600 1234:100\n");
}

TEST(Devices, HaveTheHostsNumbersWhereNoneAreGiven) {
  EXPECT_EQ(plan("/dev/null"),
            "prepare directory /dev  0700 1234:100\n"
            "prepare node /dev/null  char 1:3 0600 1234:100\n");
}

TEST(Devices, HaveTheNumbersTheyAreGiven) {
  EXPECT_EQ(Launch()
                .add("device", "/dev/fuse=char:10:229")
                .add("device", "/dev/mapper/disk=block:253:4")
                .plan_of("devices"),
            "prepare directory /dev  0700 1234:100\n"
            "prepare node /dev/fuse  char 10:229 0600 1234:100\n"
            "prepare directory /dev/mapper  0700 1234:100\n"
            "prepare node /dev/mapper/disk  block 253:4 0600 1234:100\n");
}

TEST(Devices, AreNoneWhereNoneIsAskedFor) { EXPECT_EQ(plan("none"), ""); }

TEST(Devices, MayFailWhereTheyAreOptional) {
  EXPECT_EQ(Launch()
                .add("device", "/dev/kvm")
                .add("device", "/dev/urandom,optional")
                .add("device", "/dev/fuse=char:10:229,optional")
                .plan_of("devices"),
            "prepare directory /dev  0700 1234:100\n"
            "prepare node /dev/kvm  char 10:232 0600 1234:100\n"
            "prepare node /dev/urandom  char 1:9 0600 1234:100  (may fail)\n"
            "prepare node /dev/fuse  char 10:229 0600 1234:100  (may fail)\n");
}

TEST(Devices, ThatAreOptionalAndThatTheHostDoesNotHaveAreDoneWithout) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(plan("/dev/absent,optional"), "");
  EXPECT_NE(testing::internal::GetCapturedStderr().find("this host has no /dev/absent"), std::string::npos);
}

TEST(Devices, ThatAreOptionalMustBeDevicesAllTheSame) {
  EXPECT_EQ(plan("/etc/passwd,optional"), "refused: stage devices: --device: /etc/passwd is not a device\n");
  EXPECT_EQ(plan("/dev/x=char:1,optional"),
            "refused: stage devices: --device: 'char:1' is not TYPE:MAJOR:MINOR, such as char:10:232\n");
}

TEST(Devices, WithAnyOtherWordRefuseIt) {
  EXPECT_EQ(
      plan("/dev/x=char:1:1,maybe"),
      "refused: stage devices: --device: 'char:1:1,maybe' is not TYPE:MAJOR:MINOR, such as char:10:232\n");
  EXPECT_EQ(plan("/dev/urandom,maybe"),
            "refused: stage devices: --device: /dev/urandom,maybe: No such file or directory\n");
}

std::string plan_if_present(const std::string& path) {
  return Launch().add("device", "none").add("device-if-present", path).plan_of("devices");
}

TEST(DevicesIfPresent, AreNodesOfTheHost) {
  EXPECT_EQ(plan_if_present("/dev/null"),
            "prepare directory /dev  0700 1234:100\n"
            "prepare node /dev/null  char 1:3 0600 1234:100\n");
}

// Whatever drivers this kernel has: the host has a node of none of them in such a place.
TEST(DevicesIfPresent, AreAllOfTheKernelsListWhereTheHostHasNoNode) {
  const std::string misc = read_file("/proc/misc");
  int seen = 0;
  for (size_t begin = 0; begin < misc.size(); begin = misc.find('\n', begin) + 1, ++seen) {
    size_t after = 0;
    const std::string line = misc.substr(begin, misc.find('\n', begin) - begin);
    const int minor = std::stoi(line, &after);
    const std::string name = line.substr(after + 1);
    EXPECT_EQ(plan_if_present("/absent/" + name),
              "prepare directory /absent  0700 1234:100\n"
              "prepare node /absent/" +
                  name + "  char 10:" + std::to_string(minor) + " 0600 1234:100\n");
  }
  EXPECT_GT(seen, 0);
}

TEST(DevicesIfPresent, AreNoneWhereTheHostHasNone) {
  EXPECT_EQ(plan_if_present("/dev/absent"), "");
  EXPECT_EQ(plan_if_present("/dev/null/absent"), "");
  EXPECT_EQ(plan_if_present("/absent/"), "");
}

TEST(DevicesIfPresent, AreNoneWhereNoneIsAskedFor) { EXPECT_EQ(plan_if_present("none"), ""); }

TEST(DevicesIfPresent, ComeBesidesTheOthers) {
  EXPECT_EQ(Launch().add("device-if-present", "/dev/null").plan_of("devices"),
            Launch().plan_of("devices") + "prepare node /dev/null  char 1:3 0600 1234:100\n");
}

TEST(DevicesIfPresent, ThatAreThereAlreadyAreNotPlannedTwice) {
  EXPECT_EQ(Launch().add("device-if-present", "/dev/kvm").plan_of("devices"), Launch().plan_of("devices"));
}

TEST(DevicesIfPresent, RefuseWhatIsNoDevice) {
  EXPECT_EQ(plan_if_present("/etc/passwd"),
            "refused: stage devices: --device-if-present: /etc/passwd is not a device\n");
}

TEST(DevicesIfPresent, RefuseARelativePath) {
  EXPECT_EQ(plan_if_present("dev/kvm"),
            "refused: stage devices: --device-if-present: 'dev/kvm' is not an absolute path\n");
}

TEST(Devices, RefusesWhatIsNotThere) {
  EXPECT_EQ(plan("/dev/absent"),
            "refused: stage devices: --device: /dev/absent: No such file or directory\n");
}

TEST(Devices, RefusesWhatIsNoDevice) {
  EXPECT_EQ(plan("/etc/passwd"), "refused: stage devices: --device: /etc/passwd is not a device\n");
}

TEST(Devices, RefusesARelativePath) {
  EXPECT_EQ(plan("dev/kvm"), "refused: stage devices: --device: 'dev/kvm' is not an absolute path\n");
  EXPECT_EQ(plan(""), "refused: stage devices: --device: '' is not an absolute path\n");
}

TEST(Devices, RefusesAPathThatLeavesTheJail) {
  EXPECT_EQ(plan("/dev/../kvm=char:10:232").find("refused: stage devices: "), 0U);
}

TEST(Devices, RefusesWhatIsNoTypeMajorMinor) {
  for (const char* wrong : {"", "char", "char:10", "chr:10:1", "char:10:", "char::1", "char:10:x",
                            "char:10:1:1", "char:-1:1", "char:4294967296:1", "char: 1:1"})
    EXPECT_EQ(plan("/dev/x=" + std::string(wrong)), "refused: stage devices: --device: '" +
                                                        std::string(wrong) +
                                                        "' is not TYPE:MAJOR:MINOR, such as char:10:232\n");
}

// The kernel's device numbers have 12 and 20 bits: a larger one would be another device's.
TEST(Devices, RefusesANumberThatTheKernelDoesNotHave) {
  EXPECT_EQ(plan("/dev/x=char:4096:1").find("refused: "), 0U);
  EXPECT_EQ(plan("/dev/x=char:1:1048576").find("refused: "), 0U);
}

TEST(Devices, RefusesABaseWhereNoDeviceCanBeOpened) {
  const MountedAs nodev("/usr", ST_NODEV);
  EXPECT_EQ(Launch().plan_of("devices"),
            "refused: stage devices: /usr is on a filesystem mounted nodev: /dev/net/tun could not be opened "
            "in the jail\n");
}

TEST(Devices, WithoutAnyThatIsNeededDoNotMindSuchABase) {
  const MountedAs nodev("/usr", ST_NODEV);
  EXPECT_EQ(plan("none"), "");
  EXPECT_EQ(plan("/dev/urandom,optional").find("refused: "), std::string::npos);
}

}  // namespace
}  // namespace jailrun::tests
