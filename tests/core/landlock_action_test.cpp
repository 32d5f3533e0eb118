// SPDX-License-Identifier: Apache-2.0
// Landlock in a plan: where it stands, what older kernels lose, and which rules are refused.
#include "core/actions/process/exec.hpp"
#include "core/actions/process/landlock.hpp"
#include "core/plan/state.hpp"
#include "core/stages/planning.hpp"
#include "core/sys/landlock.hpp"
#include "tests/support/child.hpp"
#include "tests/support/script.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace jailrun::tests {
namespace {

constexpr uint64_t kRun = JR_LANDLOCK_EXECUTE | JR_LANDLOCK_READ_FILE;

LandlockRules files(std::vector<std::pair<std::string, uint64_t>> paths, uint64_t restricted = 0xffff) {
  LandlockRules rules;
  rules.files = restricted;
  rules.paths = std::move(paths);
  return rules;
}

// Plans on a kernel with this ABI.
class LandlockAction : public testing::Test {
 protected:
  LandlockAction() { on(6); }
  ~LandlockAction() override { core::planning::landlock_abi = sys::landlock_abi; }
  static void on(int abi) {
    current_ = abi;
    core::planning::landlock_abi = [] { return current_; };
  }
  static Script restricting(const PlanFunction& plan, uint32_t more = 0) {
    Script one = script([plan](jailrun::Plan& given) {
      given.new_root();
      plan(given);
    });
    one.descriptor = Descriptor("scripted", "1.0.0", "restricts")
                         .traits(JR_TRAIT_RESTRICTS | JR_TRAIT_CHANGES_ROOT | more);
    return one;
  }
  // Its line, or why it was refused.
  static std::string with(
      const LandlockRules& rules, uint32_t flags = 0, const PlanFunction& before = [](jailrun::Plan&) {}) {
    const std::string text = restricting([&](jailrun::Plan& plan) {
                               before(plan);
                               plan.landlock(rules, flags);
                             }).planned();
    const size_t at = text.find("enter landlock ");
    return at == std::string::npos ? text : text.substr(at + 15);
  }

 private:
  static int current_;
};
int LandlockAction::current_ = 0;

TEST_F(LandlockAction, ComesIntoForceWithTheExecAndBeforeFilters) {
  LandlockRules rules = files({{"/program", kRun}});
  EXPECT_EQ(restricting([&](jailrun::Plan& plan) {
              plan.filter("some", "", std::string("\x06\0\0\0\0\0\xff\x7f", 8));
              plan.landlock(rules);
              plan.limit(7, 3, 4);
            }).full_plan(),
            "prepare opening: claim /base/name/id\n"
            "prepare opening: root /base/name/id/root  0700 0:0\n"
            "enter scripted: new-root /base/name/id/root\n"
            "enter scripted: landlock rules  execute+read-file /program, no other files  (ABI 6)\n"
            "enter scripted: limit nofile  3:4\n"
            "enter scripted: filter some  1 instructions\n"
            "enter closing: exec /program\n");
}

TEST_F(LandlockAction, ShowsWhatIsAllowedAndWhatIsNot) {
  LandlockRules rules = files({{"/", kRun | JR_LANDLOCK_READ_DIR}});
  rules.ports = JR_LANDLOCK_BIND_TCP | JR_LANDLOCK_CONNECT_TCP;
  rules.port_rules = {{443, JR_LANDLOCK_CONNECT_TCP}, {80, rules.ports}};
  rules.scopes = JR_LANDLOCK_SCOPE_SIGNAL;
  EXPECT_EQ(with(rules),
            "rules  read+execute /, no other files, connect port 443, bind+connect port 80, no other TCP "
            "bind+connect, inside the jail alone: signals  (ABI 6)\n");
}

TEST_F(LandlockAction, NeedsTheTraitAndTheNewRoot) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.landlock(files({{"/program", kRun}}));
            }),
            refused("landlock needs the trait JR_TRAIT_RESTRICTS"));
  Script early = script([](jailrun::Plan& plan) { plan.landlock(files({{"/program", kRun}})); });
  early.descriptor = Descriptor("scripted", "1.0.0", "restricts").traits(JR_TRAIT_RESTRICTS);
  EXPECT_EQ(early.planned(),
            refused("landlock is planned before new_root: its stage must come after chroot-builder"));
}

TEST_F(LandlockAction, IsPartOfNoAlternative) {
  EXPECT_EQ(restricting([](jailrun::Plan& plan) {
              plan.first_of(
                  "one",
                  [&] {
                    plan.landlock(files({{"/program", kRun}}));
                  },
                  "two", [] {});
            }).planned(),
            refused("landlock can't be planned in an alternative"));
}

TEST_F(LandlockAction, ThatMakesNoSenseIsRefused) {
  EXPECT_EQ(with({}), refused("landlock restricts nothing"));
  EXPECT_EQ(with(files({{"/program", 0}})), refused("a landlock rule allows nothing with /program"));
  EXPECT_EQ(with(files({{"/x", JR_LANDLOCK_WRITE_FILE}}, kRun)),
            refused("a landlock rule allows something with /x that is not restricted"));
  EXPECT_EQ(with(files({{"/x/../y", kRun}})),
            refused("'/x/../y' is not an absolute path without empty, '.' or '..' components"));
  EXPECT_EQ(
      with(files({}, 1U << 16)),
      refused("landlock: this version of jailrun does not know something that its member 'files' names; "
              "a newer one is needed"));
  LandlockRules rules;
  rules.ports = JR_LANDLOCK_BIND_TCP;
  rules.port_rules = {{65536, JR_LANDLOCK_BIND_TCP}};
  EXPECT_EQ(with(rules), refused("65536 is not a TCP port: 0 to 65535"));
}

TEST_F(LandlockAction, ThatWouldStopTheProgramIsRefused) {
  const std::string stopped =
      refused("the landlock rules do not let the program itself, /program, be read and executed");
  const std::string stopped_in_plan =
      "refused: stage scripted: the landlock rules do not let the program itself, "
      "/program, be read and executed";
  EXPECT_EQ(stopped, stopped_in_plan);
  EXPECT_EQ(with(files({})), stopped);
  EXPECT_EQ(with(files({{"/program", JR_LANDLOCK_READ_FILE}})), stopped);
  EXPECT_EQ(with(files({{"/program", JR_LANDLOCK_EXECUTE}})), stopped);
  EXPECT_EQ(with(files({{"/pro", kRun}}), 0,
                 [](jailrun::Plan& plan) {
                   plan.directory("/pro", 0755, {0, 0});
                 }),
            stopped);
  // Where reading is free, or all rules on the way together allow it.
  EXPECT_EQ(with(files({{"/program", JR_LANDLOCK_EXECUTE}}, JR_LANDLOCK_EXECUTE)).find("refused"),
            std::string::npos);
  EXPECT_EQ(with(files({{"/", JR_LANDLOCK_READ_FILE}, {"/program", JR_LANDLOCK_EXECUTE}})).find("refused"),
            std::string::npos);
}

TEST_F(LandlockAction, OfAPathThatNothingMakesIsRefusedInANewJail) {
  const LandlockRules rules = files({{"/program", kRun}, {"/data/in", kRun}});
  EXPECT_EQ(with(rules),
            refused("a landlock rule names /data/in, which is not in the jail: No such file or directory"));
  EXPECT_EQ(with(rules, 0,
                 [](jailrun::Plan& plan) {
                   plan.directory("/data", 0755, {0, 0});
                 })
                .find("refused"),
            std::string::npos);
}

TEST_F(LandlockAction, IsRefusedWhereTheProgramMayGainPrivileges) {
  const auto with_privileges = [](jr_owner owner) {
    Script one = restricting(
        [owner](jailrun::Plan& plan) {
          plan.credentials(owner);
          plan.landlock(files({{"/program", kRun}}));
          plan.exec("/program", {}, {}, JR_EXEC_NEW_PRIVILEGES);
        },
        JR_TRAIT_TERMINAL);
    one.closes = false;
    return one.planned();
  };
  EXPECT_EQ(with_privileges({1, 1}),
            refused("landlock can't restrict a program that may gain privileges (new-privileges)"));
  EXPECT_EQ(with_privileges({0, 0}).find("refused"), std::string::npos);
}

TEST_F(LandlockAction, OnAnOlderKernelIsRefusedWithWhatWouldBeLost) {
  LandlockRules rules = files({{"/program", kRun}});
  rules.ports = JR_LANDLOCK_CONNECT_TCP;
  rules.scopes = JR_LANDLOCK_SCOPE_SIGNAL | JR_LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET;
  const auto refusal = [&](int abi) {
    on(abi);
    return with(rules);
  };
  const std::string end = "; 'unsupported = warn' goes without it";
  const auto older = [&](int abi, const std::string& what) {
    return refused("this kernel's Landlock has ABI " + std::to_string(abi) +
                   ", so this can't be restricted: " + what + end);
  };
  EXPECT_EQ(refusal(5), older(5, "abstract sockets, signals"));
  EXPECT_EQ(refusal(4), older(4, "ioctl on devices, abstract sockets, signals"));
  EXPECT_EQ(refusal(3), older(3, "ioctl on devices, connecting to TCP ports, abstract sockets, signals"));
  EXPECT_EQ(refusal(2),
            older(2,
                  "truncating files, ioctl on devices, connecting to TCP ports, abstract sockets, "
                  "signals"));
  EXPECT_NE(refusal(1).find("moving files to another directory (which is forbidden), truncating files"),
            std::string::npos);
  EXPECT_NE(refusal(0).find("this kernel has no Landlock, or it was not enabled at boot"), std::string::npos);
  EXPECT_EQ(refusal(7).find("refused"), std::string::npos);
}

TEST_F(LandlockAction, ThatAsksForNothingNewRunsOnAnOldKernel) {
  on(1);
  EXPECT_EQ(with(files({{"/program", kRun}}, kRun)),
            "rules  read+execute /program, no other files  (ABI 1)\n");
}

TEST_F(LandlockAction, MayGoWithoutWhatAnOlderKernelLacks) {
  on(2);
  LandlockRules rules = files({{"/program", kRun}, {"/", JR_LANDLOCK_IOCTL_DEV}});
  rules.scopes = JR_LANDLOCK_SCOPE_SIGNAL;
  EXPECT_EQ(
      with(rules, JR_LANDLOCK_IF_SUPPORTED),
      "rules  execute+read-file /program, no other files  (ABI 2; not restricted: truncating files, ioctl on "
      "devices, signals)\n");
  on(0);
  EXPECT_EQ(with(rules, JR_LANDLOCK_IF_SUPPORTED),
            "rules  (this kernel has no Landlock; not restricted: files, signals)\n");
}

TEST(LandlockRecord, SaysInTheLedgerWhatWasAllowed) {
  core::LandlockRules rules;
  rules.files = kRun;
  rules.ports = JR_LANDLOCK_CONNECT_TCP;
  rules.paths = {{"/a b", kRun}};
  rules.port_rules = {{443, JR_LANDLOCK_CONNECT_TCP}};
  const core::LandlockAction action(rules, 6);
  EXPECT_EQ(core::encode(action.record()),
            "abi=6 files=5 ports=2 scopes=0 below=/a%20b access=5 port=443 access=2");
}

TEST(LandlockRuleset, OfNothingIsNotMade) {
  core::LandlockRules rules;
  rules.files = kRun;
  core::LandlockAction action(rules, 0);
  core::Launch launch;
  ASSERT_TRUE(action.perform(launch));
  EXPECT_TRUE(launch.processes.rulesets.empty());
}

// The kernel's own answers, below a directory in place of a root.
class LandlockKernel : public testing::Test {
 protected:
  void SetUp() override {
    if (sys::landlock_abi() == 0) GTEST_SKIP() << "this kernel has no Landlock";
    root_.file("data", "x");
    ASSERT_EQ(mkdir((root_.path() + "/directory").c_str(), 0777), 0);
    root_.file("directory/inside", "x", 0666);
    ASSERT_EQ(symlink("/", (root_.path() + "/link").c_str()), 0);
  }
  // What opening `path` gives once the rules are in force, or why they are not.
  std::string opened(const std::vector<core::LandlockRules::Path>& paths, const std::string& path,
                     int flags) {
    return in_child([&]() -> std::string {
      core::LandlockRules rules;
      rules.files = 0x1fff;
      rules.paths = paths;
      core::LandlockAction action(rules, sys::landlock_abi());
      core::Launch launch;
      launch.root_inside = UniqueFd(open(root_.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (const Result<void> done = action.perform(launch); !done)
        return done.error().sentence + ": " + strerrorname_np(done.error().error_number);
      if (launch.processes.rulesets.size() != 1) return "no ruleset";
      if ((fcntl(launch.processes.rulesets[0], F_GETFD) & FD_CLOEXEC) == 0) return "inherited";
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      if (!sys::restrict_thread(launch.processes.rulesets[0])) return "not restricted";
      const UniqueFd fd(open((root_.path() + path).c_str(), flags | O_CLOEXEC));
      return fd ? "yes" : strerrorname_np(errno);
    });
  }

  TempDirectory root_;
};

TEST_F(LandlockKernel, AllowsWhatTheRulesNameAlone) {
  EXPECT_EQ(opened({{"/data", JR_LANDLOCK_READ_FILE}}, "/data", O_RDONLY), "yes");
  EXPECT_EQ(opened({{"/data", JR_LANDLOCK_READ_FILE}}, "/data", O_WRONLY), "EACCES");
  EXPECT_EQ(opened({{"/data", JR_LANDLOCK_READ_FILE}}, "/directory/inside", O_RDONLY), "EACCES");
  EXPECT_EQ(opened({{"/directory", JR_LANDLOCK_READ_FILE}}, "/directory/inside", O_RDONLY), "yes");
  EXPECT_EQ(opened({{"/", JR_LANDLOCK_READ_FILE}}, "/directory/inside", O_RDONLY), "yes");
}

// The kernel would refuse such a rule, and what is at the path is not known while planning.
TEST_F(LandlockKernel, LeavesOutForAFileWhatOnlyDirectoriesHave) {
  EXPECT_EQ(opened({{"/data", JR_LANDLOCK_READ_FILE | JR_LANDLOCK_READ_DIR | JR_LANDLOCK_MAKE_REG}}, "/data",
                   O_RDONLY),
            "yes");
  EXPECT_EQ(opened({{"/data", JR_LANDLOCK_READ_DIR}}, "/data", O_RDONLY), "EACCES");
}

TEST_F(LandlockKernel, GivesNoRuleToWhatALinkLeadsTo) {
  EXPECT_EQ(opened({{"/link", JR_LANDLOCK_READ_FILE}}, "/data", O_RDONLY),
            "/link leads through a symbolic link, and must be named without it: ELOOP");
  EXPECT_EQ(opened({{"/link/etc", JR_LANDLOCK_READ_FILE}}, "/data", O_RDONLY),
            "/link/etc leads through a symbolic link, and must be named without it: ELOOP");
}

TEST_F(LandlockKernel, RefusesAPathThatIsMissing) {
  EXPECT_EQ(opened({{"/none", JR_LANDLOCK_READ_FILE}}, "/data", O_RDONLY),
            "open /none in the jail's root: ENOENT");
}

TEST(ExecFailure, SaysWhatLandlockHasToDoWithIt) {
  EXPECT_EQ(core::exec_error({EACCES, -1, -1, true}).sentence,
            "its landlock rules may not let it, its loader or its interpreter be read and executed");
  EXPECT_EQ(core::exec_error({EPERM, -1, 0, false}).sentence, "enforce its landlock rules");
  EXPECT_EQ(core::exec_error({EACCES}).sentence, "");
}

}  // namespace
}  // namespace jailrun::tests
