// SPDX-License-Identifier: Apache-2.0
// jailrun as a client of Firecracker's jailer meets it: by a symbolic link of that name, with the
// client's own words.
#pragma once

#include "integration/support/jail_test.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace jailrun::integration {

class JailerTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    for (const char* name : {"jailer", kHardened}) std::filesystem::create_symlink(runner(), scratch(name));
  }

  // The link by which firecracker-hardened.conf is used.
  static constexpr const char* kHardened = "jailer-hardened";
  std::string name_ = "jailer";

  // `jailer WORDS`, word for word.
  Command jailer(const Strings& words) const {
    Command wanted{{scratch(name_)}};
    wanted.argv.insert(wanted.argv.end(), words.begin(), words.end());
    return wanted;
  }

  // JailTest::command() by that name. No pipeline is named: the name decides.
  Command as_jailer(const Strings& options, const Strings& arguments = {}) const {
    Command wanted = command(options, arguments);
    wanted.argv[0] = scratch("jailer");
    const auto named = std::find(wanted.argv.begin(), wanted.argv.end(), "--pipeline");
    wanted.argv.erase(named, named + 2);
    return wanted;
  }

  // The probe in jail "jail", until it goes out of scope.
  Jailed start_as_jailer(const Strings& options, const Strings& arguments = {},
                         std::function<void()> in_child = {}) {
    Strings words = arguments;
    words.emplace_back("--sleep");
    Command wanted = as_jailer(options, words);
    wanted.in_child = std::move(in_child);
    return start_command(wanted);
  }

  // The same for a launch that returns while the program runs: --daemonize, --new-pid-ns.
  Jailed start_behind_jailer(const Strings& options, const Strings& arguments = {},
                             std::function<void()> in_child = {}) {
    Strings words = {"--report", "/report"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    words.emplace_back("--sleep");
    Command wanted = as_jailer(options, words);
    wanted.in_child = [in_child = std::move(in_child)] {
      // By itself --new-pid-ns leaves the program the caller's streams, whose end run() waits for.
      for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
        if (dup2(STDIN_FILENO, stream) < 0) _exit(126);
      if (in_child) in_child();
    };
    const Outcome launched = run(wanted);
    EXPECT_TRUE(launched.succeeded()) << launched.text();
    const pid_t pid = launched.succeeded() ? std::atoi(read_file(root() + "/probe.pid").c_str()) : 0;
    return {*this, "jail", "probe", std::nullopt, pid};
  }
};

// Looks every ten milliseconds, as the clients do; only a hang lets it run out of time.
template <class Condition>
bool becomes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}
inline bool appears(const std::string& path) {
  return becomes_true([&] { return exists(path); });
}

// One request of Firecracker's API, and its answer; empty: nobody answers there.
inline std::string answer_to(const std::string& socket_path, const std::string& request,
                             const std::string& body = "") {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string answer;
  const bool connected =
      becomes_true([&] { return connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0; });
  const std::string text =
      request + " HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  if (connected && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size())) {
    char part[4096];
    const ssize_t size = read(fd, part, sizeof part);
    answer.assign(part, size > 0 ? static_cast<size_t>(size) : 0);
  }
  close(fd);
  return answer;
}
// The status of the answer, as "204".
inline std::string ask(const std::string& socket_path, const std::string& request,
                       const std::string& body = "") {
  const std::string answer = answer_to(socket_path, request, body);
  return answer.substr(0, 9) == "HTTP/1.1 " ? answer.substr(9, 3) : "";
}

// A client's virtual machine: jail "vm-1" of a program that calls itself firecracker, takes its arguments and
// serves its API.
class CallerTest : public JailerTest {
 protected:
  void SetUp() override {
    JailerTest::SetUp();
    std::filesystem::copy_file(test_file("fake-vmm"), program());
  }

  std::string program() const { return scratch("firecracker"); }
  std::string vm_directory() const { return jail("vm-1", "firecracker"); }
  std::string vm_root() const { return root("vm-1", "firecracker"); }
  std::string vm_socket() const { return vm_root() + "/run/firecracker.socket"; }
  pid_t vm_pid() const { return std::atoi(read_file(vm_root() + "/firecracker.pid").c_str()); }

  // What every client gives, `more`, and the program's arguments.
  Command vm(const Strings& more = {}, const Strings& arguments = {}) const {
    Strings words = {
        "--id", "vm-1", "--uid", "123", "--gid", "100", "--exec-file", program(), "--chroot-base-dir",
        base()};
    words.insert(words.end(), more.begin(), more.end());
    words.emplace_back("--");
    words.insert(words.end(), arguments.begin(), arguments.end());
    return jailer(words);
  }

  // What Kata, aleph-vm and OpenNebula do first.
  void fill_root() const {
    std::filesystem::create_directories(vm_root());
    write_file(vm_root() + "/vmlinux", "the kernel");
    write_file(vm_root() + "/config.json", R"({"boot-source": {"kernel_image_path": "/vmlinux"}})");
  }

  // The program must have exited.
  void remove_vm() {
    remove_jail("vm-1", "firecracker");
    std::filesystem::remove_all(base() + "/firecracker");
  }
};

}  // namespace jailrun::integration
