// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

// Line 5 is the first of the settings.
Launch launch(const std::string& settings, const std::string& after = "") {
  return Launch().pipeline(
      "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[drop-privs]\n[capabilities]\n" + settings +
      after + "[exec]\n");
}
std::string plan(const std::string& settings) { return launch(settings).plan_of("capabilities"); }
std::string roots_plan(const std::string& settings) {
  return launch(settings).set("uid", "0").set("gid", "0").plan_of("capabilities");
}
std::string refused(const std::string& sentence) { return "refused: stage capabilities: " + sentence + "\n"; }

TEST(CapabilitiesStage, KeepsNoneIfNothingIsSaid) {
  EXPECT_EQ(plan(""), "enter capabilities none  bounding none\n");
  EXPECT_EQ(plan("keep-capabilities = none\nbounding = none\n"), "enter capabilities none  bounding none\n");
  EXPECT_EQ(roots_plan(""), "enter capabilities none  bounding none\n");
}

TEST(CapabilitiesStage, KeepsCapabilitiesOfATenantByTheAmbientSet) {
  EXPECT_EQ(plan("keep-capabilities = NET_BIND_SERVICE\n"),
            "enter capabilities CAP_NET_BIND_SERVICE (ambient)  bounding CAP_NET_BIND_SERVICE\n");
}

TEST(CapabilitiesStage, KeepsThoseOfRootByTheBoundingSet) {
  EXPECT_EQ(roots_plan("keep-capabilities = NET_BIND_SERVICE\n"),
            "enter capabilities CAP_NET_BIND_SERVICE  bounding CAP_NET_BIND_SERVICE\n");
  EXPECT_EQ(roots_plan("keep-capabilities = kill\nsecurebits = noroot\n"),
            "enter capabilities CAP_KILL (ambient)  bounding CAP_KILL  securebits noroot\n");
}

TEST(CapabilitiesStage, NamesAreWrittenAsPeopleWriteThem) {
  EXPECT_EQ(
      plan("keep-capabilities = cap_chown, Kill  net-raw\nkeep-capabilities = CAP_MKNOD\n"),
      "enter capabilities CAP_CHOWN CAP_KILL CAP_NET_RAW CAP_MKNOD (ambient)  bounding CAP_CHOWN CAP_KILL "
      "CAP_NET_RAW CAP_MKNOD\n");
}

TEST(CapabilitiesStage, WhatIsInAllSetsButAFewIsShownByThose) {
  EXPECT_EQ(plan("bounding = all\n"), "enter capabilities none  bounding all\n");
  const std::string names =
      "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable "
      "net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot "
      "sys_ptrace sys_pacct sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write "
      "audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf "
      "checkpoint_restore";
  EXPECT_EQ(plan("bounding = " + names + "\n"), "enter capabilities none  bounding all but CAP_SYS_ADMIN\n");
}

TEST(CapabilitiesStage, TheBoundingSetCanBeLargerThanWhatATenantKeeps) {
  EXPECT_EQ(plan("bounding = setuid setgid\ninheritable = setuid\n"),
            "enter capabilities none  inheritable CAP_SETUID  bounding CAP_SETGID CAP_SETUID\n");
  EXPECT_EQ(plan("keep-capabilities = kill\ninheritable = kill setuid\n"),
            "enter capabilities CAP_KILL (ambient)  inheritable CAP_KILL CAP_SETUID  bounding CAP_KILL "
            "CAP_SETUID\n");
}

TEST(CapabilitiesStage, SecurebitsAreSetAndLocked) {
  EXPECT_EQ(plan("securebits = noroot no_setuid_fixup locked\n"),
            "enter capabilities none  bounding none  securebits noroot noroot-locked no-setuid-fixup "
            "no-setuid-fixup-locked\n");
  EXPECT_EQ(plan("securebits = NoRoot keep-caps-locked\nsecurebits = no-cap-ambient-raise\n"),
            "enter capabilities none  bounding none  securebits noroot keep-caps-locked "
            "no-cap-ambient-raise\n");
  EXPECT_EQ(plan("securebits = locked\n"),
            refused("test.conf:6: securebits: locked locks the securebits that are named, and none is"));
  EXPECT_EQ(
      plan("securebits = keep-caps\n"),
      refused("test.conf:6: securebits: the exec clears keep-caps: keep-caps-locked forbids the program "
              "to set it"));
}

TEST(CapabilitiesStage, AllFaultsOfItsOptionsAreToldAtOnce) {
  EXPECT_EQ(plan("keep-capabilities = chown frob\nbounding = all kill\ninheritable = all\n"),
            refused("test.conf:6: keep-capabilities: 'frob' is not a capability that jailrun knows: see "
                    "capabilities(7); test.conf:7: bounding: 'all' stands alone, without other capabilities; "
                    "test.conf:8: inheritable: name those that are meant"));
  EXPECT_EQ(plan("bounding = ,\n"),
            refused("test.conf:6: bounding: names no capability: write none for none"));
  EXPECT_EQ(plan("bounding = kill\nbounding = none\n"),
            refused("test.conf:7: bounding: 'none' stands alone, without other capabilities"));
  EXPECT_EQ(plan("securebits = norot\n"),
            refused("test.conf:6: securebits: 'norot' is not a securebit: there are noroot, no-setuid-fixup, "
                    "no-cap-ambient-raise and keep-caps, each also with -locked, and locked for all that are "
                    "named"));
}

TEST(CapabilitiesStage, WhatIsKeptMustBeInTheOtherSets) {
  EXPECT_EQ(plan("keep-capabilities = chown kill\nbounding = chown\n"),
            refused("test.conf:7: bounding: CAP_KILL is to be kept, and so must be in it"));
  EXPECT_EQ(plan("bounding = chown\ninheritable = chown kill\n"),
            refused("test.conf:6: bounding: CAP_KILL is to be inheritable, and so must be in it"));
  EXPECT_EQ(
      plan("keep-capabilities = chown kill\ninheritable = none\n"),
      refused("test.conf:7: inheritable: CAP_CHOWN CAP_KILL is to be kept, and a program whose uid gives "
              "it nothing keeps only what is inheritable, too"));
}

// The kernel gives it all of both sets.
TEST(CapabilitiesStage, ForRootTheOtherSetsHaveNoMoreThanIsKept) {
  const std::string why =
      ", and the program stays root, which gets all that is in it: keep it too, leave it out here, or set "
      "the "
      "securebit noroot";
  EXPECT_EQ(roots_plan("keep-capabilities = chown\nbounding = chown kill\n"),
            refused("test.conf:7: bounding: CAP_KILL is not kept" + why));
  EXPECT_EQ(roots_plan("bounding = all\n"),
            refused("test.conf:6: bounding: not all capabilities are kept" + why));
  EXPECT_EQ(roots_plan("inheritable = chown\n"),
            refused("test.conf:6: inheritable: CAP_CHOWN is not kept" + why));
  EXPECT_EQ(roots_plan("bounding = all\nsecurebits = noroot\n"),
            "enter capabilities none  bounding all  securebits noroot\n");
}

TEST(CapabilitiesStage, ComesAfterTheStageThatChangesTheUid) {
  EXPECT_EQ(
      Launch()
          .pipeline("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[capabilities]\n"
                    "[drop-privs]\n[exec]\n")
          .plan(),
      "refused: test.conf:5: stage drop-privs must come before capabilities, which restricts the process\n");
}

TEST(CapabilitiesStage, ComesBeforeFiltersWhereverTheStageIs) {
  const std::string filter = "[seccomp]\ndeny = bpf\n";
  const std::string settings = "keep-capabilities = kill\n";
  const auto position = [](const std::string& plan, const char* word) { return plan.find(word); };
  for (const Launch& one :
       {launch(settings, filter),
        Launch().pipeline("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[drop-privs]\n" + filter +
                          "[capabilities]\n" + settings + "[exec]\n")}) {
    const std::string shown = one.plan();
    EXPECT_LT(position(shown, "credentials uid"), position(shown, "capabilities CAP_KILL")) << shown;
    EXPECT_LT(position(shown, "capabilities CAP_KILL"), position(shown, "filter calls")) << shown;
  }
}

// Docker's profile allows more to who has a capability.
TEST(CapabilitiesStage, TheStageSeccompReadsWhatIsKept) {
  const auto filter = [](const std::string& keep) {
    return launch("keep-capabilities = " + keep + "\n", "[seccomp]\nprofile = docker\n").plan_of("seccomp");
  };
  EXPECT_EQ(filter("none"), Launch()
                                .pipeline("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n"
                                          "[drop-privs]\n[seccomp]\nprofile = docker\n[exec]\n")
                                .plan_of("seccomp"));
  EXPECT_NE(filter("sys_admin"), filter("none"));
}

TEST(CapabilitiesStage, AFilterForAProgramThatMayGainPrivilegesNeedsOne) {
  const auto with_filter = [](const std::string& keep) {
    return Launch()
        .pipeline(
            "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[drop-privs]\n[capabilities]\n"
            "keep-capabilities = " +
            keep + "\n[seccomp]\nprofile = docker\n[exec]\nnew-privileges = yes\n")
        .set("uid", "0")
        .set("gid", "0")
        .plan_of("seccomp");
  };
  EXPECT_EQ(with_filter("kill"),
            "refused: stage seccomp: a filter can't be loaded where the program may gain privileges "
            "(new-privileges)\n");
  EXPECT_EQ(with_filter("sys_admin").find("refused"), std::string::npos);
}

}  // namespace
}  // namespace jailrun::tests
