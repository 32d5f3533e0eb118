// SPDX-License-Identifier: Apache-2.0
// What clients of Firecracker's jailer call it with, word for word. What each relies on beyond that the
// program is started as asked: clients_test.cpp.
#include "integration/jailer/client.hpp"
#include "integration/support/cgroups.hpp"
#include "integration/support/network.hpp"

#include <map>
#include <ostream>
#include <tuple>

#include <signal.h>

namespace jailrun::integration {
namespace {

struct Caller {
  const char* name;
  Strings options;  // BASE, PROGRAM and NETNS stand for this test's own
  Strings arguments;
  bool returns_at_once = false;
};
void PrintTo(const Caller& caller, std::ostream* stream) { *stream << caller.name; }

const Caller kCallers[] = {
    {"Sdk",
     {"--id", "vm-1", "--uid", "123", "--gid", "100", "--exec-file", "PROGRAM", "--chroot-base-dir", "BASE"},
     {"--no-seccomp", "--api-sock", "/run/firecracker.socket"}},
    {"SdkWithCpus",
     {"--id",
      "vm-1",
      "--uid",
      "123",
      "--gid",
      "100",
      "--exec-file",
      "PROGRAM",
      "--cgroup",
      "cpuset.mems=0",
      "--cgroup",
      "cpuset.cpus=0",
      "--cgroup-version",
      "1",
      "--parent-cgroup",
      "vms",
      "--chroot-base-dir",
      "BASE",
      "--netns",
      "NETNS"},
     {"--seccomp-filter", "/filter.bpf", "--api-sock", "/run/firecracker.socket"}},
    {"SdkInTheBackground",
     {"--id", "vm-1", "--uid", "123", "--gid", "100", "--exec-file", "PROGRAM", "--chroot-base-dir", "BASE",
      "--daemonize"},
     {"--no-seccomp", "--api-sock", "/run/firecracker.socket"},
     true},
    {"SdkOf022",
     {"--id", "vm-1", "--uid", "123", "--gid", "100", "--exec-file", "PROGRAM", "--node", "0",
      "--chroot-base-dir", "BASE", "--daemonize"},
     {"--seccomp-filter", "/filter.bpf"},
     true},
    {"Firectl",
     {"--id", "vm-1", "--uid", "0", "--gid", "0", "--exec-file", "PROGRAM", "--cgroup", "cpuset.mems=0",
      "--cgroup", "cpuset.cpus=0", "--chroot-base-dir", "BASE"},
     {"--no-seccomp", "--api-sock", "/run/firecracker.socket"}},
    {"KataGo",
     {"--id", "vm-1", "--exec-file", "PROGRAM", "--uid", "0", "--gid", "0", "--chroot-base-dir", "BASE",
      "--daemonize", "--netns", "NETNS"},
     {"--config-file", "/config.json"},
     true},
    {"KataGoWithNode",
     {"--id", "vm-1", "--node", "0", "--exec-file", "PROGRAM", "--uid", "0", "--gid", "0",
      "--chroot-base-dir", "BASE", "--daemonize"},
     {"--config-file", "/config.json"},
     true},
    {"KataGoWithSeccompLevel",
     {"--id", "vm-1", "--node", "0", "--seccomp-level", "2", "--exec-file", "PROGRAM", "--uid", "0", "--gid",
      "0", "--chroot-base-dir", "BASE", "--daemonize"},
     {"--config-file", "/config.json"},
     true},
    {"KataRust",
     {"--id", "vm-1", "--gid", "0", "--uid", "0", "--exec-file", "PROGRAM", "--chroot-base-dir", "BASE"},
     {"--api-sock", "/run/firecracker.socket"}},
    {"BuildBuddy",
     {"--id", "vm-1", "--uid", "123", "--gid", "100", "--exec-file", "PROGRAM", "--cgroup", "cpuset.mems=0",
      "--cgroup", "cpuset.cpus=0", "--cgroup", "cpuset.cpus=0", "--chroot-base-dir", "BASE"},
     {"--no-seccomp", "--api-sock", "/run/firecracker.socket"}},
    {"AlephVm",
     {"--id", "vm-1", "--exec-file", "PROGRAM", "--uid", "123", "--gid", "100", "--chroot-base-dir", "BASE"},
     {"--config-file", "/config.json"}},
    {"OpenNebula",
     {"--id", "vm-1", "--exec-file", "PROGRAM", "--uid", "123", "--gid", "100", "--chroot-base-dir", "BASE",
      "--daemonize"},
     {"--config-file", "config.json"},
     true},
};

// By the jailer's own name, and by that of the hardened pipeline.
class CallersArgv : public CallerTest, public testing::WithParamInterface<std::tuple<Caller, const char*>> {};

TEST_P(CallersArgv, StartsTheProgramWithThoseArguments) {
  const NetworkNamespace network(scratch("network"));
  const Caller& caller = std::get<0>(GetParam());
  name_ = std::get<1>(GetParam());
  const bool is_hardened = name_ == kHardened;
  for (const std::string& word : caller.options)
    if (word.rfind("cpuset.", 0) == 0 && !missing_v1({"cpuset"}).empty())
      GTEST_SKIP() << "no version 1 hierarchy on this host carries cpuset";
  std::map<std::string, std::string> own = {
      {"BASE", base()}, {"PROGRAM", program()}, {"NETNS", network.path()}};
  Strings words;
  for (const std::string& word : caller.options) {
    const bool is_root = is_hardened && !words.empty() && words.back() == "--uid" && word == "0";
    words.push_back(is_root ? "123" : own.count(word) != 0 ? own[word] : word);
  }
  words.emplace_back("--");
  words.insert(words.end(), caller.arguments.begin(), caller.arguments.end());

  fill_root();
  Child launched(jailer(words));
  if (caller.returns_at_once) {
    const Outcome outcome = launched.wait();
    ASSERT_TRUE(outcome.succeeded()) << outcome.text();
    // Of the hardened one a kernel may lack something, and then it warns.
    EXPECT_TRUE(is_hardened || outcome.out + outcome.err == "") << outcome.text();
  }
  ASSERT_EQ(ask(vm_socket(), "GET /"), "200") << launched.wait().text();
  const pid_t pid = caller.returns_at_once ? vm_pid() : launched.pid();
  Strings given = reported(read_file(vm_root() + "/started"), "argument");
  ASSERT_EQ(given.size(), 9 + caller.arguments.size());
  EXPECT_EQ(given[0] + " " + given[1] + " " + given[2], "/firecracker --id vm-1");
  EXPECT_EQ(Strings(given.begin() + 9, given.end()), caller.arguments);
  EXPECT_EQ(vm_pid(), pid);
  EXPECT_EQ(std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe").filename(), "firecracker");
  if (caller.returns_at_once)
    end_process(pid);
  else {
    launched.send(SIGTERM);
    EXPECT_EQ(launched.wait().signal, SIGTERM);
  }
  remove_vm();
}

INSTANTIATE_TEST_SUITE_P(Of, CallersArgv,
                         testing::Combine(testing::ValuesIn(kCallers), testing::Values("jailer")),
                         [](const auto& caller) { return std::get<0>(caller.param).name; });
INSTANTIATE_TEST_SUITE_P(OfTheHardened, CallersArgv,
                         testing::Combine(testing::ValuesIn(kCallers), testing::Values("jailer-hardened")),
                         [](const auto& caller) { return std::get<0>(caller.param).name; });

TEST_F(CallerTest, RootAsTheUserIsRefusedByTheHardenedPipelineBeforeAnythingIsMade) {
  name_ = kHardened;
  const HostSnapshot before = snapshot();
  const Outcome outcome = run(jailer(
      {"--id", "vm-1", "--uid", "0", "--gid", "0", "--exec-file", program(), "--chroot-base-dir", base()}));
  EXPECT_EQ(outcome.exit_status, 1);
  expect_mentions(outcome.err, {"firecracker-hardened.conf", "root", "give it a uid"});
  EXPECT_EQ(changes(before), "");
}

}  // namespace
}  // namespace jailrun::integration
