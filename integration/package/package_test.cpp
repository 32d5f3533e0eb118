// SPDX-License-Identifier: Apache-2.0
// The Debian package, in a root of the host's release that has never seen jailrun.
#include "integration/support/jail_test.hpp"

#include <cstdlib>
#include <filesystem>

#include <sys/mount.h>

namespace jailrun::integration {
namespace {

namespace fs = std::filesystem;

class Package : public JailTest {
 protected:
  // The only package among the tests' files.
  static std::string file() {
    for (const auto& entry : fs::directory_iterator(test_file("")))
      if (entry.path().extension() == ".deb") return entry.path();
    return "";
  }

  // A clean root, ready to be entered. In memory, as dpkg has every file of a package written to the disk.
  void SetUp() override {
    JailTest::SetUp();
    const char* archive = std::getenv("JAILRUN_CLEAN_ROOT");
    ASSERT_NE(archive, nullptr) << "./dev test names the file that integration/package/build makes";
    root_ = scratch("root");
    fs::create_directory(root_);
    ASSERT_EQ(mount("tmpfs", root_.c_str(), "tmpfs", 0, "mode=0755"), 0);
    const Outcome unpacked = run({"tar", "-x", "-C", root_, "-f", archive});
    ASSERT_TRUE(unpacked.succeeded()) << unpacked.text();
  }
  void TearDown() override {
    if (!root_.empty()) umount2(root_.c_str(), MNT_DETACH);
    JailTest::TearDown();
  }

  void put(const std::string& from, const std::string& name) const {
    fs::copy_file(from, root_ + "/srv/" + name);
  }

  // package-steps, in the clean root, with this program as the guest that is launched.
  Outcome run_steps(const std::string& guest, const Strings& arguments) const {
    EXPECT_NE(file(), "");
    put(file(), "jailrun.deb");
    put(test_file("probe"), "probe");
    put(guest, "guest");
    put("integration/package/package-steps", "steps");
    Strings steps = {"integration/package/enter", root_, "/srv/steps"};
    steps.insert(steps.end(), arguments.begin(), arguments.end());
    Outcome outcome = run(steps);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    return outcome;
  }

 private:
  std::string root_;
};

TEST_F(Package, InstallsLaunchesAndIsPurgedWithoutATrace) {
  const Outcome outcome = run_steps(test_file("probe"), {});
  EXPECT_NE(outcome.out.find("uid 1234 1234 1234\n"), std::string::npos) << outcome.text();
  EXPECT_NE(outcome.out.find("no trace\n"), std::string::npos) << outcome.text();
}

// As in the demo.
TEST_F(Package, LaunchesAVirtualMachine) {
  const std::string kvm_hello = test_file("kvm-hello");
  if (!exists("/dev/kvm")) GTEST_SKIP() << "this host has no /dev/kvm";
  if (const Outcome alone = run({kvm_hello}); !alone.succeeded())
    GTEST_SKIP() << "the /dev/kvm of this host runs no guest outside a jail either: " << alone.text();
  const Outcome outcome = run_steps(kvm_hello, {"--show-jail"});
  EXPECT_NE(outcome.out.find("hello from a jailed VM, id demo\n"), std::string::npos) << outcome.text();
  EXPECT_NE(outcome.out.find("no trace\n"), std::string::npos) << outcome.text();
}

}  // namespace
}  // namespace jailrun::integration
