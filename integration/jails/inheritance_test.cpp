// SPDX-License-Identifier: Apache-2.0
// Nothing reaches the program that nobody named: from a caller that has everything that a process can pass
// on, through every pipeline that ships, in every mode.
#include "integration/support/capabilities.hpp"
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

using namespace std::chrono_literals;

constexpr rlim_t kFileSize = 64UL * 1024;  // less than the copy of the program
constexpr rlim_t kFiles = 8;               // less than a launch opens

// In the child that becomes jailrun.
void take_everything() {
  const int zero = open("/dev/zero", O_RDONLY);
  for (const int fd : {5, 9, 700}) dup2(zero, fd);
  syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
  syscall(SYS_add_key, "user", "secret of root", "x", 1, KEY_SPEC_SESSION_KEYRING);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGUSR1, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  const itimerval later = {{1000, 0}, {1000, 0}};
  setitimer(ITIMER_REAL, &later, nullptr);
  setitimer(ITIMER_PROF, &later, nullptr);
  personality(ADDR_NO_RANDOMIZE);
  setpriority(PRIO_PROCESS, 0, 3);
  const sched_param lowest = {1};
  sched_setscheduler(0, SCHED_RR, &lowest);
  syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_RT, 4));
  umask(077);
  const rlimit size = {kFileSize, RLIM_INFINITY};
  const rlimit files = {kFiles, 4096};
  setrlimit(RLIMIT_FSIZE, &size);
  setrlimit(RLIMIT_NOFILE, &files);
  raise_ambient_capabilities();
  prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP);
}

std::string joined(const Strings& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text.empty() ? "none" : text;
}

// The bounding set is the caller's: without new privileges nothing is gained by it.
Strings told(const std::string& report) {
  Strings descriptors;
  for (const std::string& one : reported(report, "fd")) descriptors.push_back(one.substr(0, one.find(' ')));
  Strings capabilities;
  for (const std::string& set : reported(report, "capabilities"))
    if (set.rfind("bounding", 0) != 0) capabilities.push_back(set);
  Strings list = {"fd " + joined(descriptors), "capabilities " + joined(capabilities)};
  for (const char* word :
       {"environment", "groups", "keyring", "blocked", "ignored", "umask", "securebits", "no-new-privs",
        "dumpable", "scheduling", "nice", "io-class", "personality", "timer"})
    list.push_back(std::string(word) + " " + joined(reported(report, word)));
  for (const std::string& limit : reported(report, "limit"))
    if (limit.rfind("fsize ", 0) == 0 || limit.rfind("no-file ", 0) == 0) list.push_back("limit " + limit);
  return list;
}

// What the hardened pipeline leaves: no key of its own, and rights that root can't have either.
Strings hardened(Strings list) {
  for (std::string& one : list) {
    if (one.rfind("keyring ", 0) == 0) one = "keyring EPERM";
    if (one.rfind("securebits ", 0) == 0) one = "securebits 239";
  }
  return list;
}

// Without what a program can't ask under Firecracker's filter.
Strings as_far_as_told(Strings list) {
  const auto is_refused = [](const std::string& one) {
    for (const char* word :
         {"groups", "umask", "blocked", "ignored", "scheduling", "nice", "io-class", "personality", "timer"})
      if (one.rfind(std::string(word) + " ", 0) == 0) return true;
    return false;
  };
  list.erase(std::remove_if(list.begin(), list.end(), is_refused), list.end());
  return list;
}

Strings expected(bool has_file_limit) {
  return {
      "fd 0, 1, 2",
      "capabilities effective 0000000000000000, permitted 0000000000000000, inheritable 0000000000000000, "
      "ambient 0000000000000000",
      "environment none",
      "groups 0",
      "keyring 0 keys, usable",
      "blocked none",
      "ignored none",
      "umask 0022",
      "securebits 0",
      "no-new-privs 1",
      "dumpable 1",
      "scheduling 0",
      "nice 3",  // a caller's choice, which takes from the program
      "io-class 0",
      "personality 0",
      "timer none",
      "limit fsize 65536 unlimited",  // likewise, where the pipeline names none
      has_file_limit ? "limit no-file 2048 2048" : "limit no-file 8 4096"};
}

struct Shipped {
  const char* pipeline;
  Strings options;  // SCRATCH/ begins a path below scratch()
};

class InheritanceTest : public JailTest {
 protected:
  void TearDown() override {
    (void)run({runner(), "rm", "--host", "--reports"});  // the reports of supervised launches
    JailTest::TearDown();
  }
  Strings options_of(const Shipped& shipped, const Strings& mode) const {
    Strings options = {"--pipeline", pipeline(shipped.pipeline)};
    for (std::string option : shipped.options) {
      if (option.rfind("SCRATCH/", 0) == 0) {
        const std::string path = option.substr(8);
        std::filesystem::create_directories(scratch(path.substr(0, path.find(':'))));
        option = scratch(path);
      }
      options.push_back(option);
    }
    options.insert(options.end(), mode.begin(), mode.end());
    return options;
  }

  // What the program reports that is our child.
  std::string in_foreground(const Strings& options, bool is_supervised) {
    Command wanted = command(options, {"--exit", "0"});
    wanted.in_child = take_everything;
    const Outcome outcome = run(wanted);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    if (!is_supervised && outcome.succeeded()) remove_jail();
    return outcome.out;
  }

  std::string in_background(const Strings& options, bool is_supervised) {
    Command wanted = command(options, {"--report", "/report", "--sleep"});
    const std::string output = scratch("output");
    wanted.in_child = [&] {
      // A program that had the caller's streams would keep them open.
      const int fd = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      if (dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0 || close(fd) != 0) _exit(98);
      take_everything();
    };
    const Outcome outcome = run(wanted);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text() << read_file(output);
    if (!outcome.succeeded()) return {};
    const std::string file = root() + "/report";
    for (int tries = 0; tries < 1000 && !std::filesystem::exists(file); ++tries)
      std::this_thread::sleep_for(10ms);
    const std::string report = read_file(file);
    kill(std::atoi(read_file(root() + "/probe.pid").c_str()), SIGKILL);
    while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
    }
    if (!is_supervised) remove_jail();
    return report;
  }
};

const Shipped kShipped[] = {{"default.conf", {}},
                            {"firecracker.conf", {}},
                            {"qemu.conf", {"--bind", "SCRATCH/shared:/shared"}},
                            {"dynamic.conf", {}},
                            {"tmpfs.conf", {}},
                            {"overlay.conf", {"--overlay-lower", "SCRATCH/lower"}},
                            // The rules for files: for the report.
                            {"hardened.conf", {"--write", "/"}},
                            {"qemu-hardened.conf", {"--bind", "SCRATCH/shared:/lib", "--write", "/"}},
                            {"firecracker-hardened.conf", {}}};

TEST_F(InheritanceTest, InEveryPipelineAndModeTheProgramHasWhatWasNamedAndNothingElse) {
  for (const Shipped& shipped : kShipped) {
    const std::string_view name = shipped.pipeline;
    const bool is_jailers = name.find("firecracker") == 0;
    const bool is_hardened = name.find("hardened") != name.npos;
    for (const bool has_pid_namespace : {false, true}) {
      if (has_pid_namespace && !is_jailers) continue;
      for (const Strings& mode : {Strings{}, Strings{"--supervise"}, Strings{"--daemonize"},
                                  Strings{"--daemonize", "--supervise"}}) {
        Strings words = mode;
        if (has_pid_namespace) words.emplace_back("--new-pid-ns");
        SCOPED_TRACE(std::string(shipped.pipeline) + " " + joined(words));
        const bool is_supervised = !mode.empty() && mode.back() == "--supervise";
        const bool is_daemon = !mode.empty() && mode.front() == "--daemonize";
        const bool in_back =
            is_daemon || ((has_pid_namespace || (is_hardened && !is_jailers)) && !is_supervised);
        // Under Firecracker's filter the probe can't give its report a name once it is whole.
        if (is_hardened && is_jailers && in_back) continue;
        const Strings options = options_of(shipped, words);
        Strings is =
            told(in_back ? in_background(options, is_supervised) : in_foreground(options, is_supervised));
        Strings wanted = is_hardened ? hardened(expected(true)) : expected(is_jailers);
        if (is_hardened && is_jailers) {
          is = as_far_as_told(is);
          wanted = as_far_as_told(wanted);
        }
        EXPECT_EQ(is, wanted);
      }
    }
  }
}

TEST_F(InheritanceTest, ADescriptorThatAPluginLeakedIsNotPassedOn) {
  for (const char* call : {"configure", "plan", "perform"}) {
    const std::string lines =
        section("unruly", "unruly", std::string("deed = descriptor\nduring = ") + call + "\n");
    const Outcome outcome = launch_and_remove({"--pipeline", pipeline_with(lines, "exec")}, {"--exit", "0"});
    EXPECT_EQ(reported(outcome.out, "fd").size(), 3U) << call << ": " << outcome.text();
  }
}

TEST_F(InheritanceTest, ADescriptorIsKeptForTheProgramAndNotForItsSupervisor) {
  Command wanted = command({"--supervise", "--keep", "9"}, {"--sleep"});
  wanted.in_child = [] { dup2(open("/dev/zero", O_RDONLY), 9); };
  Child launched(wanted);
  ASSERT_TRUE(launched.says("end"));
  const Strings program = reported(launched.out_so_far(), "fd");
  ASSERT_EQ(program.size(), 4U);
  EXPECT_EQ(program.back(), "9 read 1:5");
  // jailrun's process turns into the supervisor at the same time as the other into the program.
  for (int i = 0; i < 1000 && descriptors(launched.pid()).count(9) > 0; ++i) usleep(1000);
  EXPECT_EQ(descriptors(launched.pid()).count(9), 0U);
  launched.send(SIGTERM);
  EXPECT_EQ(launched.wait().signal, SIGTERM);
}

TEST_F(InheritanceTest, ADirectoryAsAStandardStreamIsRefused) {
  for (const int stream : {0, 1}) {
    Command wanted = command({});
    wanted.in_child = [stream] { dup2(open("/etc", O_RDONLY | O_DIRECTORY), stream); };
    expect_mentions(refusal(wanted), {"descriptor " + std::to_string(stream), "is a directory"});
  }
}

TEST_F(InheritanceTest, AFileThatGivesPrivilegesIsNotLinkedIntoAJail) {
  const std::string program = scratch("vmm");
  std::filesystem::copy_file(test_file("probe"), program);
  const Strings linked = {"--exec-file", program, "--program", "link"};
  chmod(program.c_str(), 04755);
  expect_mentions(refusal(linked), {program, "gives privileges"});
  chmod(program.c_str(), 0755);
  give_capability(program);
  expect_mentions(refusal(linked), {program, "gives privileges"});
}

TEST_F(InheritanceTest, APipelineCanAllowNewPrivileges) {
  const Outcome outcome = launch_and_remove({"--new-privileges"}, {"--exit", "0"});
  EXPECT_EQ(reported(outcome.out, "no-new-privs"), Strings{"0"});
}

TEST_F(InheritanceTest, RootAsTheUserHasAKeyringOfItsOwnToo) {
  Command wanted = command({"--uid", "0", "--gid", "0"}, {"--exit", "0"});
  wanted.in_child = take_everything;
  const Outcome outcome = run(wanted);
  EXPECT_EQ(reported(outcome.out, "keyring"), Strings{"0 keys, usable"}) << outcome.text();
  EXPECT_EQ(reported(outcome.out, "securebits"), Strings{"0"});
  remove_jail();
}

// Where one is to be changed that is locked, the kernel changes none.
TEST_F(InheritanceTest, OfTheCallersSecurebitsThoseThatAreLockedStayAndNoOthers) {
  constexpr int kLocked = SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
  Command wanted = command({}, {"--exit", "0"});
  wanted.in_child = [] { prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | kLocked); };
  const Outcome outcome = run(wanted);
  EXPECT_EQ(reported(outcome.out, "securebits"), Strings{std::to_string(kLocked)}) << outcome.text();
  remove_jail();
}

// The rollback writes and opens files after the limits were given back.
TEST_F(InheritanceTest, AFailedExecIsRolledBackUnderTheCallersSmallLimits) {
  Command wanted = command({"--exec-file", broken_program()});
  wanted.in_child = take_everything;
  expect_mentions(refusal(wanted), {"exec /broken"});
}

TEST_F(InheritanceTest, JailrunWithFileCapabilitiesIsRefused) {
  const std::string copy = base() + "/jailrun";
  std::filesystem::copy_file(runner(), copy);
  give_capability(copy);
  Command wanted({copy, "ps"});
  wanted.in_child = [] {
    if (setresgid(kGid, kGid, kGid) != 0 || setresuid(kUid, kUid, kUid) != 0) _exit(98);
  };
  const Outcome outcome = run(wanted);
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  expect_mentions(outcome.err, {"file capabilities"});
  std::filesystem::remove(copy);
}

}  // namespace
}  // namespace jailrun::integration
