// SPDX-License-Identifier: Apache-2.0
// Firecracker itself in the jail that firecracker-hardened.conf makes, where JAILRUN_FIRECRACKER names its
// file: no package registry has one. callers_test.cpp has a stand-in do the rest.
#include "integration/jailer/client.hpp"
#include "integration/support/network.hpp"
#include "integration/support/tiny_guests.hpp"

#include <cstdlib>

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

namespace jailrun::integration {
namespace {

class FirecrackerTest : public CallerTest {
 protected:
  void SetUp() override {
    CallerTest::SetUp();
    name_ = kHardened;
    const char* const given = std::getenv("JAILRUN_FIRECRACKER");
    if (given == nullptr) GTEST_SKIP() << "JAILRUN_FIRECRACKER names no Firecracker";
    std::filesystem::copy_file(given, program(), std::filesystem::copy_options::overwrite_existing);
  }

  // What a client puts into the root before the launch. It is all the VM's own.
  void fill(Then then) const {
    std::filesystem::create_directories(vm_root());
    put("vmlinux", tiny_kernel(then));
    put("disk", std::string(1 << 20, '\0'));
  }
  void put(const std::string& name, const std::string& text) const {
    write_file(vm_root() + "/" + name, text);
    ASSERT_EQ(chown((vm_root() + "/" + name).c_str(), 123, 100), 0);
  }
  std::string asked(const std::string& request, const std::string& body = "") const {
    const std::string answer = answer_to(vm_socket(), request, body);
    return answer.find("\r\n\r\n") == std::string::npos ? answer
                                                        : answer.substr(9, 3) + " " + body_of(answer);
  }
  // All that the guest is made of is given, and it is started.
  void start_machine(const Strings& more = {}) const {
    Strings requests = {
        R"(PUT /logger {"log_path": "/log", "level": "Info"})",
        R"(PUT /machine-config {"vcpu_count": 2, "mem_size_mib": 128})",
        R"(PUT /boot-source {"kernel_image_path": "/vmlinux", "boot_args": "console=ttyS0"})",
        R"(PUT /drives/root {"drive_id": "root", "path_on_host": "/disk", "is_root_device": true, "is_read_only": false})",
        R"(PUT /vsock {"guest_cid": 3, "uds_path": "/vsock"})",
        R"(PUT /balloon {"amount_mib": 8, "deflate_on_oom": true, "stats_polling_interval_s": 1})",
        R"(PUT /entropy {})",
        R"(PUT /serial {"serial_out_path": "/console"})"};
    requests.insert(requests.end(), more.begin(), more.end());
    requests.emplace_back(R"(PUT /actions {"action_type": "InstanceStart"})");
    for (const std::string& request : requests) {
      const size_t body = request.find(" {");
      EXPECT_EQ(asked(request.substr(0, body), request.substr(body + 1)), "204 ") << request;
    }
  }
  void end(Child& launched) {
    launched.send(SIGTERM);
    EXPECT_EQ(launched.wait().signal, SIGTERM);
    remove_vm();
  }
  std::string console() const {
    const std::string file = vm_root() + "/console";
    becomes_true([&] { return exists(file) && read_file(file).find('\n') != std::string::npos; });
    return read_file(file);
  }

 private:
  static std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }
};

// As firecracker-go-sdk makes one; the file of the namespace stays its own.
void make_tap(const std::string& network, const char* name, uid_t owner) {
  const pid_t child = fork();
  if (child == 0) {
    const int home = open(network.c_str(), O_RDONLY | O_CLOEXEC);
    if (setns(home, CLONE_NEWNET) != 0) _exit(1);
    ifreq request{};
    std::string(name).copy(request.ifr_name, sizeof request.ifr_name - 1);
    request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
    const int tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (ioctl(tap, TUNSETIFF, &request) != 0 || ioctl(tap, TUNSETOWNER, owner) != 0) _exit(2);
    _exit(ioctl(tap, TUNSETPERSIST, 1) == 0 ? 0 : 3);
  }
  int status = -1;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
}

TEST_F(FirecrackerTest, ItsApiAnswersAndItIsConfined) {
  Child launched(vm());
  ASSERT_TRUE(appears(vm_socket())) << launched.wait().text();
  const std::string answer = asked("GET /");
  expect_mentions(answer, {"200 ", "\"Firecracker\"", "\"vm-1\"", "Not started"});
  std::map<std::string, std::string> status = status_fields(launched.pid());
  EXPECT_EQ(status["CapBnd"], "0000000000000000");
  EXPECT_EQ(status["NoNewPrivs"], "1");
  EXPECT_EQ(status["Seccomp"], "2");
  end(launched);
}

TEST_F(FirecrackerTest, AGuestOfAFileBootsAndFirecrackerEndsWithIt) {
  if (!kvm_runs_guests()) GTEST_SKIP() << "the /dev/kvm of this host runs no guests";
  fill(Then::kReset);
  put("machine.json", R"({"boot-source": {"kernel_image_path": "/vmlinux", "boot_args": "console=ttyS0"},
                          "drives": [{"drive_id": "root", "path_on_host": "/disk", "is_root_device": true,
                                      "is_read_only": false}],
                          "machine-config": {"vcpu_count": 1, "mem_size_mib": 128}})");
  const Outcome outcome = run(vm({}, {"--no-api", "--config-file", "/machine.json", "--log-path", "/log"}));
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  expect_mentions(outcome.out, {kTinyGreeting});
  remove_vm();
}

TEST_F(FirecrackerTest, InThePidNamespaceAndTheBackgroundAGuestBootsToo) {
  if (!kvm_runs_guests()) GTEST_SKIP() << "the /dev/kvm of this host runs no guests";
  fill(Then::kHalt);
  const Outcome outcome = run(vm({"--new-pid-ns", "--daemonize"}));
  ASSERT_TRUE(outcome.succeeded()) << outcome.text();
  start_machine();
  expect_mentions(console(), {kTinyGreeting});
  EXPECT_EQ(status_fields(vm_pid())["NSpid"], std::to_string(vm_pid()) + "\t1");
  end_process(vm_pid());
  remove_vm();
}

TEST_F(FirecrackerTest, ASnapshotIsWrittenAndLoadedByAnother) {
  if (!kvm_runs_guests()) GTEST_SKIP() << "the /dev/kvm of this host runs no guests";
  fill(Then::kHalt);
  Child first(vm());
  start_machine();
  expect_mentions(console(), {kTinyGreeting});
  EXPECT_EQ(asked("PATCH /vm", R"({"state": "Paused"})"), "204 ");
  EXPECT_EQ(asked("PUT /snapshot/create",
                  R"({"snapshot_type": "Full", "snapshot_path": "/state", "mem_file_path": "/memory"})"),
            "204 ");
  const std::string state = read_file(vm_root() + "/state");
  std::filesystem::copy_file(vm_root() + "/memory", scratch("memory"));
  end(first);

  fill(Then::kHalt);
  put("state", state);
  put("console", "");
  std::filesystem::copy_file(scratch("memory"), vm_root() + "/memory");
  ASSERT_EQ(chown((vm_root() + "/memory").c_str(), 123, 100), 0);
  Child second(vm());
  EXPECT_EQ(asked("PUT /snapshot/load",
                  R"({"snapshot_path": "/state", "mem_backend": {"backend_type": "File",
                      "backend_path": "/memory"}, "resume_vm": true})"),
            "204 ");
  expect_mentions(asked("GET /"), {"Running"});
  end(second);
}

TEST_F(FirecrackerTest, AGuestHasATapDeviceOfItsNetworkNamespaceAndMetadata) {
  if (!kvm_runs_guests()) GTEST_SKIP() << "the /dev/kvm of this host runs no guests";
  const NetworkNamespace network(scratch("network"));
  make_tap(network.path(), "tap0", 123);
  fill(Then::kHalt);
  Child launched(vm({"--netns", network.path()}));
  start_machine({R"(PUT /network-interfaces/eth0 {"iface_id": "eth0", "host_dev_name": "tap0"})",
                 R"(PUT /mmds/config {"network_interfaces": ["eth0"], "version": "V2"})",
                 R"(PUT /mmds {"greeting": "hello"})"});
  EXPECT_EQ(asked("GET /mmds"), R"(200 {"greeting":"hello"})");
  expect_mentions(console(), {kTinyGreeting});
  end(launched);
}

}  // namespace
}  // namespace jailrun::integration
