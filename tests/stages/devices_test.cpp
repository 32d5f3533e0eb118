#include "tests/support/mounted_as.hpp"
#include "tests/support/planning.hpp"

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

TEST(Devices, RefusesWhatIsNotThere) {
  EXPECT_EQ(plan("/dev/absent"),
            "refused: stage devices: --device: /dev/absent: No such file or directory\n");
}

TEST(Devices, RefusesWhatIsNoDevice) {
  EXPECT_EQ(plan("/etc/passwd"), "refused: stage devices: --device: /etc/passwd is no device\n");
}

TEST(Devices, RefusesARelativePath) {
  EXPECT_EQ(plan("dev/kvm"), "refused: stage devices: --device: 'dev/kvm' is no absolute path\n");
  EXPECT_EQ(plan(""), "refused: stage devices: --device: '' is no absolute path\n");
}

TEST(Devices, RefusesAPathThatLeavesTheJail) {
  EXPECT_EQ(plan("/dev/../kvm=char:10:232").find("refused: stage devices: "), 0U);
}

TEST(Devices, RefusesWhatIsNoTypeMajorMinor) {
  for (const char* wrong : {"", "char", "char:10", "chr:10:1", "char:10:", "char::1", "char:10:x",
                            "char:10:1:1", "char:-1:1", "char:4294967296:1", "char: 1:1"})
    EXPECT_EQ(plan("/dev/x=" + std::string(wrong)), "refused: stage devices: --device: '" +
                                                        std::string(wrong) +
                                                        "' is no TYPE:MAJOR:MINOR, as char:10:232\n");
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

TEST(Devices, WithoutAnyDoNotMindSuchABase) {
  const MountedAs nodev("/usr", ST_NODEV);
  EXPECT_EQ(plan("none"), "");
}

}  // namespace
}  // namespace jailrun::tests
