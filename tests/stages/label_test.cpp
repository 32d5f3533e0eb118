// SPDX-License-Identifier: Apache-2.0
#include "core/stages/planning.hpp"
#include "core/sys/labels.hpp"
#include "tests/support/planning.hpp"
#include "tests/support/script.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::tests {
namespace {

// On a host where both modules are in force, unless a test says otherwise.
class Label : public testing::Test {
 protected:
  Label() {
    core::planning::label_fault = [](uint32_t) { return std::string(); };
  }
  ~Label() override { core::planning::label_fault = sys::label_fault; }
  static Launch launch(const std::string& settings) {
    return Launch().pipeline(
        "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[limits]\n[drop-privs]\n[label]\n" +
        settings + "[exec]\n");
  }
  static std::string plan(const std::string& settings) { return launch(settings).plan_of("label"); }
};

TEST_F(Label, AsksForTheLabelThroughTheHostsProc) {
  EXPECT_EQ(plan("selinux = system_u:system_r:vm_t:s0\n"),
            "prepare open-proc /proc  for labelling the program\n"
            "enter label selinux system_u:system_r:vm_t:s0\n");
}

TEST_F(Label, ComesAfterTheCredentialsAndBeforeTheLimits) {
  const std::string all = launch("selinux = a:b:c\n").plan();
  EXPECT_LT(all.find("credentials"), all.find("label selinux"));
  EXPECT_LT(all.find("label selinux"), all.find("limit nofile")) << all;
}

TEST_F(Label, MustBeToldWhich) {
  EXPECT_EQ(plan(""),
            "refused: stage label: neither apparmor nor selinux is given: one of them, or leave the "
            "stage out\n");
}

TEST_F(Label, HeedsUnsupported) {
  core::planning::label_fault = [](uint32_t kind) {
    return std::string(kind == JR_LABEL_SELINUX ? "no SELinux" : "no AppArmor");
  };
  EXPECT_EQ(
      plan("selinux = a:b:c\n"),
      "refused: stage label: no SELinux, so the program can't have the label a:b:c; 'unsupported = warn' "
      "goes without it\n");
  EXPECT_EQ(plan("selinux = a:b:c\nunsupported = warn\n"), "");
}

TEST_F(Label, RefusesWhatCanBeNoLabel) {
  const auto labelled = [](const std::string& text) {
    Script one = script([text](jailrun::Plan& plan) { plan.label(JR_LABEL_SELINUX, text); });
    one.descriptor = Descriptor("scripted", "1.0.0", "labels").traits(JR_TRAIT_RESTRICTS);
    return one.planned();
  };
  EXPECT_EQ(labelled(""), refused("'' can't be the name of a profile or a context"));
  EXPECT_EQ(labelled("a\nb"), refused("'a\nb' can't be the name of a profile or a context"));
  EXPECT_EQ(labelled(std::string(4001, 'a')), refused("a label has more than 4000 characters"));
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.label(JR_LABEL_SELINUX, "a"); }),
            refused("label needs the trait JR_TRAIT_RESTRICTS"));
}

TEST_F(Label, OfOneModuleIsPlannedOnce) {
  Script two = script([](jailrun::Plan& plan) {
    plan.label(JR_LABEL_APPARMOR, "a");
    plan.label(JR_LABEL_SELINUX, "b");
    plan.label(JR_LABEL_APPARMOR, "c");
  });
  two.descriptor = Descriptor("scripted", "1.0.0", "labels").traits(JR_TRAIT_RESTRICTS);
  EXPECT_EQ(two.planned(), refused("the program's label is planned already, by stage scripted"));
}

// What a tenant, or who mounts over files of /proc, would have the launch write to.
TEST(ExecLabel, IsNotAskedForOfADirectoryThatIsNoProc) {
  const int directory = open("/usr", O_PATH | O_DIRECTORY | O_CLOEXEC);
  const Result<void> asked = sys::label_next_exec(directory, JR_LABEL_SELINUX, "a:b:c");
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().error_number, ENOENT);
  close(directory);
}

}  // namespace
}  // namespace jailrun::tests
