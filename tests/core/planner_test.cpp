// SPDX-License-Identifier: Apache-2.0
// What a stage may plan, and the errors for what it may not.
#include "tests/support/script.hpp"

#include <gtest/gtest.h>

#include <sched.h>

namespace jailrun::tests {
namespace {

TEST(Planner, ShowsEveryActionInItsPhase) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.close_inherited({5});
              plan.directory("/d", 0700, {1, 2});
              plan.directory(on_host("/h"), 0755, {0, 0});
              plan.write("/f", "text", 0444);
              plan.copy(on_host("/usr/bin/x"), "/x", {1, 2}, 0755);
              plan.node("/n", JR_NODE_BLOCK, 8, 1, 0600, {1, 2});
              plan.pid_file("/p", 0644, {0, 0});
              plan.new_root();
              plan.bind(on_host("/usr"), "/d", JR_MOUNT_READ_ONLY | JR_MOUNT_NOSUID);
              plan.mount("tmpfs", "/d", JR_MOUNT_NODEV, "size=1m");
              plan.join(on_host("/run/ns"), CLONE_NEWNET);
              plan.numa(1, "2-3");
              plan.credentials({1, 2}, {3, 4});
              plan.call(JR_PREPARE, "make", "a thing", "payload", 1);
              plan.call(JR_ENTER, "use", "the thing", "", 1);
            }),
            "prepare close-fds all but 0 1 2 5\n"
            "prepare directory /d  0700 1:2\n"
            "prepare directory host /h  0755 0:0\n"
            "prepare write /f  0444 0:0\n"
            "prepare copy /x  0755 1:2 from /usr/bin/x\n"
            "prepare node /n  block 8:1 0600 1:2\n"
            "prepare pid-file /p  0644 0:0\n"
            "prepare take-tree /usr  ro,nosuid\n"
            "prepare open-namespace /run/ns\n"
            "prepare call make  a thing\n"
            "enter new-root /base/name/id/root\n"
            "enter bind /d\n"
            "enter mount /d  tmpfs rw,nodev,size=1m\n"
            "enter join-namespace /run/ns\n"
            "enter numa node 1, CPUs 2-3\n"
            "enter credentials uid 1, gid 2, groups 3,4\n"
            "enter call use  the thing\n");
}

TEST(Planner, AllPrepareActionsComeBeforeAllEnterActionsEachInPipelineOrder) {
  EXPECT_EQ(script([](jailrun::Plan& plan) {
              plan.new_root();
              plan.write("/f", "", 0444);
            }).full_plan(),
            "prepare opening: claim /base/name/id\n"
            "prepare opening: root /base/name/id/root  0700 0:0\n"
            "prepare scripted: write /f  0444 0:0\n"
            "enter scripted: new-root /base/name/id/root\n"
            "enter closing: exec /program\n");
}

TEST(Planner, LimitsAreInForceImmediatelyBeforeTheExec) {
  EXPECT_EQ(script([](jailrun::Plan& plan) {
              plan.limit(7, 3, 4);
              plan.new_root();
            }).full_plan(),
            "prepare opening: claim /base/name/id\n"
            "prepare opening: root /base/name/id/root  0700 0:0\n"
            "enter scripted: new-root /base/name/id/root\n"
            "enter scripted: limit nofile  3:4\n"
            "enter closing: exec /program\n");
}

TEST(Planner, TheStagesMayPlanAgainAndPlanTheSame) {
  Script once = script([](jailrun::Plan& plan) { plan.write("/f", "", 0444); });
  const std::string plan = once.full_plan();
  once.times = 2;
  EXPECT_EQ(once.full_plan(), plan);
}

TEST(Planner, APathInTheJailIsAbsoluteAndClean) {
  for (const char* path : {"", "f", "/", "/../f", "/a/../f", "/a//f", "/a/", "/."})
    EXPECT_EQ(
        planned([&](jailrun::Plan& plan) { plan.write(path, "", 0444); }),
        refused("'" + std::string(path) + "' is not an absolute path without empty, '.' or '..' components"));
  const std::string_view with_nul("/a\0b", 4);
  EXPECT_EQ(planned([&](jailrun::Plan& plan) { plan.write(with_nul, "", 0444); }).find(refused("'/a")), 0U);
}

TEST(Planner, AHostsPathIsAbsolute) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.copy(on_host("x"), "/x", {0, 0});
            }),
            refused("'x' is not an absolute path"));
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.join(on_host(""), CLONE_NEWNET); }),
            refused("'' is not an absolute path"));
}

TEST(Planner, NothingIsMadeBeforeTheClaim) {
  Script script = tests::script([](jailrun::Plan& plan) { plan.directory(on_host("/h"), 0755, {0, 0}); });
  script.opens = false;
  EXPECT_EQ(script.planned(), refused("'/h' is planned before the jail's name is claimed"));
  script.plan = [](jailrun::Plan& plan) -> Result<void> {
    return plan.call(JR_PREPARE, "a", "", "", 0), Result<void>();
  };
  EXPECT_EQ(script.planned(), refused("a call is planned before the jail's name is claimed"));
  script.plan = [](jailrun::Plan& plan) -> Result<void> {
    return plan.cgroup(1, "g", "a.b", "1"), Result<void>();
  };
  EXPECT_EQ(script.planned(), refused("a cgroup is planned before the jail's name is claimed"));
}

TEST(Planner, NothingIsMadeInTheJailBeforeItsRootIs) {
  Script script = tests::script([](jailrun::Plan& plan) {
    plan.claim("/base", "name", "id");
    plan.write("/f", "", 0444);
  });
  script.opens = false;
  EXPECT_EQ(script.planned(), refused("'/f' is planned in the jail before the jail's root is planned"));
}

TEST(Planner, MountsAreMadeInTheJailsOwnNamespace) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.mount("proc", "/proc", 0); }),
            refused("mount is planned before new_root: its stage must come after chroot-builder"));
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.bind(on_host("/usr"), "/usr", 0); }),
            refused("bind is planned before new_root: its stage must come after chroot-builder"));
}

TEST(Planner, TheRootIsMadeOnceAndMountedBeforeAnythingIsInIt) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.root(on_host("/base/name/id/root"), 0700, {0, 0});
              plan.mount_root("tmpfs", JR_MOUNT_NOSUID, "size=1m,mode=0700");
              plan.write("/f", "", 0444);
            }),
            "prepare mount-root /base/name/id/root  tmpfs rw,nosuid,size=1m,mode=0700\n"
            "prepare write /f  0444 0:0\n");
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.overlay_root(on_host("/lower"), 0711, {1, 2}, JR_MOUNT_READ_ONLY | JR_MOUNT_NOEXEC);
            }),
            "prepare overlay-root /base/name/id/root  0711 1:2 over /lower, ro,noexec\n");
}

TEST(Planner, AJailHasOneRoot) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.root(on_host("/base/other"), 0700, {0, 0});
            }),
            refused("the jail's root is planned as /base/name/id/root and as /base/other"));
}

TEST(Planner, TheRootIsMountedOnWhilePreparingOnceAndFirst) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.mount_root("tmpfs", 0);
              plan.overlay_root(on_host("/lower"), 0700, {0, 0}, 0);
            }),
            refused("the jail's root is mounted twice"));
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.write("/f", "", 0444);
              plan.mount_root("tmpfs", 0);
            }),
            refused("the jail's root is mounted after something was put into it: the stage must come before "
                    "chroot-builder"));
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.overlay_root(on_host("lower"), 0700, {0, 0}, 0);
            }),
            refused("'lower' is not an absolute path"));
}

TEST(Planner, AJailIsClaimedOnce) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.claim("/base", "name", "other"); }),
            refused("the jail's name is claimed twice"));
}

TEST(Planner, AJailsNamesAreNamesOfDirectories) {
  for (const char* name : {"", ".", "..", ".hidden", "a/b"}) {
    Script script = tests::script([&](jailrun::Plan& plan) { plan.claim("/base", name, "id"); });
    script.opens = false;
    EXPECT_EQ(script.planned(),
              refused("'" + std::string(name) + "' can't be the name of a directory below /base"));
    script.plan = [&](jailrun::Plan& plan) -> Result<void> {
      return plan.claim("/base", "name", name), Result<void>();
    };
    EXPECT_EQ(script.planned(),
              refused("'" + std::string(name) + "' can't be the name of a directory below /base"));
  }
}

TEST(Planner, WithoutAClaimThereIsNoPlan) {
  Script script;
  script.opens = script.closes = false;
  EXPECT_EQ(script.planned(),
            "refused: no stage claims the jail's name, so nothing could be rolled back: validate-id does");
}

TEST(Planner, WithoutAnExecThereIsNoPlan) {
  Script script;
  script.closes = false;
  EXPECT_EQ(script.planned(), "refused: no stage plans to start a program");
}

TEST(Planner, AProgramIsStartedOnce) {
  Script script = tests::script([](jailrun::Plan& plan) { plan.exec("/x", {}, {}, 0); });
  script.descriptor = script.descriptor.traits(JR_TRAIT_TERMINAL);
  EXPECT_EQ(script.planned(), "refused: stage closing: the program is started twice");
}

TEST(Planner, OnlyAStageWithTheTraitStartsTheProgram) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.exec("/x", {}, {}, 0); }),
            refused("exec needs the trait JR_TRAIT_TERMINAL"));
}

TEST(Planner, OnlyAStageWithTheTraitForks) {
  const PlanFunction session = [](jailrun::Plan& plan) {
    plan.session({}, {JR_STREAM_KEEP}, {JR_STREAM_KEEP});
  };
  EXPECT_EQ(planned(session), refused("session needs the trait JR_TRAIT_FORKS"));
  Script script = tests::script(session);
  script.descriptor = script.descriptor.traits(JR_TRAIT_FORKS);
  EXPECT_EQ(script.planned(), "prepare open /dev/null\nenter session /dev/null kept kept\n");
}

TEST(Planner, ACallHasAPhaseAndASmallPayload) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.call(2, "a", "", "", 0); }),
            refused("a call's phase is neither prepare nor enter"));
  const std::string largest(64UL * 1024, 'x');
  EXPECT_EQ(planned([&](jailrun::Plan& plan) { plan.call(JR_PREPARE, "a", "b", largest, 0); }),
            "prepare call a  b\n");
  EXPECT_EQ(planned([&](jailrun::Plan& plan) { plan.call(JR_PREPARE, "a", "b", largest + "x", 0); }),
            refused("a call's payload is larger than 64 KiB"));
}

TEST(Planner, AGroupStaysInItsHierarchy) {
  for (const char* group : {"", "/g", "..", "a/../b", "a/"})
    EXPECT_EQ(planned([&](jailrun::Plan& plan) { plan.cgroup(1, group, "a.b", "1"); }),
              refused("'" + std::string(group) +
                      "' is not a relative path of a cgroup without empty, '.' or '..' components"));
}

// A stage that continues after a refusal has not planned what it wanted to.
TEST(Planner, ARefusalThatTheStageIgnoresCounts) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.write("relative", "", 0444);
              plan.write("/f", "", 0444);
            }),
            refused("'relative' is not an absolute path without empty, '.' or '..' components"));
}

TEST(Planner, TheFirstOfSeveralRefusalsIsTheOneThatIsShown) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.write("one", "", 0444);
              plan.write("two", "", 0444);
            }).find(refused("'one'")),
            0U);
}

TEST(Planner, ShowsEveryAlternative) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.new_root();
              plan.first_of(
                  "link", [&] { plan.link(on_host("/s"), "/f"); }, "bind",
                  [&] {
                    plan.write("/f", "", 0444);
                    plan.bind(on_host("/s"), "/f", 0);
                  },
                  "none", [] {});
              plan.directory("/d", 0755, {0, 0});
            }),
            "prepare link /f  to /s  (alternative 1 of 3: link)\n"
            "prepare write /f  0444 0:0  (alternative 2 of 3: bind)\n"
            "prepare take-tree /s  rw  (alternative 2 of 3: bind)\n"
            "prepare directory /d  0755 0:0\n"
            "enter new-root /base/name/id/root\n"
            "enter bind /f  (alternative 2 of 3: bind)\n");
}

TEST(Planner, AnAlternativeHasAUniqueName) {
  const auto two = [](const char* one, const char* other) {
    return planned([=](jailrun::Plan& plan) {
      plan.begin_first_of();
      plan.alternative(one);
      plan.write("/f", "", 0444);
      plan.alternative(other);
      plan.end_first_of();
    });
  };
  EXPECT_EQ(two("a", "b"), "prepare write /f  0444 0:0  (alternative 1 of 2: a)\n");
  EXPECT_EQ(two("a", "a"), refused("two alternatives are named 'a'"));
  EXPECT_EQ(two("a", ""), refused("an alternative has no name"));
}

TEST(Planner, OnlyTheLastAlternativeMayPrepareNothing) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.new_root();
              plan.first_of(
                  "mount", [&] { plan.mount("tmpfs", "/d", 0); }, "none", [] {});
            }),
            refused("the alternative 'mount' prepares nothing; only the last alternative may do so"));
}

TEST(Planner, AlternativesAreBetweenFirstOfAndItsEnd) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.alternative("a"); }),
            refused("the alternative 'a' is not inside a first_of"));
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.end_first_of(); }),
            refused("end_first_of has no alternatives before it"));
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.first_of(); }),
            refused("end_first_of has no alternatives before it"));
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.begin_first_of();
              plan.write("/f", "", 0444);
            }),
            refused("an action is planned between first_of and its first alternative"));
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.begin_first_of();
              plan.alternative("a");
            }),
            "refused: stage scripted: first_of has no end_first_of");
}

// What is done to the process, or once in a launch, can't be tried and rolled back.
TEST(Planner, AnAlternativeHoldsOnlyWhatCanBeTried) {
  const auto in_alternative = [](const std::function<void(jailrun::Plan&)>& part) {
    return planned([=](jailrun::Plan& plan) { plan.first_of("a", [&] { part(plan); }); });
  };
  EXPECT_EQ(in_alternative([](jailrun::Plan& plan) { plan.new_root(); }),
            refused("template can't be planned in an alternative"));
  EXPECT_EQ(in_alternative([](jailrun::Plan& plan) {
              plan.credentials({1, 2});
            }),
            refused("credentials can't be planned in an alternative"));
  EXPECT_EQ(in_alternative([](jailrun::Plan& plan) { plan.cgroup(1, "g", "a.b", "1"); }),
            refused("cgroup can't be planned in an alternative"));
  EXPECT_EQ(in_alternative([](jailrun::Plan& plan) { plan.limit(7, 3, 4); }),
            refused("limit can't be planned in an alternative"));
  EXPECT_EQ(in_alternative([](jailrun::Plan& plan) { plan.begin_first_of(); }),
            refused("first_of can't be planned in an alternative"));
}

}  // namespace
}  // namespace jailrun::tests
