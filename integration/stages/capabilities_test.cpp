// SPDX-License-Identifier: Apache-2.0
// The program's capabilities: all five sets, in every mode, and what it and its children can gain.
#include "integration/support/capabilities.hpp"

#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <filesystem>
#include <map>

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace jailrun::integration {
namespace {

const std::string kNone = "0000000000000000";
const std::string kKill = "0000000000000020";

class CapabilitiesTest : public JailTest {
 protected:
  // The default pipeline with the stage before its exec.
  Strings limited(const std::string& settings, const Strings& more = {}) const {
    std::string text = read_file(pipeline("default.conf"));
    text = with_section_before(text, "drop-privs", "[bind]\n[pid-namespace]\n");
    write_file(scratch("limited.conf"), with_section_before(text, "exec", "[capabilities]\n" + settings));
    Strings options = {"--pipeline", scratch("limited.conf")};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  static const Strings& as_root() {
    static const Strings kRoot = {"--uid", "0", "--gid", "0"};
    return kRoot;
  }
  // "inheritable permitted effective bounding ambient", as another process sees them.
  static std::string sets(pid_t pid) {
    std::map<std::string, std::string> fields = status_fields(pid);
    return fields["CapInh"] + " " + fields["CapPrm"] + " " + fields["CapEff"] + " " + fields["CapBnd"] + " " +
           fields["CapAmb"];
  }
  static std::string sets(const std::string& inheritable, const std::string& has, const std::string& bounding,
                          const std::string& ambient) {
    return inheritable + " " + has + " " + has + " " + bounding + " " + ambient;
  }
  std::string sets_of(const Strings& options, const std::function<void()>& in_child = {}) {
    return sets(start(options, {}, in_child).pid());
  }
  // A copy of the probe, below a directory that is bound into the jail.
  std::string bound_probe(mode_t mode) const {
    std::filesystem::create_directories(scratch("bin"));
    const std::string file = scratch("bin/probe");
    std::filesystem::copy_file(test_file("probe"), file, std::filesystem::copy_options::overwrite_existing);
    chmod(file.c_str(), mode);
    return file;
  }
  // What it has once the program has become it.
  std::string after_becoming(const std::string& settings, const Strings& more = {}) {
    Strings options = limited(settings, more);
    options.insert(options.end(), {"--bind", scratch("bin") + ":/bin:ro,suid"});
    const Outcome outcome = launch_and_remove(options, {"--become", "/bin/probe"});
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    const Strings failure = reported(outcome.out, "become");
    if (!failure.empty()) return failure.back();
    std::string permitted;
    for (const std::string& one : reported(outcome.out, "capabilities"))
      if (one.rfind("permitted ", 0) == 0) permitted = one.substr(one.find(' ') + 1);
    return reported(outcome.out, "uid").back() + ", " + permitted;
  }
};

TEST_F(CapabilitiesTest, WithoutSettingsTheProgramHasNoneAndCanGainNone) {
  const std::string none = sets(kNone, kNone, kNone, kNone);
  EXPECT_EQ(sets_of(limited("")), none);
  EXPECT_EQ(sets_of(limited("", as_root())), none);
  EXPECT_EQ(sets_of(limited(""), raise_ambient_capabilities), none);
  EXPECT_EQ(sets_of(limited("", as_root()), raise_ambient_capabilities), none);
}

TEST_F(CapabilitiesTest, WhatIsKeptATenantHasByTheAmbientSetAndRootByTheBoundingSet) {
  const std::string keep = "keep-capabilities = kill\n";
  EXPECT_EQ(sets_of(limited(keep)), sets(kKill, kKill, kKill, kKill));
  EXPECT_EQ(sets_of(limited(keep, as_root())), sets(kNone, kKill, kKill, kNone));
  EXPECT_EQ(sets_of(limited(keep, as_root()), raise_ambient_capabilities), sets(kNone, kKill, kKill, kNone));
  EXPECT_EQ(sets_of(limited(keep + "securebits = noroot\n", as_root())), sets(kKill, kKill, kKill, kKill));
  // CAP_SETPCAP, which is needed to drop the others.
  const std::string setpcap = "0000000000000100";
  EXPECT_EQ(sets_of(limited("keep-capabilities = setpcap\n")), sets(setpcap, setpcap, setpcap, setpcap));
}

// With this securebit the kernel leaves capabilities alone when the uid changes.
TEST_F(CapabilitiesTest, TheyAreTheSameWhereTheCallersSecurebitsWouldKeepOthers) {
  const auto keeps_all = [] {
    prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED);
    raise_ambient_capabilities();
  };
  EXPECT_EQ(sets_of(limited(""), keeps_all), sets(kNone, kNone, kNone, kNone));
  EXPECT_EQ(sets_of(limited("keep-capabilities = kill\n"), keeps_all), sets(kKill, kKill, kKill, kKill));
}

TEST_F(CapabilitiesTest, TheOtherSetsCanBeLarger) {
  EXPECT_EQ(sets_of(limited("bounding = kill setuid\ninheritable = setuid\n")),
            sets("0000000000000080", kNone, "00000000000000a0", kNone));
  const std::string all = status_fields(getpid())["CapBnd"];
  EXPECT_EQ(sets_of(limited("bounding = all\n")), sets(kNone, kNone, all, kNone));
  EXPECT_EQ(sets_of(limited("keep-capabilities = all\n", as_root())), sets(kNone, all, all, kNone));
  EXPECT_EQ(sets_of(limited("keep-capabilities = all\n")), sets(all, all, all, all));
}

TEST_F(CapabilitiesTest, TheyAreTheSameInEveryMode) {
  const std::string wanted = sets(kKill, kKill, kKill, kKill);
  const std::string keep = "keep-capabilities = kill\n";
  EXPECT_EQ(sets(start_detached(limited(keep, {"--new-pid-ns"})).pid()), wanted);
  EXPECT_EQ(sets(start_daemon(limited(keep)).pid()), wanted);
  const Outcome supervised = run(command(limited(keep, {"--supervise"}), {"--exit", "0"}));
  ASSERT_TRUE(supervised.succeeded()) << supervised.text();
  run({runner(), "rm", "--host", "--reports"});
  EXPECT_EQ(reported(supervised.out, "capabilities"),
            (Strings{"effective " + kKill, "permitted " + kKill, "inheritable " + kKill, "ambient " + kKill,
                     "bounding " + kKill}));
}

TEST_F(CapabilitiesTest, WhatIsKeptCanBeUsed) {
  const Strings call = {"--call", std::to_string(SYS_acct)};  // needs CAP_SYS_PACCT
  EXPECT_EQ(reported(launch_and_remove(limited("keep-capabilities = sys_pacct\n"), call).out, "call"),
            Strings{std::to_string(SYS_acct) + " yes"});
  EXPECT_EQ(reported(launch_and_remove(limited("keep-capabilities = kill\n", as_root()), call).out, "call"),
            Strings{std::to_string(SYS_acct) + " EPERM"});
}

TEST_F(CapabilitiesTest, TheProgramIsATenantsAsWithoutThem) {
  const Jailed jailed = start(limited("keep-capabilities = kill\n"));
  EXPECT_EQ(jailed.report("uid"), "1234 1234 1234");
  EXPECT_EQ(jailed.report("gid"), "4321 4321 4321");
  EXPECT_EQ(jailed.report("no-new-privs"), "1");
  EXPECT_EQ(jailed.report("dumpable"), "1");
  EXPECT_EQ(jailed.report("securebits"), "0");
  EXPECT_EQ(status_fields(jailed.pid())["Threads"], "1");
}

TEST_F(CapabilitiesTest, SecurebitsAreSetAndThoseOfTheCallerThatAreLockedStay) {
  const int bits =
      SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED;
  const Strings options = limited("keep-capabilities = kill\nsecurebits = noroot no-setuid-fixup locked\n");
  EXPECT_EQ(start(options).report("securebits"), std::to_string(bits));
  const auto locks_one_of_two = [] {
    prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_NOROOT_LOCKED);
  };
  EXPECT_EQ(start(limited("bounding = all\n"), {}, locks_one_of_two).report("securebits"),
            std::to_string(SECBIT_NOROOT_LOCKED));
}

TEST_F(CapabilitiesTest, ASetUserIdProgramGainsNoMoreThanTheBoundingSet) {
  bound_probe(04755);
  const Strings privileged = {"--new-privileges"};
  EXPECT_EQ(after_becoming("", privileged), "1234 0 0, " + kNone);
  EXPECT_EQ(after_becoming("bounding = kill\n", privileged), "1234 0 0, " + kKill);
  EXPECT_EQ(after_becoming("bounding = all\nsecurebits = noroot locked\n", privileged), "1234 0 0, " + kNone);
  // Without the stage's limits it has all: the file is one that works.
  EXPECT_EQ(after_becoming("bounding = all\n", privileged), "1234 0 0, " + status_fields(getpid())["CapBnd"]);
  // And with no_new_privs nothing.
  EXPECT_EQ(after_becoming("bounding = all\n"), "1234 1234 1234, " + kNone);
}

TEST_F(CapabilitiesTest, AFileWithCapabilitiesGainsNoMoreThanTheBoundingSet) {
  give_capability(bound_probe(0755));
  const Strings privileged = {"--new-privileges"};
  EXPECT_EQ(after_becoming("", privileged), "EPERM");  // it is to begin with what it can't have
  EXPECT_EQ(after_becoming("bounding = net-raw\n", privileged), "1234 1234 1234, 0000000000002000");
  EXPECT_EQ(after_becoming("bounding = net-raw\n"), "1234 1234 1234, " + kNone);
}

TEST_F(CapabilitiesTest, WhatIsKeptIsHandedOnToAProgramThatItExecutes) {
  bound_probe(0755);
  EXPECT_EQ(after_becoming("keep-capabilities = kill\n"), "1234 1234 1234, " + kKill);
  EXPECT_EQ(after_becoming("keep-capabilities = kill\n", as_root()), "0 0 0, " + kKill);
}

TEST_F(CapabilitiesTest, AFailedExecLeavesNothing) {
  for (const Strings& mode : {Strings{}, as_root(), Strings{"--new-pid-ns"}, Strings{"--daemonize"},
                              Strings{"--supervise"}, Strings{"--supervise", "--daemonize"}}) {
    Strings options = limited("keep-capabilities = kill\nsecurebits = noroot locked\n", mode);
    options.insert(options.end(), {"--exec-file", broken_program()});
    expect_mentions(refusal(options), {"exec /broken in jail jail", "No such file or directory"});
  }
}

TEST_F(CapabilitiesTest, AFilterCanForbidWhatSetsThem) {
  std::string text = read_file(pipeline("default.conf"));
  write_file(scratch("both.conf"),
             with_section_before(
                 text, "exec", "[seccomp]\ndeny = capset,prctl\n[capabilities]\nkeep-capabilities = kill\n"));
  EXPECT_EQ(sets_of({"--pipeline", scratch("both.conf")}), sets(kKill, kKill, kKill, kKill));
}

TEST_F(CapabilitiesTest, ThatJailrunLacksAreToldBeforeAnythingIsMade) {
  const auto lacks_two = [] {
    prctl(PR_CAPBSET_DROP, CAP_NET_RAW);
    prctl(PR_CAPBSET_DROP, CAP_SYSLOG);
  };
  Command wanted = command(limited("keep-capabilities = net-raw syslog kill\n"));
  wanted.in_child = lacks_two;
  expect_mentions(refusal(wanted), {"needs capabilities that the process lacks: CAP_NET_RAW CAP_SYSLOG"});
  // What is dropped already is not a hindrance.
  EXPECT_EQ(sets_of(limited("keep-capabilities = kill\n"), lacks_two), sets(kKill, kKill, kKill, kKill));
}

TEST_F(CapabilitiesTest, WhatTheCallersLockedSecurebitsForbidIsToldBeforeAnythingIsMade) {
  Command wanted = command(limited("keep-capabilities = kill\n"));
  wanted.in_child = [] {
    prctl(PR_SET_SECUREBITS,
          SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED);
  };
  expect_mentions(refusal(wanted), {"the securebit no-cap-ambient-raise", "the securebit keep-caps-locked"});
}

TEST_F(CapabilitiesTest, ContradictionsAreToldTogetherBeforeAnythingIsMade) {
  expect_mentions(
      refusal(limited("keep-capabilities = kill\nbounding = chown\ninheritable = chown\n")),
      {"CAP_KILL is to be kept, and so must be in it", "limited.conf:", ": inheritable: CAP_KILL"});
}

}  // namespace
}  // namespace jailrun::integration
