// SPDX-License-Identifier: Apache-2.0
// A plan without root: what comes where, whom files belong to, what is refused, and where state is kept.
#include "core/host/state_directory.hpp"
#include "core/sys/user_namespace.hpp"
#include "tests/support/script.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::tests {
namespace {

constexpr Fact kProvides[] = {Fact::number("user-namespace.uid")};
const jr_owner kCaller = {1000, 100};

std::string planned_by_user(const PlanFunction& plan) {
  Script one = script([plan](jailrun::Plan& given) {
    given.new_root();
    plan(given);
    given.user_namespace({{kCaller.uid, kCaller.uid, 1}}, {{kCaller.gid, kCaller.gid, 1}}, 0);
    given.credentials(kCaller);
  });
  one.descriptor = one.descriptor.provides(kProvides).traits(JR_TRAIT_FORKS);
  one.caller = kCaller;
  return one.planned();
}

constexpr const char* kFirst =
    "enter user-namespace uids 1000:1000:1  gids 100:100:1  entered first, with a mount namespace\n";
constexpr const char* kNewRoot = "enter new-root /base/name/id/root\n";
constexpr const char* kLast = "enter credentials uid 1000, gid 100, the caller's groups\n";

TEST(Rootless, TheUserNamespaceIsEnteredBeforeAllElse) {
  EXPECT_EQ(planned_by_user([](jailrun::Plan&) {}), std::string(kFirst) + kNewRoot + kLast);
}

TEST(Rootless, WhatIsRootsIsTheCallers) {
  EXPECT_EQ(planned_by_user([](jailrun::Plan& plan) {
              plan.directory("/d", 0755, {0, 0});
              plan.write("/f", "", 0444, {1000, 0});
            }),
            std::string("prepare directory /d  0755 1000:100\nprepare write /f  0444 1000:100\n") + kFirst +
                kNewRoot + kLast);
}

TEST(Rootless, WhatIsAnothersIsRefused) {
  EXPECT_NE(planned_by_user([](jailrun::Plan& plan) {
              plan.directory("/d", 0755, {7, 0});
            }).find("nothing can be owned by 7:0"),
            std::string::npos);
}

TEST(Rootless, TreesAreTakenAndFilesystemsFilledWhileTheHostsMountsAreThere) {
  EXPECT_EQ(planned_by_user([](jailrun::Plan& plan) {
              plan.directory("/d", 0755, {0, 0});
              plan.bind(on_host("/usr"), "/d", JR_MOUNT_READ_ONLY);
              plan.directory("/t", 0755, {0, 0});
              plan.filesystem("tmpfs", "/t", JR_MOUNT_NODEV, "size=1m");
              plan.write("/t/f", "", 0444);
            }),
            std::string("prepare directory /d  0755 1000:100\nprepare directory /t  0755 1000:100\n") +
                kFirst +
                "enter take-tree /usr  ro\nenter filesystem /t  tmpfs rw,nodev,size=1m\nenter write /t/f  "
                "0444 1000:100\n" +
                kNewRoot + "enter bind /d\nenter mount /t\n" + kLast);
}

TEST(Rootless, ProcIsMadeBeforeTheRootAndMountedInIt) {
  EXPECT_EQ(planned_by_user([](jailrun::Plan& plan) {
              plan.pid_namespace();
              plan.directory("/proc", 0755, {0, 0});
              plan.mount("proc", "/proc", JR_MOUNT_NODEV);
            }),
            std::string("prepare directory /proc  0755 1000:100\n") + kFirst +
                "enter filesystem /proc  proc rw,nodev\n" + kNewRoot +
                "enter pid-namespace new\nenter mount /proc\n" + kLast);
}

TEST(Rootless, AProcOfTheHostsProcessesIsRefused) {
  EXPECT_NE(planned_by_user([](jailrun::Plan& plan) {
              plan.directory("/proc", 0755, {0, 0});
              plan.mount("proc", "/proc", JR_MOUNT_NODEV);
            }).find("new-pid-ns = yes"),
            std::string::npos);
}

TEST(Rootless, ANodeIsTheHostsOwn) {
  EXPECT_EQ(planned_by_user([](jailrun::Plan& plan) {
              plan.directory("/dev", 0755, {0, 0});
              plan.node("/dev/null", JR_NODE_CHAR, 1, 3, 0666, {0, 0});
            }),
            std::string("prepare directory /dev  0755 1000:100\nprepare write /dev/null  0444 1000:100\n") +
                kFirst + "enter take-tree /dev/null  ro,nosuid,noexec\n" + kNewRoot +
                "enter bind /dev/null\n" + kLast);
}

TEST(Rootless, ANodeThatTheHostHasNotIsRefusedOrLeftOut) {
  const auto with = [](uint32_t flags) {
    return planned_by_user([flags](jailrun::Plan& plan) {
      plan.node("/null", JR_NODE_CHAR, 1, 3, 0666, {0, 0}, flags);
    });
  };
  EXPECT_NE(with(0).find("no node can be made"), std::string::npos) << with(0);
  EXPECT_EQ(with(JR_NODE_MAY_FAIL), std::string(kFirst) + kNewRoot + kLast);
}

TEST(Rootless, AllThatCannotWorkIsSaidAtOnce) {
  const std::string text = planned_by_user([](jailrun::Plan& plan) {
    plan.join(on_host("/run/ns"), CLONE_NEWNET);
    plan.node("/null", JR_NODE_CHAR, 1, 3, 0666, {0, 0});
  });
  EXPECT_NE(text.find("without root this can't be done"), std::string::npos) << text;
  EXPECT_NE(text.find("can't be joined"), std::string::npos) << text;
  EXPECT_NE(text.find("no node can be made"), std::string::npos) << text;
}

TEST(Rootless, OtherIdsAreRefused) {
  for (const auto& [inside, outside] : {std::pair<uint32_t, uint32_t>{0, 1000}, {1000, 0}, {5, 5}}) {
    Script one = script([inside = inside, outside = outside](jailrun::Plan& plan) {
      plan.user_namespace({{inside, outside, 1}}, {{100, 100, 1}}, 0);
    });
    one.descriptor = one.descriptor.provides(kProvides);
    one.caller = kCaller;
    EXPECT_NE(one.planned().find("give --uid 1000 and --gid 100"), std::string::npos) << one.planned();
  }
}

TEST(Rootless, APipelineWithoutAUserNamespaceIsRoots) {
  Script one = script([](jailrun::Plan& plan) { plan.directory("/d", 0755, {0, 0}); });
  one.caller = kCaller;
  EXPECT_EQ(one.planned(), "prepare directory /d  0755 0:0\n");
}

TEST(StateDirectory, MustBeTheCallersAlone) {
  const TempDirectory directory;
  const std::string own = directory.path() + "/own";
  std::filesystem::create_directory(own);
  ASSERT_EQ(chmod(own.c_str(), 0700), 0);
  const auto of = [](const std::string& path, uint32_t uid = geteuid()) {
    const Result<std::string> found = core::state_directory_of(path, uid);
    return found ? found.value() : found.error().sentence;
  };
  EXPECT_EQ(of(own), own + "/jailrun");
  EXPECT_NE(of(own, geteuid() + 1).find("is owned by uid"), std::string::npos);
  EXPECT_NE(of(directory.path() + "/none").find("does not exist"), std::string::npos);
  EXPECT_NE(of("run").find("is not an absolute path"), std::string::npos);
  ASSERT_EQ(chmod(own.c_str(), 0710), 0);
  EXPECT_NE(of(own).find("is open to others"), std::string::npos);
  ASSERT_EQ(chmod(own.c_str(), 0700), 0);
  std::filesystem::create_directory_symlink(own, directory.path() + "/link");
  EXPECT_NE(of(directory.path() + "/link").find("is not a directory"), std::string::npos);
  EXPECT_NE(of("", 4000000000).find("/run/user/4000000000, where jailrun keeps its index, does not exist"),
            std::string::npos);
}

TEST(RefusedUserNamespace, SaysWhatTheAdministratorCanDo) {
  const TempDirectory proc;
  const auto put = [&](const std::string& name, const std::string& text) {
    const std::filesystem::path path = proc.path() + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  };
  EXPECT_EQ(sys::refused_user_namespace(proc.path()), "");
  put("sys/kernel/unprivileged_userns_clone", "1\n");
  put("sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
  EXPECT_EQ(sys::refused_user_namespace(proc.path()), "");
  put("self/attr/current", "jailrun (unconfined)\n");
  EXPECT_EQ(sys::refused_user_namespace(proc.path()), "");
  put("self/attr/current", "unconfined\n");
  EXPECT_NE(sys::refused_user_namespace(proc.path()).find("'userns,'"), std::string::npos);
  put("sys/kernel/unprivileged_userns_clone", "0\n");
  EXPECT_NE(sys::refused_user_namespace(proc.path()).find("kernel.unprivileged_userns_clone to 1"),
            std::string::npos);
}

}  // namespace
}  // namespace jailrun::tests
