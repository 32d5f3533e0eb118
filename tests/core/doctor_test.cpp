// SPDX-License-Identifier: Apache-2.0
// doctor shown hosts of every kind: directories with files. A file that can't be read is made as a directory,
// since root reads whatever its mode is.
#include "core/cli/doctor/host_check.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <set>

#include <unistd.h>

namespace jailrun::core::cli {
namespace {

class DoctorTest : public testing::Test {
 protected:
  void have(const std::string& path, const std::string& content) {
    std::filesystem::create_directories(std::filesystem::path(root_.path() + path).parent_path());
    root_.file(path.substr(1), content);
  }
  void have_unreadable(const std::string& path) { std::filesystem::create_directories(root_.path() + path); }
  void have_directory(const std::string& path) { std::filesystem::create_directories(root_.path() + path); }

  Outcome outcome(std::string_view id, long landlock_abi = 4) const {
    for (const Checked& one : check_host(HostView(root_.path(), {.landlock_abi = landlock_abi})))
      if (one.check->id == id) return one.outcome;
    ADD_FAILURE() << "no check is named " << id;
    return {};
  }
  std::string verdict(std::string_view id, long landlock_abi = 4) const {
    return std::string(verdict_word(outcome(id, landlock_abi).verdict));
  }
  // With this file alone having this content.
  std::string verdict_of(std::string_view id, const std::string& path, const std::string& content) {
    have(path, content);
    return verdict(id);
  }

  tests::TempDirectory root_;
};

const std::string kCpu = "/sys/devices/system/cpu/";

TEST_F(DoctorTest, NothingIsFoundGoodOnAHostOfWhichNothingCanBeRead) {
  for (const Checked& one : check_host(HostView(root_.path(), {})))
    EXPECT_EQ(one.outcome.verdict, Verdict::kNotKnown) << one.check->id << ": " << one.outcome.sentence;
}

TEST_F(DoctorTest, NoFileThatCantBeReadIsFoundGood) {
  have("/proc/sys/kernel/osrelease", "6.12.0\n");
  for (const Checked& one : check_host(HostView(root_.path(), {})))
    if (one.check->path.front() == '/' && one.check->id != "kvm-device")
      have_unreadable(std::string(one.check->path));
  for (const Checked& one : check_host(HostView(root_.path(), {})))
    EXPECT_EQ(one.outcome.verdict, Verdict::kNotKnown) << one.check->id << ": " << one.outcome.sentence;
}

TEST_F(DoctorTest, EveryCheckHasAnIdOfItsOwnASourceAndARemedy) {
  std::set<std::string_view> ids;
  for (const Checked& one : check_host(HostView(root_.path(), {.landlock_abi = 4}))) {
    EXPECT_TRUE(ids.insert(one.check->id).second) << one.check->id;
    EXPECT_EQ(one.check->source.rfind("https://", 0), 0U) << one.check->id;
    EXPECT_EQ(one.check->remedy.empty(), one.check->id == "cgroup-owner") << one.check->id;  // names a file
  }
}

TEST_F(DoctorTest, ASentenceNamesTheFileTheValueAndWhatItAllows) {
  have("/proc/sys/fs/protected_symlinks", "0\n");
  EXPECT_EQ(
      outcome("protected-symlinks").sentence,
      "/proc/sys/fs/protected_symlinks is 0: links that others plant in sticky directories such as /tmp are "
      "followed");
  EXPECT_EQ(verdict("protected-symlinks"), "failure");
}

TEST_F(DoctorTest, ASwitchThatTheKernelLacksIsNotGoodWhereProcIsMounted) {
  EXPECT_EQ(verdict("io-uring"), "not known");
  have("/proc/sys/kernel/osrelease", "6.1.0\n");
  EXPECT_EQ(verdict("io-uring"), "warning");
  EXPECT_EQ(verdict("legacy-tiocsti"), "warning");
}

TEST_F(DoctorTest, AKernelWithoutTheThingNeedsNoSwitchForIt) {
  const auto without = [&](std::string_view id) {
    for (const Checked& one : check_host(HostView(root_.path(), {.io_uring = -ENOSYS, .bpf = -ENOSYS})))
      if (one.check->id == id) return std::string(verdict_word(one.outcome.verdict));
    return std::string();
  };
  EXPECT_EQ(without("io-uring"), "not known");
  have("/proc/sys/kernel/osrelease", "5.10.0\n");
  EXPECT_EQ(without("io-uring"), "not known");  // a filter may have answered
  have("/proc/self/status", "Name:\tx\nSeccomp:\t2\n");
  EXPECT_EQ(without("unprivileged-bpf"), "not known");
  have("/proc/self/status", "Name:\tx\nSeccomp:\t0\n");
  EXPECT_EQ(without("io-uring"), "ok");
  EXPECT_EQ(without("unprivileged-bpf"), "ok");
  EXPECT_EQ(verdict("unprivileged-bpf"), "failure");  // one that has bpf(2)
  EXPECT_EQ(verdict("perf-event-paranoid"), "ok");
  EXPECT_EQ(verdict("core-pattern"), "ok");
  EXPECT_EQ(verdict("unprivileged-user-namespaces"), "not known");
  have("/proc/self/ns/pid", "");
  EXPECT_EQ(verdict("unprivileged-user-namespaces"), "ok");
}

TEST_F(DoctorTest, TheRemedyForASwitchThatIsMissingIsAKernelThatHasIt) {
  have("/proc/sys/kernel/osrelease", "5.10.0\n");
  EXPECT_NE(outcome("legacy-tiocsti").remedy.find("Linux 6.2"), std::string::npos);
  EXPECT_NE(outcome("ptrace-scope").remedy.find("yama"), std::string::npos);
}

TEST_F(DoctorTest, AKernelLogOnASerialConsoleIsAWarning) {
  have("/proc/sys/kernel/printk", "4\t4\t1\t7\n");
  EXPECT_EQ(verdict("console-log"), "not known");
  const std::string consoles = "/sys/class/tty/console/active";
  EXPECT_EQ(verdict_of("console-log", consoles, "tty0\n"), "ok");
  EXPECT_EQ(verdict_of("console-log", consoles, "tty0 ttyAMA0\n"), "warning");
  EXPECT_EQ(verdict_of("console-log", "/proc/sys/kernel/printk", "1\t4\t1\t7\n"), "ok");
}

TEST_F(DoctorTest, SysctlsAreJudgedByTheirValue) {
  const std::string kernel = "/proc/sys/kernel/";
  EXPECT_EQ(verdict_of("kptr-restrict", kernel + "kptr_restrict", "1\n"), "ok");
  EXPECT_EQ(verdict_of("kptr-restrict", kernel + "kptr_restrict", "0\n"), "warning");
  EXPECT_EQ(verdict_of("unprivileged-bpf", kernel + "unprivileged_bpf_disabled", "2\n"), "ok");
  EXPECT_EQ(verdict_of("unprivileged-bpf", kernel + "unprivileged_bpf_disabled", "0\n"), "failure");
  EXPECT_EQ(verdict_of("perf-event-paranoid", kernel + "perf_event_paranoid", "-1\n"), "warning");
  EXPECT_EQ(verdict_of("perf-event-paranoid", kernel + "perf_event_paranoid", "3\n"), "ok");
  EXPECT_EQ(verdict_of("suid-dumpable", "/proc/sys/fs/suid_dumpable", "1\n"), "failure");
  EXPECT_EQ(verdict_of("suid-dumpable", "/proc/sys/fs/suid_dumpable", "2\n"), "ok");
  EXPECT_EQ(verdict_of("suid-dumpable", "/proc/sys/fs/suid_dumpable", ""), "not known");
}

TEST_F(DoctorTest, ACoreHandlerOnTheHostIsAWarning) {
  const std::string file = "/proc/sys/kernel/core_pattern";
  EXPECT_EQ(verdict_of("core-pattern", file, "core\n"), "ok");
  EXPECT_EQ(verdict_of("core-pattern", file, "|/bin/false\n"), "ok");
  EXPECT_EQ(verdict_of("core-pattern", file, "|/usr/lib/systemd/systemd-coredump %P\n"), "warning");
  EXPECT_EQ(verdict_of("core-pattern", file, "@/run/coredump.socket\n"), "warning");
}

TEST_F(DoctorTest, OneOfThreeSwitchesOnUserNamespacesIsEnough) {
  have("/proc/sys/user/max_user_namespaces", "31000\n");
  EXPECT_EQ(verdict("unprivileged-user-namespaces"), "warning");
  have("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
  EXPECT_EQ(verdict("unprivileged-user-namespaces"), "ok");
}

TEST_F(DoctorTest, TheWorstVulnerabilityDecides) {
  have(kCpu + "vulnerabilities/l1tf", "Not affected\n");
  have(kCpu + "vulnerabilities/meltdown", "Mitigation: PTI\n");
  EXPECT_EQ(verdict("vulnerabilities"), "ok");
  have(kCpu + "vulnerabilities/srbds", "Unknown: Dependent on hypervisor status\n");
  EXPECT_EQ(verdict("vulnerabilities"), "not known");
  have(kCpu + "vulnerabilities/mds", "Mitigation: Clear CPU buffers; SMT vulnerable\n");
  EXPECT_EQ(verdict("vulnerabilities"), "failure");
  EXPECT_EQ(
      outcome("vulnerabilities").sentence,
      "in /sys/devices/system/cpu/vulnerabilities mds is 'Mitigation: Clear CPU buffers; SMT vulnerable'");
}

TEST_F(DoctorTest, ITlbMultihitNeedsAGuest) {
  EXPECT_EQ(verdict_of("vulnerabilities", kCpu + "vulnerabilities/itlb_multihit", "Processor vulnerable\n"),
            "ok");
  EXPECT_EQ(verdict_of("vulnerabilities", kCpu + "vulnerabilities/itlb_multihit", "KVM: Vulnerable\n"),
            "failure");
}

TEST_F(DoctorTest, SmtIsAWarning) {
  EXPECT_EQ(verdict_of("smt", kCpu + "smt/active", "1\n"), "warning");
  EXPECT_EQ(verdict_of("smt", kCpu + "smt/active", "0\n"), "ok");
}

TEST_F(DoctorTest, SwapSpaceIsNamed) {
  const std::string heading = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
  EXPECT_EQ(verdict_of("swap", "/proc/swaps", heading), "ok");
  EXPECT_EQ(verdict_of("swap", "/proc/swaps", ""), "not known");
  EXPECT_EQ(verdict_of("swap", "/proc/swaps", heading + "/dev/sda2    partition\t1\t0\t-2\n"), "warning");
  EXPECT_NE(outcome("swap").sentence.find("/proc/swaps names /dev/sda2: "), std::string::npos);
}

TEST_F(DoctorTest, SwapSpaceInCompressedMemoryIsGood) {
  const std::string heading = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
  have("/proc/swaps", heading + "/dev/zram0    partition\t1\t0\t100\n");
  EXPECT_EQ(verdict("swap"), "warning");  // nothing says that it stays there
  EXPECT_EQ(verdict_of("swap", "/sys/block/zram0/backing_dev", "none\n"), "ok");
  have("/proc/swaps", heading + "/dev/zram0 partition\t1\t0\t100\n/swapfile file\t1\t0\t-2\n");
  EXPECT_EQ(verdict("swap"), "warning");
  EXPECT_NE(outcome("swap").sentence.find("/dev/zram0, /swapfile: "), std::string::npos);
  have("/proc/swaps", heading + "/dev/zram0    partition\t1\t0\t100\n");
  EXPECT_EQ(verdict_of("swap", "/sys/block/zram0/backing_dev", "/dev/sdb\n"), "warning");
}

TEST_F(DoctorTest, PagesThatStayMergedAreAFailureToo) {
  have("/sys/kernel/mm/ksm/run", "0\n");
  EXPECT_EQ(verdict("ksm"), "not known");
  EXPECT_EQ(verdict_of("ksm", "/sys/kernel/mm/ksm/pages_shared", "0\n"), "ok");
  EXPECT_EQ(verdict_of("ksm", "/sys/kernel/mm/ksm/pages_shared", "12\n"), "failure");
  EXPECT_EQ(verdict_of("ksm", "/sys/kernel/mm/ksm/run", "1\n"), "failure");
}

TEST_F(DoctorTest, AKernelWithoutKsmMergesNothing) {
  have_directory("/sys/kernel/mm");
  EXPECT_EQ(verdict("ksm"), "ok");
}

TEST_F(DoctorTest, HugePagesForEveryProgramAreAWarning) {
  const std::string file = "/sys/kernel/mm/transparent_hugepage/enabled";
  EXPECT_EQ(verdict_of("transparent-huge-pages", file, "[always] madvise never\n"), "warning");
  EXPECT_EQ(verdict_of("transparent-huge-pages", file, "always [madvise] never\n"), "ok");
  EXPECT_EQ(verdict_of("transparent-huge-pages", file, "often\n"), "not known");
}

TEST_F(DoctorTest, KvmMustBeTheDevice) {
  have("/dev/null", "");
  EXPECT_EQ(verdict("kvm-device"), "warning");
  EXPECT_EQ(verdict_of("kvm-device", "/dev/kvm", ""), "failure");
}

TEST_F(DoctorTest, LargePagesOfGuestsDependOnTheProcessor) {
  const std::string file = "/sys/module/kvm/parameters/nx_huge_pages";
  EXPECT_EQ(verdict_of("kvm-nx-huge-pages", file, "Y\n"), "ok");
  EXPECT_EQ(verdict_of("kvm-nx-huge-pages", file, "N\n"), "not known");
  have(kCpu + "vulnerabilities/itlb_multihit", "Not affected\n");
  EXPECT_EQ(verdict_of("kvm-nx-huge-pages", file, "never\n"), "ok");
  have(kCpu + "vulnerabilities/itlb_multihit", "KVM: Vulnerable\n");
  EXPECT_EQ(verdict("kvm-nx-huge-pages"), "failure");
}

TEST_F(DoctorTest, ATimerPeriodShorterThanLinuxsOwnIsAWarning) {
  const std::string file = "/sys/module/kvm/parameters/min_timer_period_us";
  EXPECT_EQ(verdict_of("kvm-timer-period", file, "200\n"), "ok");
  EXPECT_EQ(verdict_of("kvm-timer-period", file, "1000\n"), "ok");
  EXPECT_EQ(verdict_of("kvm-timer-period", file, "50\n"), "warning");
  EXPECT_EQ(verdict_of("kvm-timer-period", file, "\n"), "not known");
}

TEST_F(DoctorTest, NestedGuestsAreAWarningOnEitherVendor) {
  EXPECT_EQ(verdict_of("kvm-nested", "/sys/module/kvm_amd/parameters/nested", "1\n"), "warning");
  EXPECT_EQ(verdict_of("kvm-nested", "/sys/module/kvm_intel/parameters/nested", "N\n"), "ok");
}

TEST_F(DoctorTest, CgroupsAreOfVersionOneTwoOrBoth) {
  EXPECT_EQ(verdict_of("cgroup-layout", "/proc/mounts", "proc /proc proc rw 0 0\n"), "failure");
  have("/proc/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
  EXPECT_EQ(outcome("cgroup-layout").sentence.rfind("cgroup version 2 alone", 0), 0U);
  have("/proc/mounts",
       "none /sys/fs/cgroup/unified cgroup2 rw 0 0\nc /sys/fs/cgroup/memory cgroup rw,memory 0 0\n");
  EXPECT_EQ(outcome("cgroup-layout").sentence.rfind("hybrid: 1 hierarchy of version 1", 0), 0U);
}

TEST_F(DoctorTest, ControllersThatNoHierarchyCarriesAreNamed) {
  have("/proc/mounts", "none /cg cgroup2 rw 0 0\nc /cg1/memory cgroup rw,memory 0 0\n");
  EXPECT_EQ(verdict("cgroup-controllers"), "not known");
  EXPECT_EQ(verdict_of("cgroup-controllers", "/cg/cgroup.controllers", "cpu pids\n"), "ok");
  EXPECT_EQ(verdict_of("cgroup-controllers", "/cg/cgroup.controllers", "cpuset\n"), "warning");
  EXPECT_EQ(outcome("cgroup-controllers").sentence,
            "no cgroup hierarchy carries cpu, pids: jails can't be given such limits");
}

TEST_F(DoctorTest, ACgroupThatOthersMayWriteIsAFailure) {
  have("/proc/mounts", "none /cg cgroup2 rw 0 0\n");
  EXPECT_EQ(verdict("cgroup-owner"), "not known");
  have("/cg/cgroup.procs", "");
  std::filesystem::permissions(root_.path() + "/cg", std::filesystem::perms::all);
  EXPECT_EQ(verdict("cgroup-owner"), "failure");
}

TEST_F(DoctorTest, AnOwnerWhomTheUserNamespaceHidesIsNotKnown) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  have("/proc/mounts", "none /cg cgroup2 rw 0 0\n");
  have("/cg/cgroup.procs", "");
  ASSERT_EQ(chown((root_.path() + "/cg").c_str(), 65534, 65534), 0);
  have("/proc/self/uid_map", "0 1000 1\n");
  EXPECT_EQ(verdict("cgroup-owner"), "not known");
  have("/proc/self/uid_map", "0 0 4294967295\n");
  EXPECT_EQ(verdict("cgroup-owner"), "failure");
}

TEST_F(DoctorTest, CgroupsThatAreMountedReadOnlyAreAFailure) {
  have("/proc/mounts", "none /cg cgroup2 rw,nosuid 0 0\n");
  EXPECT_EQ(verdict("cgroup-delegation"), "warning");  // there is no such directory to write to
  have_directory("/cg");
  EXPECT_EQ(verdict("cgroup-delegation"), "ok");
  have("/proc/mounts", "none /cg cgroup2 ro,nosuid 0 0\n");
  EXPECT_EQ(verdict("cgroup-delegation"), "failure");
}

TEST_F(DoctorTest, AUserWhoseGroupIsNotDelegatedCantLimit) {
  const auto as_user = [&](uid_t uid) {
    for (const Checked& one : check_host(HostView(root_.path(), {.uid = uid})))
      if (one.check->id == "cgroup-delegation") return one.outcome;
    return Outcome{};
  };
  const uid_t owner = geteuid();
  const std::string name = std::to_string(owner + 1);
  have("/proc/mounts", "c /cg1 cgroup rw,memory 0 0\n");
  EXPECT_EQ(as_user(owner + 1).sentence,
            "there is no cgroup version 2: uid " + name + " can't limit what it launches");
  have("/proc/mounts", "none /cg cgroup2 rw 0 0\n");
  EXPECT_EQ(as_user(owner + 1).verdict, Verdict::kNotKnown);
  have("/proc/self/cgroup", "4:memory:/x\n0::/user.slice\n");
  EXPECT_EQ(as_user(owner + 1).verdict, Verdict::kNotKnown);
  have("/cg/user.slice/cgroup.procs", "");
  EXPECT_EQ(as_user(owner + 1).sentence,
            "/cg/user.slice is not delegated: uid " + name + " can't limit what it launches");
  if (owner != 0) {
    EXPECT_EQ(as_user(owner).verdict, Verdict::kOk);
  }
  have("/proc/self/cgroup", "0::/../other\n");
  EXPECT_EQ(as_user(owner + 1).verdict, Verdict::kNotKnown);
}

TEST_F(DoctorTest, AModuleThatConfinesByProfileIsGood) {
  EXPECT_EQ(verdict_of("security-modules", "/sys/kernel/security/lsm", "capability,yama,apparmor"), "ok");
  EXPECT_EQ(verdict_of("security-modules", "/sys/kernel/security/lsm", "capability,landlock,yama"),
            "warning");
}

TEST_F(DoctorTest, AModuleIsSeenWhereSecurityfsIsNotMounted) {
  have_directory("/sys/kernel/security");
  EXPECT_EQ(verdict("security-modules"), "not known");
  EXPECT_NE(outcome("security-modules").sentence.find("securityfs is not mounted"), std::string::npos);
  EXPECT_EQ(verdict_of("security-modules", "/sys/module/apparmor/parameters/enabled", "Y\n"), "ok");
}

TEST_F(DoctorTest, SelinuxThatRefusesNothingIsAWarning) {
  have("/sys/kernel/security/lsm", "capability,selinux");
  EXPECT_EQ(verdict_of("security-modules", "/sys/fs/selinux/enforce", "1"), "ok");
  EXPECT_EQ(verdict_of("security-modules", "/sys/fs/selinux/enforce", "0"), "warning");
}

TEST_F(DoctorTest, LandlockIsJudgedByItsAbi) {
  EXPECT_EQ(verdict("landlock", 3), "ok");
  EXPECT_EQ(
      outcome("landlock", 4).sentence,
      "Landlock's ABI is 4, which can't restrict ioctl on devices (Linux 6.10), abstract sockets and signals "
      "(Linux 6.12)");
  EXPECT_EQ(outcome("landlock", 6).sentence, "Landlock's ABI is 6");
  EXPECT_EQ(verdict("landlock", 2), "warning");
  EXPECT_EQ(verdict("landlock", -ENOSYS), "warning");
  EXPECT_EQ(verdict("landlock", -EOPNOTSUPP), "warning");
  EXPECT_EQ(verdict("landlock", -EPERM), "not known");
}

TEST_F(DoctorTest, FiltersMustBeAbleToKill) {
  const std::string file = "/proc/sys/kernel/seccomp/actions_avail";
  EXPECT_EQ(verdict_of("seccomp", file, "kill_process kill_thread trap errno allow\n"), "ok");
  EXPECT_EQ(verdict_of("seccomp", file, "kill_thread trap errno allow\n"), "failure");
}

}  // namespace
}  // namespace jailrun::core::cli
