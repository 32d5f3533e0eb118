// SPDX-License-Identifier: Apache-2.0
// Where a daemon's output goes: to a file, to syslog, nowhere.
#include "integration/support/jail_test.hpp"

#include <cstring>
#include <filesystem>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class DaemonLogsTest : public JailTest {
 protected:
  std::string log() const { return scratch("vmm.log"); }

  // Until the program has exited, and so has written everything.
  void run_daemon(Strings options) {
    options.emplace_back("--daemonize");
    const Outcome outcome = launch(options, {"--exit", "0"});
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    const std::string pid = read_file(root() + "/probe.pid");
    waitpid(std::stoi(pid), nullptr, 0);  // an orphan, that has come to us
    remove_jail();
  }
};

TEST_F(DaemonLogsTest, WhatItPrintsGoesToAFile) {
  run_daemon({"--stdout", log()});
  EXPECT_NE(read_file(log()).find("uid 1234 1234 1234\n"), std::string::npos);
  EXPECT_EQ(describe(log()), "file 0640 0:0");
}

TEST_F(DaemonLogsTest, AFileIsAppendedTo) {
  write_file(log(), "an earlier line\n");
  run_daemon({"--stdout", log()});
  EXPECT_EQ(read_file(log()).find("an earlier line\nargument /probe\n"), 0U);
}

TEST_F(DaemonLogsTest, BothStreamsCanShareAFile) {
  const Jailed jailed = start_daemon({"--stdout", log(), "--stderr", log()});
  const Strings fds = jailed.report_all("fd");
  ASSERT_EQ(fds.size(), 3U);
  EXPECT_EQ(std::filesystem::read_symlink("/proc/" + std::to_string(jailed.pid()) + "/fd/2").filename(),
            "vmm.log");
}

TEST_F(DaemonLogsTest, ALogOutlivesItsJail) {
  { const Jailed jailed = start_daemon({"--stdout", log()}); }
  EXPECT_FALSE(exists(jail()));
  EXPECT_TRUE(exists(log()));
}

TEST_F(DaemonLogsTest, ALaunchThatFailsLeavesNoLogOfItsOwn) {
  refusal({"--daemonize", "--stdout", log(), "--exec-file", broken_program()});
  write_file(log(), "an earlier line\n");
  refusal({"--daemonize", "--stdout", log(), "--exec-file", broken_program()});
  EXPECT_EQ(read_file(log()), "an earlier line\n");
}

TEST_F(DaemonLogsTest, WhatIsNoRegularFileIsRefused) {
  ASSERT_EQ(mkfifo(log().c_str(), 0600), 0);
  const std::string fifo = refusal({"--daemonize", "--stdout", log()});
  EXPECT_NE(fifo.find(log()), std::string::npos) << fifo;
  std::filesystem::remove(log());
  // Who can write to the log's directory could have root append to any file of the host.
  write_file(scratch("precious"), "precious\n");
  std::filesystem::create_symlink(scratch("precious"), log());
  refusal({"--daemonize", "--stdout", log()});
  EXPECT_EQ(read_file(scratch("precious")), "precious\n");
}

TEST_F(DaemonLogsTest, ADirectoryThatIsNotThereIsNamed) {
  const std::string sentence = refusal({"--daemonize", "--stderr", scratch("absent/vmm.log")});
  EXPECT_NE(sentence.find(scratch("absent/vmm.log")), std::string::npos) << sentence;
}

TEST_F(DaemonLogsTest, ARelativePathIsRefused) {
  EXPECT_NE(refusal({"--daemonize", "--stdout", "vmm.log"}).find("--stdout: 'vmm.log' is neither"),
            std::string::npos);
}

TEST_F(DaemonLogsTest, WithoutDaemonizeTheOptionIsRefusedAndThePipelinesSettingIgnored) {
  EXPECT_NE(refusal({"--stdout", log()}).find("--stdout: without --daemonize"), std::string::npos);
  const Jailed jailed = start({"--pipeline", pipeline_with("stdout = " + log() + "\n", "drop-privs")});
  EXPECT_FALSE(exists(log()));
}

TEST_F(DaemonLogsTest, APipelineCanSetIt) {
  run_daemon({"--pipeline", pipeline_with("stdout = " + log() + "\n", "drop-privs")});
  EXPECT_FALSE(read_file(log()).empty());
}

// A socket at /dev/log, in the place of a syslog daemon's.
class SyslogTest : public DaemonLogsTest {
 protected:
  void listen(int type) {
    fd_ = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, "/dev/log");
    ASSERT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0) << std::strerror(errno);
    bound_ = true;
    ASSERT_TRUE(type != SOCK_STREAM || ::listen(fd_, 5) == 0);
  }
  void TearDown() override {
    if (fd_ >= 0) close(fd_);
    if (bound_) unlink("/dev/log");
    JailTest::TearDown();
  }
  static std::string heard(int fd) {
    timeval limit = {20, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::string text;
    char chunk[65536];
    ssize_t count = 0;
    while (text.find("end\n") == std::string::npos && (count = recv(fd, chunk, sizeof chunk, 0)) > 0)
      text.append(chunk, static_cast<size_t>(count));
    return text;
  }

  int fd_ = -1;
  bool bound_ = false;
};

TEST_F(SyslogTest, WhatItPrintsGoesToSyslog) {
  listen(SOCK_DGRAM);
  run_daemon({"--stdout", "syslog"});
  EXPECT_NE(heard(fd_).find("uid 1234 1234 1234\n"), std::string::npos);
}

TEST_F(SyslogTest, ADaemonThatListensForStreamsIsServedToo) {
  listen(SOCK_STREAM);
  run_daemon({"--stdout", "syslog"});
  const int connection = accept(fd_, nullptr, nullptr);
  EXPECT_NE(heard(connection).find("uid 1234 1234 1234\n"), std::string::npos);
  close(connection);
}

TEST_F(SyslogTest, WithoutASyslogDaemonTheLaunchFails) {
  const std::string sentence = refusal({"--daemonize", "--stderr", "syslog"});
  EXPECT_NE(sentence.find("connect to /dev/log"), std::string::npos) << sentence;
}

}  // namespace
}  // namespace jailrun::integration
