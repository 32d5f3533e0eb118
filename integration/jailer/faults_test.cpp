// SPDX-License-Identifier: Apache-2.0
// Faults of Firecracker's jailer that jailrun does not have. Others of this kind are tested beside the stage
// that avoids them.
#include "integration/jailer/client.hpp"
#include "integration/support/cgroups.hpp"
#include "integration/support/network.hpp"
#include "integration/sweep/tracer.hpp"

#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>

namespace jailrun::integration {
namespace {

class JailerFaultTest : public CallerTest {
 protected:
  void expect_refused(const Command& command, const Strings& named) {
    expect_mentions(refusal(command), named);
  }
};

// ---- a symbolic link as --exec-file: /usr/bin/firecracker -> firecracker-v1.7.0

class LinkedProgramTest : public JailerFaultTest {
 protected:
  void SetUp() override {
    JailerFaultTest::SetUp();
    std::filesystem::rename(program(), scratch("firecracker-v1.7.0"));
    std::filesystem::create_symlink("firecracker-v1.7.0", program());
  }
};

TEST_F(LinkedProgramTest, HasItsSocketWhereAClientThatKnowsTheLinkLooks) {
  Child launched(vm());
  ASSERT_TRUE(appears(vm_socket()));
  EXPECT_EQ(ask(vm_socket(), "GET /"), "200");
  EXPECT_TRUE(exists(root("vm-1", "firecracker-v1.7.0") + "/run/firecracker.socket"));
  write_file(scratch("vmlinux"), "the kernel");
  EXPECT_EQ(::link(scratch("vmlinux").c_str(), (vm_root() + "/vmlinux").c_str()), 0);
  EXPECT_EQ(ask(vm_socket(), "PUT /boot-source", R"({"kernel_image_path": "/vmlinux"})"), "204");
  launched.send(SIGKILL);
  launched.wait();
  remove_jail("vm-1", "firecracker-v1.7.0");
  EXPECT_EQ(list(base()), "");
}

TEST_F(LinkedProgramTest, FindsTheFilesThatAClientLaidUnderTheLinksNameAndDoesSoAgain) {
  fill_root();
  for (int round = 0; round < 2; ++round) {
    std::filesystem::remove_all(vm_root() + "/run");
    const Outcome outcome = run(vm({"--daemonize"}, {"--config-file", "/config.json"}));
    ASSERT_TRUE(outcome.succeeded()) << outcome.text();
    EXPECT_EQ(ask(vm_socket(), "GET /"), "200");
    EXPECT_EQ(describe(vm_directory()), "directory 0755 0:0");
    const std::string pid = read_file(root("vm-1", "firecracker-v1.7.0") + "/firecracker-v1.7.0.pid");
    end_process(std::stoi(pid));
  }
  remove_vm();
  EXPECT_EQ(list(base()), "");
}

// ---- one id, several launches

TEST_F(JailerFaultTest, ASecondLaunchOfAnIdIsRefusedWithThePidOfTheFirstWhichGoesOn) {
  const Jailed first = start_as_jailer({});
  const std::string pid = "pid " + std::to_string(first.pid());
  expect_refused(as_jailer({}), {"alive", pid});
  expect_refused(as_jailer({"--daemonize"}), {"alive", pid});
  EXPECT_EQ(kill(first.pid(), 0), 0);
}

TEST_F(JailerFaultTest, AnIdLeftOverIsRefusedWithTheCommandThatFreesIt) {
  ASSERT_TRUE(run(as_jailer({}, {"--exit", "0"})).succeeded());
  expect_refused(as_jailer({}), {"left over", "jailrun rm probe/jail"});
  remove_jail();
  const Jailed again = start_as_jailer({});
}

TEST_F(JailerFaultTest, OfFourLaunchesOfAnIdAtOnceOneSucceeds) {
  std::vector<Child> launches;
  for (int i = 0; i < 4; ++i) launches.emplace_back(as_jailer({}, {"--sleep"}));
  const std::vector<Outcome> failed = failed_launches(launches);
  for (const Outcome& one : failed) EXPECT_EQ(one.exit_status, 1) << one.text();
  EXPECT_EQ(failed.size(), 3U);
  launches.clear();
  remove_jail();
}

// ---- failures

TEST_F(JailerFaultTest, AValueThatTheKernelRefusesLeavesNothing) {
  if (!missing_v1({"cpu", "cpuset"}).empty())
    GTEST_SKIP() << "no version 1 hierarchy on this host carries them";
  for (const Strings& way : {Strings{}, Strings{"--daemonize"}, Strings{"--new-pid-ns"}}) {
    Strings options = {"--cgroup", "cpu.shares=512", "--cgroup", "cpuset.cpus=99999"};
    options.insert(options.end(), way.begin(), way.end());
    expect_refused(as_jailer(options), {"cpuset.cpus", "99999"});
  }
}

TEST_F(JailerFaultTest, AnExecThatFailsIsTheCallersFailureInTheBackgroundToo) {
  for (const Strings& way :
       {Strings{}, Strings{"--daemonize"}, Strings{"--new-pid-ns"}, Strings{"--daemonize", "--new-pid-ns"}}) {
    Strings options = {"--exec-file", broken_program()};
    options.insert(options.end(), way.begin(), way.end());
    expect_refused(as_jailer(options), {"exec /broken", "No such file or directory"});
  }
}

TEST_F(JailerFaultTest, APidFileThatCanNotBeWrittenIsTheCallersFailure) {
  std::filesystem::create_directory(prefill() + "/probe.pid");
  for (const Strings& way : {Strings{}, Strings{"--daemonize"}, Strings{"--new-pid-ns"}})
    expect_refused(as_jailer(way), {"probe.pid"});
  remove_prefilled();
}

TEST_F(JailerFaultTest, LimitsThatWouldEndTheLaunchItselfDoNot) {
  for (const Strings& way : {Strings{}, Strings{"--daemonize"}}) {
    Strings options = {"--resource-limit", "no-file=3", "--resource-limit", "fsize=0"};
    options.insert(options.end(), way.begin(), way.end());
    const Outcome outcome = run(as_jailer(options, {"--exit", "0"}));
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    end_orphans();
    remove_jail();
  }
}

// ---- bases that no VM can run on

class MountedBaseTest : public JailerFaultTest,
                        public testing::WithParamInterface<std::pair<unsigned long, std::string>> {};

TEST_P(MountedBaseTest, IsRefusedBeforeAnythingIsMade) {
  const auto& [flag, word] = GetParam();
  ASSERT_EQ(mount("tmpfs", base().c_str(), "tmpfs", flag, nullptr), 0);
  expect_refused(as_jailer({}), {base(), word});
  umount2(base().c_str(), MNT_DETACH);
}

INSTANTIATE_TEST_SUITE_P(With, MountedBaseTest,
                         testing::Values(std::make_pair(MS_NODEV, "nodev"),
                                         std::make_pair(MS_NOEXEC, "noexec")),
                         [](const auto& base) { return base.param.second; });

// Both runtimes of Kata, on a base in /run, which systemd mounts so: the root is bound onto itself and
// remounted.
TEST_F(JailerFaultTest, ARootThatIsAMountOfItsOwnDecidesAndNotItsBase) {
  ASSERT_EQ(mount("tmpfs", base().c_str(), "tmpfs", MS_NODEV | MS_NOEXEC | MS_NOSUID, "mode=0755"), 0);
  for (int round = 0; round < 2; ++round) {  // the second finds the template namespace
    const std::string filled = prefill();
    ASSERT_EQ(mount(filled.c_str(), filled.c_str(), nullptr, MS_BIND, nullptr), 0);
    ASSERT_EQ(mount(nullptr, filled.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_NOSUID, nullptr), 0);
    const Outcome outcome =
        run(as_jailer({"--device", "/dev/urandom"}, {"--open", "/dev/urandom", "--exit", "0"}));
    EXPECT_EQ(reported(outcome.out, "open"), Strings{"/dev/urandom yes"}) << outcome.text();
    EXPECT_TRUE(run({runner(), "rm", "--chroot-base-dir", base(), "probe/jail"}).succeeded());
    umount2(filled.c_str(), MNT_DETACH);
    remove_prefilled();
  }
  umount2(base().c_str(), MNT_DETACH);
}

TEST_F(JailerFaultTest, ARootOnWhichNothingCanBeStartedIsRefusedAlthoughItsBaseIsFit) {
  const std::string filled = prefill();
  ASSERT_EQ(mount(filled.c_str(), filled.c_str(), nullptr, MS_BIND, nullptr), 0);
  for (const auto& [flag, word] : {std::make_pair(MS_NODEV, "nodev"), std::make_pair(MS_NOEXEC, "noexec")}) {
    ASSERT_EQ(mount(nullptr, filled.c_str(), nullptr, MS_REMOUNT | MS_BIND | static_cast<unsigned long>(flag),
                    nullptr),
              0);
    expect_refused(as_jailer({}), {filled, word});
  }
  umount2(filled.c_str(), MNT_DETACH);
  remove_prefilled();
}

// ---- the rest

TEST_F(JailerFaultTest, ASocketsPathThatIsTooLongIsWarnedOfWithBothLengths) {
  const std::string id(64, 'x');
  const size_t length = (root(id) + "/run/firecracker.socket").size();
  ASSERT_GT(length, 107U);
  const Outcome outcome = run(as_jailer({"--id", id}, {"--exit", "0"}));
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.err.find(std::to_string(length) + " bytes"), std::string::npos) << outcome.text();
  EXPECT_NE(outcome.err.find("107"), std::string::npos) << outcome.text();
  remove_jail(id);
}

TEST_F(JailerFaultTest, ALinkToANetworkNamespaceIsFollowed) {
  const NetworkNamespace network(scratch("network"));
  std::filesystem::create_symlink(network.path(), scratch("link"));
  const Jailed jailed = start_as_jailer({"--netns", scratch("link")});
  EXPECT_EQ(namespace_of(jailed.pid(), "net"), network.name());
}

// The jailer leaves old_root in the root, and each later launch of that id fails.
TEST_F(JailerFaultTest, ALaunchKilledBeforeItsNewRootDoesNotPoisonTheId) {
  const sweep::Fault fault = {{0, sweep::find_call(SYS_chroot), 1}, sweep::FaultKind::kKill};
  const Command launch = command({"--pipeline", pipeline("firecracker.conf")}, {"--exit", "0"});
  const sweep::TraceResult traced = sweep::run_traced(launch.argv, fault);
  ASSERT_TRUE(traced.reached);
  ASSERT_EQ(traced.signal, SIGKILL);
  expect_refused(as_jailer({}), {"left over", "jailrun rm probe/jail"});
  remove_jail();
  const Jailed again = start_as_jailer({});
}

}  // namespace
}  // namespace jailrun::integration
