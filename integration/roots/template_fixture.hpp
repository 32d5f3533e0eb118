// SPDX-License-Identifier: Apache-2.0
// What the tests of the template namespace share.
#pragma once

#include "integration/support/jail_test.hpp"

#include <filesystem>

#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/vfs.h>

namespace jailrun::integration {

// The base is on a mount that other namespaces share, as all of a usual host's are.
class TemplateFixture : public JailTest {
 protected:
  static constexpr const char* kTemplate = "/run/jailrun/templates/empty-root";

  void SetUp() override {
    run({runner(), "rm", "--host", "--reports"});  // what earlier tests have left
    JailTest::SetUp();
    ASSERT_EQ(mount("tmpfs", base().c_str(), "tmpfs", 0, "mode=0755"), 0);
    ASSERT_EQ(mount(nullptr, base().c_str(), nullptr, MS_SHARED, nullptr), 0);
  }
  void TearDown() override {
    run({runner(), "rm", "--host", "--reports"});
    EXPECT_EQ(umount2(base().c_str(), MNT_DETACH), 0);
    JailTest::TearDown();
  }

  static bool is_template_there() {
    struct statfs filesystem {};
    return statfs(kTemplate, &filesystem) == 0 && filesystem.f_type == NSFS_MAGIC;
  }
  // As a launch notes it that was refused one.
  static void forbid_template() {
    std::filesystem::create_directories("/run/jailrun/templates");
    write_file(std::string(kTemplate) + ".none", "");
  }
  static Strings as_escapee() {
    return {"--exec-file", test_file("escapee"), "--uid", "0", "--gid", "0", "--arguments", "none"};
  }
  // The mounts that the program has in view.
  static size_t mounts_of(const Jailed& jailed) {
    return split_lines(read_file("/proc/" + std::to_string(jailed.pid()) + "/mountinfo")).size();
  }
};

}  // namespace jailrun::integration
