// SPDX-License-Identifier: Apache-2.0
// The fixture of the tests in which a real client, the published Go SDK for Firecracker, unmodified, takes
// jailrun for the jailer. In the jail is a stand-in for Firecracker, which tells what reached it.
#pragma once

#include "integration/support/jail_test.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <signal.h>
#include <unistd.h>

namespace jailrun::integration {

class GoSdkTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    std::filesystem::create_symlink(runner(), scratch(jailer_));
    for (const char* name : {"vmlinux", "initrd", "disk-1", "disk-2"}) write_file(scratch(name), name);
    ASSERT_EQ(chown(scratch("disk-1").c_str(), kUid, kGid), 0);
  }

  // For what `options` leaves out: id "jail", the fake VMM, kUid and kGid, base(), a kernel and a root drive.
  Command client(const Strings& options = {}) const {
    Strings argv = {test_file("sdk-client"),
                    "-jailer=" + scratch(jailer_),
                    "-base=" + base(),
                    "-id=jail",
                    "-exec-file=" + test_file("fake-vmm"),
                    "-uid=" + std::to_string(kUid),
                    "-gid=" + std::to_string(kGid),
                    "-kernel=" + scratch("vmlinux"),
                    "-drive=" + scratch("disk-1")};
    argv.insert(argv.end(), options.begin(), options.end());
    Command command{argv};
    // Half a second by default, which a machine that is busy with other things can exceed.
    command.environment.emplace_back("FIRECRACKER_GO_SDK_REQUEST_TIMEOUT_MILLISECONDS=20000");
    return command;
  }

  std::string vmm_root() const { return root("jail", "fake-vmm"); }
  pid_t recorded_pid() const { return std::atoi(read_file(vmm_root() + "/fake-vmm.pid").c_str()); }
  // What the program in the jail was given at its start: "pid", "argument", "fd", and other words.
  Strings given(const std::string& word) const { return reported(read_file(vmm_root() + "/started"), word); }
  // What it was asked, without the bodies: "204 PUT /actions".
  Strings asked() const {
    Strings all;
    for (const std::string& line : split_lines(read_file(vmm_root() + "/requests.log")))
      all.push_back(line.substr(0, line.find(" {")));
    return all;
  }
  bool was_asked(const std::string& request) const {
    const Strings all = asked();
    return std::count(all.begin(), all.end(), request) == 1;
  }

  class Machine;

  std::string jailer_ = "jailer";
};

// A machine that a client has started and holds; it is stopped, and its jail removed, when this goes
// out of scope.
class GoSdkTest::Machine {
 public:
  explicit Machine(GoSdkTest& test, const Strings& options = {}, std::string id = "jail")
      : test_(&test), id_(std::move(id)), client_(with_id(test.client(options), id_)) {
    if (!client_.says("ready")) ADD_FAILURE() << "no machine: " << wait().text();
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() {
    end();
    test_->remove_jail(id_, "fake-vmm");
  }

  pid_t client_pid() const { return client_.pid(); }
  // What the client says that it saw: "state" -> "Running".
  std::string said(const std::string& word) const {
    const Strings all = reported(client_.out_so_far(), word);
    return all.empty() ? "(not said)" : all.front();
  }
  pid_t pid() const { return std::atoi(said("pid").c_str()); }
  // Tells the client to stop it, and gives what the client reports.
  std::string end(int signal = SIGUSR1, const std::string& word = "ended") {
    if (!outcome_) client_.send(signal);
    const Strings all = reported(wait().out, word);
    return all.empty() ? "(not said)" : all.back();
  }

 private:
  const Outcome& wait() {
    if (!outcome_) outcome_ = client_.wait();
    return *outcome_;
  }

  static Command with_id(Command command, const std::string& id) {
    command.argv.push_back("-id=" + id);
    return command;
  }

  GoSdkTest* test_;
  std::string id_;
  Child client_;
  std::optional<Outcome> outcome_;
};

}  // namespace jailrun::integration
