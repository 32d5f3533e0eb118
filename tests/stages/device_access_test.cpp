// SPDX-License-Identifier: Apache-2.0
#include "core/stages/planning.hpp"
#include "core/sys/device_programs.hpp"
#include "tests/support/cgroup_host_double.hpp"
#include "tests/support/planning.hpp"
#include "tests/support/script.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

class DeviceAccess : public testing::Test {
 protected:
  DeviceAccess() {
    core::planning::device_program_fault = [](const std::string&) { return std::string(); };
  }
  ~DeviceAccess() override { core::planning::device_program_fault = sys::device_program_fault; }

  Launch launch(const std::string& settings, const std::string& before = "[devices]\n") const {
    return Launch().on(host_).pipeline("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n" + before +
                                       "[device-access]\n" + settings + "[drop-privs]\n[exec]\n");
  }
  // The rules, or why it is refused.
  std::string rules(const std::string& settings, const std::string& before = "[devices]\n") const {
    const std::string text = launch(settings, before).plan();
    const size_t at = text.find("device-rules ");
    if (at == std::string::npos) return text;
    const size_t begin = text.find("  ", at) + 2;
    return text.substr(begin, text.find('\n', at) - begin);
  }

  TempDirectory mounts_;
  CgroupHostDouble host_{{{"cgroup", {2, mounts_.path()}}}};
};

TEST_F(DeviceAccess, MakesAGroupForTheJailAndLimitsItLast) {
  const std::string group = mounts_ / "vmm/web-1";
  EXPECT_EQ(launch("").plan_of("device-access"),
            "prepare cgroup " + (mounts_ / "vmm") + "\nprepare cgroup " + group + "\nprepare open-cgroup " +
                group + "\nenter join-cgroup " + group + "\nenter device-rules " + group +
                "  c 10:200 rw, c 10:232 rw, no other device\n");
  const std::string all = launch("").plan();
  EXPECT_LT(all.find("new-root"), all.find("device-rules"));
  EXPECT_LT(all.find("device-rules"), all.find("credentials"));
}

TEST_F(DeviceAccess, AllowsTheNodesThatTheLaunchMakes) {
  EXPECT_EQ(rules(""), "c 10:200 rw, c 10:232 rw, no other device");
  EXPECT_EQ(rules("", "[dev]\ndev-nodes = null,tty\ndev-ptys = 0\n"), "c 1:3 rw, c 5:0 rw, no other device");
  EXPECT_EQ(rules("", "[dev]\ndev-nodes = none\n"), "c 5:2 rw, c 136:* rw, no other device");
  EXPECT_EQ(rules("", "[bind]\nbind = /dev/null:/dev/null\n"), "c 1:3 rw, no other device");
  EXPECT_EQ(rules("", ""), "no device");
}

TEST_F(DeviceAccess, AllowsRulesBesides) {
  EXPECT_EQ(rules("device-rule = c 10:232 m\ndevice-rule = b 7:* r\n"),
            "c 10:232 rwm, b 7:* r, c 10:200 rw, no other device");
  EXPECT_EQ(rules("device-rule = /dev/zero  r\ndevice-rule = a *:* m\ndevice-policy = strict\n"),
            "c 1:5 r, a *:* m, no other device");
}

TEST_F(DeviceAccess, RefusesWhatIsNoRule) {
  for (const char* rule : {"c 10:232", "x 1:3 r", "c 1:3 rr", "c 1:3 x", "c 1 r", "c 1: r", "1:3 r", "null r",
                           "c 1:3 r w", "c 4294967295:1 r"})
    EXPECT_NE(rules(std::string("device-rule = ") + rule + "\n").find("is neither TYPE MAJOR:MINOR ACCESS"),
              std::string::npos)
        << rule;
  EXPECT_NE(rules("device-rule = c 4096:0 r\n").find("4096:0 is not a device number: at most 4095:1048575"),
            std::string::npos);
  EXPECT_NE(rules("device-rule = /dev/nosuch r\n").find("/dev/nosuch: No such file or directory"),
            std::string::npos);
  EXPECT_NE(rules("device-rule = /usr r\n").find("/usr is not a device"), std::string::npos);
  EXPECT_NE(rules("device-policy = open\n").find("'open' is neither closed nor strict"), std::string::npos);
}

TEST_F(DeviceAccess, SharesTheGroupOfTheValues) {
  const CgroupHostDouble host({{"cgroup", {2, mounts_.path()}}, {"pids", {2, mounts_.path()}}});
  const std::string plan =
      Launch()
          .on(host)
          .pipeline(
              "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[cgroup-v2]\ncgroup-version = 2\n"
              "cgroup = pids.max=9\n[device-access]\n[drop-privs]\n[exec]\n")
          .plan();
  const std::string group = mounts_ / "vmm/web-1";
  EXPECT_NE(plan.find("cgroup-v2: cgroup-value " + group + "/pids.max = 9"), std::string::npos) << plan;
  EXPECT_NE(plan.find("device-access: device-rules " + group + "  no device"), std::string::npos) << plan;
  EXPECT_EQ(plan.find("open-cgroup"), plan.rfind("open-cgroup")) << plan;
}

// Without values the stage cgroup-v2 joins the group above, where it exists.
TEST_F(DeviceAccess, HasAGroupOfItsOwnWhereTheGroupAboveWouldBeJoined) {
  mounts_.directory("vmm");
  for (const char* order : {"[cgroup-v2]\ncgroup-version = 2\n[device-access]\n",
                            "[device-access]\n[cgroup-v2]\ncgroup-version = 2\n"}) {
    const std::string plan =
        Launch()
            .on(host_)
            .pipeline(std::string("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n") + order +
                      "[drop-privs]\n[exec]\n")
            .plan();
    EXPECT_NE(plan.find("join-cgroup " + (mounts_ / "vmm/web-1") + "\n"), std::string::npos) << plan;
  }
}

TEST_F(DeviceAccess, HeedsUnsupported) {
  core::planning::device_program_fault = [](const std::string&) { return std::string("no such programs"); };
  EXPECT_EQ(rules(""),
            "refused: stage device-access: no such programs, so which devices the program can use can't be "
            "limited; 'unsupported = warn' goes without it\n");
  EXPECT_EQ(launch("unsupported = warn\n").plan_of("device-access"), "");
  const CgroupHostDouble none;
  EXPECT_EQ(launch("").on(none).plan(),
            "refused: stage device-access: no cgroup version 2 hierarchy is mounted on this host, so which "
            "devices the program can use can't be limited; 'unsupported = warn' goes without it\n");
}

TEST_F(DeviceAccess, MustBePlannedBeforeTheCredentials) {
  Script late = script([](jailrun::Plan& plan) {
    plan.credentials({1, 1}, {});
    plan.device_rules("a/b", {});
  });
  late.descriptor = Descriptor("scripted", "1.0.0", "drops").traits(JR_TRAIT_DROPS_PRIVILEGE);
  EXPECT_EQ(late.planned(),
            refused("device rules are planned after the credentials: the stage must come before drop-privs"));
}

}  // namespace
}  // namespace jailrun::tests
