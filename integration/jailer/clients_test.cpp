// SPDX-License-Identifier: Apache-2.0
// What clients of Firecracker's jailer do around a launch, and rely on.
#include "integration/jailer/client.hpp"
#include "integration/support/cgroups.hpp"
#include "integration/support/network.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

// ---- firecracker-go-sdk and what is built on it

class SdkTest : public CallerTest {};

// It starts the jailer, waits for the socket at the host's path, and only then links its files in.
TEST_F(SdkTest, FindsTheSocketOnTheHostAndLinksItsFilesIntoTheRootOfARunningVm) {
  write_file(scratch("vmlinux"), "the kernel");
  write_file(scratch("rootfs.ext4"), "the drive");
  Child launched(vm({}, {"--no-seccomp", "--api-sock", "/run/firecracker.socket"}));
  ASSERT_TRUE(appears(vm_socket()));
  for (const char* file : {"vmlinux", "rootfs.ext4"}) {
    const std::string inside = vm_root() + "/" + file;
    ASSERT_EQ(::link(scratch(file).c_str(), inside.c_str()), 0) << file << ": " << strerrorname_np(errno);
    ASSERT_EQ(chown(inside.c_str(), 123, 100), 0);
    EXPECT_EQ(status_of(inside).st_ino, status_of(scratch(file)).st_ino);
  }
  EXPECT_EQ(ask(vm_socket(), "PUT /boot-source", R"({"kernel_image_path": "/vmlinux"})"), "204");
  EXPECT_EQ(ask(vm_socket(), "PUT /drives/root",
                R"({"drive_id": "root", "path_on_host": "/rootfs.ext4", "is_read_only": false})"),
            "204");
  EXPECT_EQ(ask(vm_socket(), "PUT /actions", R"({"action_type": "InstanceStart"})"), "204");
  launched.send(SIGKILL);
  launched.wait();
  remove_vm();
  EXPECT_EQ(read_file(scratch("rootfs.ext4")), "the drive") << "rm reached a file through a link";
}

TEST_F(SdkTest, EndsTheVmBySignalsToThePidThatItStarted) {
  for (const int number : {SIGTERM, SIGKILL}) {
    Child launched(vm());
    ASSERT_TRUE(appears(vm_socket()));
    EXPECT_EQ(vm_pid(), launched.pid());
    launched.send(number);
    EXPECT_EQ(launched.wait().signal, number);
    remove_vm();
  }
}

// On nearly every launch: one node's CPUs and memory.
TEST_F(SdkTest, GetsTheCpusetThatItAskedFor) {
  if (!missing_v1({"cpuset"}).empty()) GTEST_SKIP() << "no version 1 hierarchy on this host carries cpuset";
  Child launched(vm({"--cgroup", "cpuset.mems=0", "--cgroup", "cpuset.cpus=0"}));
  ASSERT_TRUE(appears(vm_socket()));
  EXPECT_EQ(v1_group_of(launched.pid(), "cpuset"), "/firecracker/vm-1");
  const std::string group = v1_mount("cpuset") + "/firecracker/vm-1/";
  EXPECT_EQ(read_file(group + "cpuset.cpus"), "0\n");
  EXPECT_EQ(read_file(group + "cpuset.mems"), "0\n");
  EXPECT_EQ(read_file(group + "tasks"), std::to_string(launched.pid()) + "\n");
  launched.send(SIGKILL);
  launched.wait();
  remove_vm();
}

TEST_F(SdkTest, MeetsTheVmInTheNetworkNamespaceItMade) {
  const NetworkNamespace network(scratch("network"));
  Child launched(vm({"--netns", network.path(), "--daemonize"}));
  const Outcome outcome = launched.wait();
  ASSERT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(namespace_of(vm_pid(), "net"), network.name());
  end_process(vm_pid());
  remove_vm();
}

// ---- BuildBuddy, on the SDK

TEST_F(SdkTest, GivesOneCgroupFileTwiceAndTheLastValueCounts) {
  if (!missing_v1({"cpu"}).empty()) GTEST_SKIP() << "no version 1 hierarchy on this host carries cpu";
  Child launched(vm({"--cgroup", "cpu.shares=300", "--cgroup", "cpu.shares=400"}));
  ASSERT_TRUE(appears(vm_socket()));
  EXPECT_EQ(read_file(v1_mount("cpu") + "/firecracker/vm-1/cpu.shares"), "400\n");
  launched.send(SIGKILL);
  launched.wait();
  remove_vm();
}

TEST_F(SdkTest, MayRemoveTheCgroupsItselfBeforeTheJailIsRemoved) {
  if (!missing_v1({"cpu", "pids"}).empty())
    GTEST_SKIP() << "no version 1 hierarchy on this host carries them";
  Child launched(vm({"--cgroup", "cpu.shares=300", "--cgroup", "pids.max=100"}));
  ASSERT_TRUE(appears(vm_socket()));
  launched.send(SIGKILL);
  launched.wait();
  EXPECT_TRUE(remove_group_tree(v1_mount("cpu") + "/firecracker/vm-1"));
  EXPECT_TRUE(remove_group_tree(v1_mount("pids") + "/firecracker"));  // the parent too
  remove_vm();
}

// ---- Kata Containers

class KataTest : public CallerTest {
 protected:
  // As systemd leaves a host: mounts made on it later show up in other namespaces.
  void SetUp() override {
    CallerTest::SetUp();
    ASSERT_EQ(mount(base().c_str(), base().c_str(), nullptr, MS_BIND, nullptr), 0);
    ASSERT_EQ(mount(nullptr, base().c_str(), nullptr, MS_SHARED, nullptr), 0);
    fill_root();
    write_file(scratch("image"), "a drive");
    write_file(vm_root() + "/drive", "");
  }
  void TearDown() override {
    umount2(base().c_str(), MNT_DETACH);
    CallerTest::TearDown();
  }
  void bind_drive() const {
    ASSERT_EQ(mount(scratch("image").c_str(), (vm_root() + "/drive").c_str(), nullptr, MS_BIND, nullptr), 0);
  }
  void unbind_drive() const { EXPECT_EQ(umount2((vm_root() + "/drive").c_str(), MNT_DETACH), 0); }
  std::string seen(const std::string& path) const {
    return read_file("/proc/" + std::to_string(vm_pid()) + "/root" + path);
  }
  pid_t start_in_the_background() {
    const Outcome outcome = run(vm({"--daemonize"}, {"--config-file", "/config.json"}));
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    return vm_pid();
  }
};

TEST_F(KataTest, BindsADriveBelowTheRootBeforeTheStart) {
  bind_drive();
  const pid_t pid = start_in_the_background();
  EXPECT_EQ(seen("/drive"), "a drive");
  EXPECT_EQ(seen("/vmlinux"), "the kernel");
  end_process(pid);
  unbind_drive();
  remove_vm();
}

TEST_F(KataTest, BindsADriveOntoAPlaceholderOfARunningVm) {
  const pid_t pid = start_in_the_background();
  ASSERT_TRUE(appears(vm_socket()));
  EXPECT_EQ(seen("/drive"), "");
  bind_drive();
  EXPECT_EQ(seen("/drive"), "a drive");
  EXPECT_EQ(ask(vm_socket(), "GET /"), "200");
  end_process(pid);
  unbind_drive();
  remove_vm();
}

TEST_F(KataTest, RemovesTheWholeDirectoryItselfAndUsesTheIdAgain) {
  for (int round = 0; round < 2; ++round) {
    const pid_t pid = start_in_the_background();
    ASSERT_TRUE(appears(vm_socket()));
    end_process(pid);
    std::filesystem::remove_all(vm_directory());
    EXPECT_EQ(run({runner(), "ps", "--chroot-base-dir", base()}).out.find("vm-1"), std::string::npos);
    fill_root();
  }
  std::filesystem::remove_all(base() + "/firecracker");
}

// Kata's runtime in Rust.
TEST_F(KataTest, TakesTheEndOfStderrForTheEndOfTheVm) {
  Child launched(vm({}, {"--api-sock", "/run/firecracker.socket"}));
  ASSERT_TRUE(appears(vm_socket()));
  const std::string stderr_pipe = descriptors(launched.pid())[STDERR_FILENO];
  ASSERT_EQ(stderr_pipe.rfind("pipe:", 0), 0U);
  for (const pid_t pid : all_processes()) {
    if (pid == launched.pid() || pid == getpid()) continue;
    for (const auto& [fd, target] : descriptors(pid)) EXPECT_NE(target, stderr_pipe) << command_of(pid);
  }
  launched.send(SIGKILL);
  EXPECT_FALSE(launched.wait().timed_out);  // it reads to the end of both streams
  remove_vm();
}

TEST_F(KataTest, JoinsTheNetworkNamespaceItselfBeforeTheLaunch) {
  const NetworkNamespace network(scratch("network"));
  Command wanted = vm();
  wanted.in_child = [&] {
    const int fd = open(network.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (setns(fd, CLONE_NEWNET) != 0) _exit(126);
  };
  Child launched(wanted);
  ASSERT_TRUE(appears(vm_socket()));
  EXPECT_EQ(namespace_of(launched.pid(), "net"), network.name());
  launched.send(SIGKILL);
  launched.wait();
  remove_vm();
}

}  // namespace
}  // namespace jailrun::integration
