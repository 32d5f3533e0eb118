// SPDX-License-Identifier: Apache-2.0
// What can be done to a launch by another process of the program's user, while it has the program's uid and the
// way back to root: in its exec.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

// A launch that waits in its exec: the interpreter is a file on which the test has a lease, so that the kernel
// holds who opens it until the lease is given back, 45 s at most.
class InExecTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    std::filesystem::create_directories(scratch("tools"));
    std::filesystem::copy_file(test_file("probe"), scratch("tools/probe"));
    write_file(scratch("lease.conf"),
               with_section_before(read_file(pipeline("default.conf")), "cgroup-v1",
                                   "[bind]\nbind = " + scratch("tools") + ":/tools:ro,nosuid\n"));
    write_file(scratch("probe"), "#!/tools/probe\n");
    chmod(scratch("probe").c_str(), 0755);
  }

  Child launched(const Strings& more = {}) {
    signal(SIGIO, SIG_IGN);  // what the kernel tells the holder of a lease
    lease_ = open(scratch("tools/probe").c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(fcntl(lease_, F_SETLEASE, F_WRLCK), 0) << std::strerror(errno);
    Strings options = {"--pipeline", scratch("lease.conf"), "--exec-file", scratch("probe")};
    options.insert(options.end(), more.begin(), more.end());
    Child child(command(options, {"--exit", "0"}));
    for (int tries = 0; tries < 1000 && fcntl(lease_, F_GETLEASE) == F_WRLCK; ++tries)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_NE(fcntl(lease_, F_GETLEASE), F_WRLCK) << "nobody has opened the interpreter";
    return child;
  }
  void give_lease_back() {
    close(lease_);
    lease_ = -1;
  }
  // What another process of the program's uid and gid gets for each attempt: an errno's name, or "yes". All but
  // the last are judged as PTRACE_ATTACH is, which would wait for the end of the exec.
  static std::string attempts_on(pid_t pid) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return "no pipe";
    const pid_t attacker = fork();
    if (attacker == 0) {
      if (setresgid(kGid, kGid, kGid) != 0 || setresuid(kUid, kUid, kUid) != 0) _exit(98);
      std::string told;
      const auto tell = [&](const char* what, bool worked) {
        told += std::string(what) + " " + (worked ? "yes" : strerrorname_np(errno)) + "\n";
      };
      const std::string directory = "/proc/" + std::to_string(pid);
      tell("memory", open((directory + "/mem").c_str(), O_RDWR) >= 0);
      tell("root", open((directory + "/root").c_str(), O_PATH) >= 0 &&
                       openat(open((directory + "/root").c_str(), O_PATH), "etc", O_PATH) >= 0);
      tell("descriptors", open((directory + "/fd").c_str(), O_RDONLY | O_DIRECTORY) >= 0);
      const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
      tell("descriptor", syscall(SYS_pidfd_getfd, pidfd, 0, 0) >= 0);
      char byte = 0;
      const iovec mine = {&byte, 1};
      const iovec its = {const_cast<int*>(&kNumber), 1};
      tell("write", process_vm_writev(pid, &mine, 1, &its, 1, 0) == 1);
      rlimit limit = {};
      tell("limit", prlimit(pid, RLIMIT_NOFILE, nullptr, &limit) == 0);
      (void)!write(ends[1], told.data(), told.size());
      _exit(0);
    }
    close(ends[1]);
    std::string told(4096, '\0');
    told.resize(static_cast<size_t>(std::max<ssize_t>(0, read(ends[0], told.data(), told.size()))));
    close(ends[0]);
    waitpid(attacker, nullptr, 0);
    return told;
  }
  static void send_as_its_user(pid_t pid, int number) {
    const pid_t sender = fork();
    if (sender == 0) {
      if (setresgid(kGid, kGid, kGid) != 0 || setresuid(kUid, kUid, kUid) != 0) _exit(98);
      _exit(kill(pid, number) == 0 ? 0 : 1);
    }
    int status = 0;
    waitpid(sender, &status, 0);
    EXPECT_EQ(status, 0);
  }

 private:
  static constexpr int kNumber = 0;
  int lease_ = -1;
};

TEST_F(InExecTest, AProcessOfTheProgramsUserReachesNothingOfTheLaunch) {
  Child child = launched();
  auto fields = status_fields(child.pid());
  EXPECT_EQ(fields["Uid"], "1234\t1234\t0\t1234");
  EXPECT_EQ(fields["Gid"], "4321\t4321\t4321\t4321");
  EXPECT_EQ(fields["CapEff"], "0000000000000000");
  EXPECT_EQ(fields["CapInh"] + fields["CapAmb"], "00000000000000000000000000000000");
  EXPECT_EQ(attempts_on(child.pid()),
            "memory EACCES\nroot EACCES\ndescriptors EACCES\ndescriptor EPERM\nwrite EPERM\n"
            "limit EPERM\n");
  give_lease_back();
  EXPECT_TRUE(child.wait().succeeded());
  remove_jail();
}

TEST_F(InExecTest, ASignalOfTheProgramsUserEndsTheLaunchWithNothingLeft) {
  const HostSnapshot before = snapshot();
  for (const int number : {SIGTERM, SIGHUP, SIGALRM}) {
    Child child = launched();
    send_as_its_user(child.pid(), number);
    const Outcome outcome = child.wait();
    EXPECT_EQ(outcome.signal, number) << outcome.text();
    give_lease_back();
    EXPECT_EQ(changes(before), "") << outcome.text();
  }
}

TEST_F(InExecTest, AKillByTheProgramsUserLeavesWhatTheLedgerSays) {
  Child child = launched({"--cgroup", "pids.max=100"});
  send_as_its_user(child.pid(), SIGKILL);
  EXPECT_EQ(child.wait().signal, SIGKILL);
  give_lease_back();
  remove_jail();
  EXPECT_EQ(list(base()), "");
}

}  // namespace
}  // namespace jailrun::integration
