// SPDX-License-Identifier: Apache-2.0
// The label that AppArmor gives the program, where it is in force; and what is said where it is not.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <filesystem>

#include <unistd.h>

namespace jailrun::integration {
namespace {

bool has_apparmor() {
  const std::string file = "/sys/module/apparmor/parameters/enabled";
  return std::filesystem::exists(file) && read_file(file).substr(0, 1) == "Y";
}

std::string label_of(pid_t pid) {
  const std::string text = read_file("/proc/" + std::to_string(pid) + "/attr/current");
  return text.substr(0, text.find('\n'));
}

class LabelTest : public JailTest {
 protected:
  Strings labelled(const std::string& settings, const Strings& more = {}) const {
    write_file(scratch("labelled.conf"),
               with_section_before(read_file(pipeline("firecracker.conf")), "exec", "[label]\n" + settings));
    Strings options = {"--pipeline", scratch("labelled.conf")};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
};

TEST_F(LabelTest, WithoutTheModuleIsRefusedOrDoneWithout) {
  if (has_apparmor()) GTEST_SKIP() << "AppArmor is in force on this host";
  expect_mentions(
      refusal(labelled("apparmor = vmm\n")),
      {"stage label", "AppArmor is not in force on this host", "the label vmm", "'unsupported = warn'"});
  const Outcome outcome =
      launch_and_remove(labelled("apparmor = vmm\nunsupported = warn\n"), {"--exit", "0"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.err.find("the program can't have the label vmm"), std::string::npos) << outcome.err;
}

TEST_F(LabelTest, WithoutSelinuxIsRefused) {
  if (std::filesystem::exists("/sys/fs/selinux/enforce")) GTEST_SKIP() << "SELinux is in force on this host";
  expect_mentions(refusal(labelled("selinux = system_u:system_r:vm_t:s0\n")),
                  {"SELinux is not in force on this host", "the label system_u:system_r:vm_t:s0"});
}

class AppArmorTest : public LabelTest {
 protected:
  void SetUp() override {
    LabelTest::SetUp();
    if (!has_apparmor()) GTEST_SKIP() << "AppArmor is not in force on this host";
    write_file(scratch("profile"), std::string("profile ") + kName +
                                       " flags=(attach_disconnected, mediate_deleted) {\n  file,\n  signal,\n"
                                       "  network,\n  unix,\n  deny /forbidden rw,\n}\n");
    const Outcome loaded = parser("-r");
    if (!loaded.succeeded()) GTEST_SKIP() << "no profile can be loaded: " << loaded.text();
    is_loaded_ = true;
  }
  void TearDown() override {
    if (is_loaded_) (void)parser("-R");
    remove_prefilled();
    LabelTest::TearDown();
  }
  Outcome parser(const char* what) const {
    return run({"apparmor_parser", what, "--skip-cache", scratch("profile")});
  }
  static std::string setting() { return std::string("apparmor = ") + kName + "\n"; }
  static std::string confined() { return std::string(kName) + " (enforce)"; }
  static constexpr const char* kName = "jailrun-label-test";

 private:
  bool is_loaded_ = false;
};

// With no_new_privs, as always.
TEST_F(AppArmorTest, TheProgramIsConfinedAndTheLaunchIsNot) {
  {
    const Jailed jailed = start(labelled(setting()));
    EXPECT_EQ(label_of(jailed.pid()), confined());
  }
  const Jailed daemon = start_daemon(labelled(setting()));
  EXPECT_EQ(label_of(daemon.pid()), confined());
  EXPECT_EQ(label_of(getpid()), "unconfined");
}

TEST_F(AppArmorTest, TheProfileIsEnforced) {
  write_file(prefill() + "/forbidden", "secret");
  std::filesystem::permissions(root() + "/forbidden", std::filesystem::perms(0666));
  write_file(root() + "/allowed", "");
  std::filesystem::permissions(root() + "/allowed", std::filesystem::perms(0666));
  const Outcome outcome =
      launch_and_remove(labelled(setting()), {"--try", "read:/forbidden", "--try", "read:/allowed"});
  EXPECT_EQ(reported(outcome.out, "try"), (Strings{"read:/forbidden EACCES", "read:/allowed yes"}));
}

TEST_F(AppArmorTest, AProfileThatIsNotLoadedIsRefusedWithItsLine) {
  const std::string sentence = refusal(labelled("apparmor = nosuch\n"));
  expect_mentions(sentence, {"labelled.conf:", "the profile nosuch is not loaded"});
}

// What a tenant has put at /proc in his root takes nothing that is meant for the kernel.
TEST_F(AppArmorTest, IsAskedForThroughTheHostsProcAlone) {
  const std::string fake = prefill() + "/proc/thread-self/attr/apparmor";
  std::filesystem::create_directories(fake);
  write_file(fake + "/exec", "");
  {
    const Jailed jailed = start(labelled(setting()));
    EXPECT_EQ(label_of(jailed.pid()), confined());
    EXPECT_EQ(read_file(fake + "/exec"), "");
  }
}

TEST_F(AppArmorTest, AFailedExecLeavesNothing) {
  for (const Strings& more : {Strings{}, Strings{"--daemonize"}, Strings{"--new-pid-ns"}}) {
    Strings options = labelled(setting(), more);
    options.insert(options.end(), {"--exec-file", broken_program()});
    refusal(options);
  }
}

}  // namespace
}  // namespace jailrun::integration
