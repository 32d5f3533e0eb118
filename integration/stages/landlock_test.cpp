// SPDX-License-Identifier: Apache-2.0
// Landlock: what a program can do under its rules, and that a launch that fails under them leaves nothing.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <cstddef>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

// LANDLOCK_CREATE_RULESET_VERSION; not above 0 where there is no Landlock.
long kernels_abi() { return syscall(SYS_landlock_create_ruleset, nullptr, 0, 1); }

class LandlockTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    if (kernels_abi() <= 0) GTEST_SKIP() << "this kernel has no Landlock, or it was not enabled at boot";
  }
  static bool has_abi(long abi) { return kernels_abi() >= abi; }

  // The default pipeline with the stage before its exec. An older kernel goes without what it lacks.
  Strings ruled(const std::string& settings, const Strings& more = {}, const std::string& after = "") const {
    std::string text = read_file(pipeline("default.conf"));
    text = with_section_before(text, "drop-privs", "[pid-namespace]\n");
    text = with_section_before(text, "exec", "[landlock]\nunsupported = warn\n" + settings + after);
    write_file(scratch("ruled.conf"), text);
    Strings options = {"--pipeline", scratch("ruled.conf")};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  // A caller's files in the root: /data, /data/in, /log, all the program's.
  void fill() {
    const std::string at = prefill();
    ASSERT_EQ(mkdir((at + "/data").c_str(), 0755), 0);
    ASSERT_EQ(mkdir((at + "/log").c_str(), 0755), 0);
    write_file(at + "/data/in", "data");
    write_file(at + "/log/old", "old");
    for (const char* path : {"/data", "/data/in", "/log", "/log/old"})
      ASSERT_EQ(chown((at + path).c_str(), kUid, kGid), 0);
  }
  void TearDown() override {
    remove_prefilled();
    JailTest::TearDown();
  }
  // "read:/x yes", "write:/x EACCES": what became of each try.
  Strings tried(const Strings& options, const Strings& words) {
    Strings arguments;
    for (const std::string& word : words) arguments.insert(arguments.end(), {"--try", word});
    const Outcome outcome = launch_and_remove(options, arguments);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    return reported(outcome.out, "try");
  }
};

TEST_F(LandlockTest, AProgramReadsWhatTheRulesNameAndNothingElse) {
  fill();
  EXPECT_EQ(tried(ruled("read = /data\n"), {"read:/data/in", "write:/data/in", "read:/log/old", "read:/log",
                                            "read:/", "make:/data/new", "remove:/data/in"}),
            (Strings{"read:/data/in yes", "write:/data/in EACCES", "read:/log/old EACCES", "read:/log EACCES",
                     "read:/ EACCES", "make:/data/new EACCES", "remove:/data/in EACCES"}));
}

TEST_F(LandlockTest, AProgramChangesWhatTheRulesNameAndNothingElse) {
  fill();
  EXPECT_EQ(tried(ruled("read = /data\nwrite = /log\n"), {"write:/log/old", "read:/log/old", "make:/log/new",
                                                          "remove:/log/new", "write:/data/in", "make:/x"}),
            (Strings{"write:/log/old yes", "read:/log/old yes", "make:/log/new yes", "remove:/log/new yes",
                     "write:/data/in EACCES", "make:/x EACCES"}));
}

TEST_F(LandlockTest, AFileCanBeTruncatedOnlyWhereItMayBeWritten) {
  if (!has_abi(3)) GTEST_SKIP() << "this kernel's Landlock does not restrict truncating (ABI 3, Linux 6.2)";
  fill();
  EXPECT_EQ(tried(ruled("write = /log\n"), {"truncate:/data/in", "truncate:/log/old"}),
            (Strings{"truncate:/data/in EACCES", "truncate:/log/old yes"}));
}

TEST_F(LandlockTest, AProgramExecutesItselfAndWhatTheRulesName) {
  fill();
  const std::string copy = root() + "/data/probe";
  ASSERT_TRUE(std::filesystem::copy_file(test_file("probe"), copy));
  ASSERT_EQ(chmod(copy.c_str(), 0755), 0);
  EXPECT_EQ(tried(ruled("read = /\n"), {"run:/probe", "run:/data/probe"}),
            (Strings{"run:/probe yes", "run:/data/probe EACCES"}));
}

TEST_F(LandlockTest, AProgramExecutesWhatTheRulesName) {
  fill();
  const std::string copy = root() + "/data/probe";
  ASSERT_TRUE(std::filesystem::copy_file(test_file("probe"), copy));
  ASSERT_EQ(chmod(copy.c_str(), 0755), 0);
  EXPECT_EQ(tried(ruled("execute = /data\n"), {"run:/data/probe"}), (Strings{"run:/data/probe yes"}));
}

TEST_F(LandlockTest, ADeviceIsControlledOnlyWhereTheRulesSaySo) {
  if (!has_abi(5)) GTEST_SKIP() << "this kernel's Landlock does not restrict ioctl (ABI 5, Linux 6.10)";
  const Strings device = {"--device", "/dev/null"};
  EXPECT_EQ(tried(ruled("write = /dev\n", device), {"write:/dev/null", "ioctl:/dev/null"}),
            (Strings{"write:/dev/null yes", "ioctl:/dev/null EACCES"}));
  EXPECT_EQ(tried(ruled("ioctl = /dev/null\n", device), {"ioctl:/dev/null"}),
            (Strings{"ioctl:/dev/null ENOTTY"}));
}

TEST_F(LandlockTest, TcpPortsAreThoseOfTheRules) {
  if (!has_abi(4)) GTEST_SKIP() << "this kernel's Landlock does not restrict ports (ABI 4, Linux 6.7)";
  EXPECT_EQ(tried(ruled("connect-tcp = 9\nbind-tcp = 40123\n"),
                  {"connect:9", "connect:10", "bind:40123", "bind:40124", "read:/"}),
            (Strings{"connect:9 ECONNREFUSED", "connect:10 EACCES", "bind:40123 yes", "bind:40124 EACCES",
                     "read:/ yes"}));
  EXPECT_EQ(tried(ruled("connect-tcp = none\n"), {"connect:9", "bind:40123"}),
            (Strings{"connect:9 EACCES", "bind:40123 yes"}));
}

TEST_F(LandlockTest, SignalsAndAbstractSocketsStayInsideWhereTheyMust) {
  if (!has_abi(6)) GTEST_SKIP() << "this kernel's Landlock has no scopes (ABI 6, Linux 6.12)";
  const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  const std::string name = "jailrun-landlock-" + std::to_string(getpid());
  memcpy(at.sun_path + 1, name.data(), name.size());
  ASSERT_EQ(bind(server, reinterpret_cast<const sockaddr*>(&at),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())),
            0);
  ASSERT_EQ(listen(server, 8), 0);
  const std::string signal = "signal:" + std::to_string(getpid());
  const Strings root_program = {"--uid", "0", "--gid", "0"};
  EXPECT_EQ(tried(ruled("scope = signals\n", root_program), {signal, "abstract:" + name}),
            (Strings{signal + " EPERM", "abstract:" + name + " yes"}));
  EXPECT_EQ(tried(ruled("scope = abstract-sockets\n", root_program), {signal, "abstract:" + name}),
            (Strings{signal + " yes", "abstract:" + name + " EPERM"}));
  close(server);
}

TEST_F(LandlockTest, TheRulesCountForProgramsOfRootToo) {
  fill();
  EXPECT_EQ(tried(ruled("read = /data\n", {"--uid", "0", "--gid", "0"}), {"read:/data/in", "write:/data/in"}),
            (Strings{"read:/data/in yes", "write:/data/in EACCES"}));
}

TEST_F(LandlockTest, TheProgramIsRestrictedInEveryModeAndUnderAFilterToo) {
  for (const Strings& mode : {Strings{}, Strings{"--new-pid-ns"}, Strings{"--daemonize"}}) {
    const bool is_daemon = !mode.empty() && mode[0] == "--daemonize";
    const Strings options = ruled("write = /\nconnect-tcp = none\n", is_daemon ? Strings{} : mode,
                                  "[seccomp]\nprofile = docker\n");
    const Strings arguments = {"--try", "read:/probe.pid", "--try", "connect:9"};
    Jailed jailed = mode.empty() ? start(options, arguments)
                    : is_daemon  ? start_daemon(options, arguments)
                                 : start_detached(options, arguments);
    EXPECT_EQ(jailed.report_all("try"),
              (Strings{"read:/probe.pid yes", has_abi(4) ? "connect:9 EACCES" : "connect:9 ECONNREFUSED"}));
    EXPECT_EQ(jailed.report("no-new-privs"), "1");
  }
}

TEST_F(LandlockTest, AnExecThatFailsUnderTheRulesLeavesNothing) {
  for (const Strings& mode :
       {Strings{}, Strings{"--new-pid-ns"}, Strings{"--daemonize"}, Strings{"--daemonize", "--new-pid-ns"},
        Strings{"--supervise"}, Strings{"--supervise", "--daemonize"}}) {
    for (const char* after : {"", "[seccomp]\nprofile = docker\nviolation = kill\n"}) {
      Strings options = ruled("read = /\n", mode, after);
      options.insert(options.end(), {"--exec-file", broken_program()});
      const std::string error = refusal(options);
      EXPECT_NE(error.find("exec /broken in jail jail: its loader or interpreter is not in the jail"),
                std::string::npos)
          << error;
    }
  }
}

// Its interpreter is another program, which no rule names.
TEST_F(LandlockTest, AnInterpreterThatTheRulesForbidIsSaidAndLeavesNothing) {
  write_file(scratch("script"), "#!/data/probe\n");
  ASSERT_EQ(chmod(scratch("script").c_str(), 0755), 0);
  for (const Strings& mode : {Strings{}, Strings{"--daemonize"}}) {
    const std::string at = prefill("script");
    ASSERT_EQ(mkdir((at + "/data").c_str(), 0755), 0);
    ASSERT_TRUE(std::filesystem::copy_file(test_file("probe"), at + "/data/probe"));
    ASSERT_EQ(chmod((at + "/data/probe").c_str(), 0755), 0);
    Strings options = ruled("read = /\n", mode);
    options.insert(options.end(), {"--exec-file", scratch("script")});
    const std::string error = refusal(options);
    EXPECT_NE(error.find("exec /script in jail jail: its landlock rules may not let it, its loader or its "
                         "interpreter be read and executed: Permission denied"),
              std::string::npos)
        << error;
    remove_prefilled("script");
  }
}

TEST_F(LandlockTest, APathThatIsMissingIsRefusedBeforeAnythingIsMade) {
  EXPECT_NE(refusal(ruled("read = /data\n")).find("a landlock rule names /data, which is not in the jail"),
            std::string::npos);
  fill();
  EXPECT_NE(refusal(ruled("read = /data/none\n"))
                .find("a landlock rule names /data/none, which is not in the jail"),
            std::string::npos);
}

// Below what the launch itself makes it is known only then.
TEST_F(LandlockTest, APathThatIsFoundMissingLaterIsRolledBack) {
  for (const Strings& mode : {Strings{}, Strings{"--daemonize"}}) {
    const std::string error = refusal(ruled("read = /dev/none\n", mode));
    EXPECT_NE(error.find("landlock rules in jail jail: open /dev/none in the jail's root: No such file"),
              std::string::npos)
        << error;
  }
}

// The tenant's, who would widen a rule for /data to all of the jail.
TEST_F(LandlockTest, ALinkInTheRootGetsNoRule) {
  const std::string at = prefill();
  ASSERT_EQ(symlink("/", (at + "/data").c_str()), 0);
  for (const char* path : {"/data", "/data/dev"}) {
    const std::string error = refusal(ruled(std::string("write = ") + path + "\n"));
    EXPECT_NE(error.find(std::string(path) + " leads through a symbolic link"), std::string::npos) << error;
  }
}

TEST_F(LandlockTest, APlanNeedsNoRootAndSaysWhichAbiTheKernelHas) {
  Strings words = ruled("read = /\nscope = signals\n");
  words.insert(words.begin(), "plan");
  Command planning = command(words);
  const Strings setpriv = {"setpriv",       "--reuid", std::to_string(kUid), "--regid", std::to_string(kGid),
                           "--clear-groups"};
  planning.argv.insert(planning.argv.begin(), setpriv.begin(), setpriv.end());
  const Outcome outcome = run(planning);
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.out.find("(ABI " + std::to_string(kernels_abi())), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("read /, execute+read-file /probe, no other files"), std::string::npos)
      << outcome.out;
}

TEST_F(LandlockTest, ALaunchIsStrictlyClean) {
  const Outcome outcome = launch_and_remove(ruled("read = /\nscope = signals\n", {"--strict"}));
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
}

}  // namespace
}  // namespace jailrun::integration
