// SPDX-License-Identifier: Apache-2.0
// A user namespace of the program's own, as the kernel and the program itself see it: what the program is
// outside, what it can't do inside, and that a launch which fails leaves nothing.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <filesystem>

#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

constexpr uid_t kMapped = 200000;  // of nobody

std::string file_of(pid_t pid, const std::string& name) {
  return read_file("/proc/" + std::to_string(pid) + "/" + name);
}

// "0 1234 1" for a line of /proc/PID/uid_map, which pads its numbers.
std::string map_of(pid_t pid, const std::string& name) {
  std::string map;
  for (const char c : file_of(pid, name)) {
    if (c == ' ' && (map.empty() || map.back() == ' ' || map.back() == '\n')) continue;
    map += c;
  }
  return map;
}

class UserNamespaceTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    if (!exists("/proc/self/ns/user")) GTEST_SKIP() << "this kernel has no user namespaces";
  }

  Strings with(const std::string& settings, const Strings& more = {}, const std::string& last = "") const {
    std::string text = read_file(pipeline("default.conf"));
    text = with_section_before(text, "daemonize", "[pid-namespace]\n");
    text = with_section_before(text, "drop-privs", "[user-namespace]\n" + settings);
    write_file(scratch("user.conf"), with_section_before(text, "exec", last));
    Strings options = {"--pipeline", scratch("user.conf")};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  // What becomes of that attempt of the program's.
  std::string tried(const Strings& options, const std::string& what) {
    return start(options, {"--try", what}).report("try");
  }
  uid_t owner(const std::string& path) const {
    struct stat status {};
    return lstat((root() + path).c_str(), &status) == 0 ? status.st_uid : static_cast<uid_t>(-1);
  }
};

constexpr const char* kAllKept = "[capabilities]\nkeep-capabilities = all\n";

TEST_F(UserNamespaceTest, TheProgramHasItsOwnIdsAloneInEveryMode) {
  const auto check = [](const Jailed& jailed) {
    EXPECT_NE(namespace_of(jailed.pid(), "user"), namespace_of(getpid(), "user"));
    EXPECT_EQ(map_of(jailed.pid(), "uid_map"), "1234 1234 1\n");
    EXPECT_EQ(map_of(jailed.pid(), "gid_map"), "4321 4321 1\n");
    EXPECT_EQ(file_of(jailed.pid(), "setgroups"), "deny\n");
    auto status = status_fields(jailed.pid());
    EXPECT_EQ(status["Uid"], "1234\t1234\t1234\t1234");
    EXPECT_EQ(status["Gid"], "4321\t4321\t4321\t4321");
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
      EXPECT_EQ(status[set], "0000000000000000") << set;
    EXPECT_EQ(jailed.report("uid"), "1234 1234 1234");
  };
  check(start(with("")));
  check(start_daemon(with("")));
  check(start_detached(with("", {"--new-pid-ns"})));
}

TEST_F(UserNamespaceTest, TheProgramCanBeRootInItAndIsNobodyOutside) {
  const Jailed jailed = start(with("map-ids = root\n"));
  EXPECT_EQ(map_of(jailed.pid(), "uid_map"), "0 1234 1\n");
  EXPECT_EQ(map_of(jailed.pid(), "gid_map"), "0 4321 1\n");
  EXPECT_EQ(jailed.report("uid"), "0 0 0");
  auto status = status_fields(jailed.pid());
  EXPECT_EQ(status["Uid"], "1234\t1234\t1234\t1234");
  EXPECT_EQ(status["CapEff"], "0000000000000000");
}

// The process that guarded the launch was never one of the program's.
TEST_F(UserNamespaceTest, TheProgramHasNoChild) {
  const Jailed jailed = start(with(""));
  const std::string pid = std::to_string(jailed.pid());
  EXPECT_EQ(file_of(jailed.pid(), "task/" + pid + "/children"), "");
  EXPECT_EQ(stat_fields(jailed.pid())[4], std::to_string(getpid()));
}

TEST_F(UserNamespaceTest, ItsOtherNamespacesAreNotThePrograms) {
  const Strings options = with("map-ids = root\n", {}, kAllKept);
  {
    const Jailed jailed = start(options, {"--try", "mount:/"});
    EXPECT_NE(status_fields(jailed.pid())["CapEff"], "0000000000000000");
    EXPECT_EQ(jailed.report("try"), "mount:/ EPERM");
  }
  EXPECT_EQ(tried(options, "hostname:taken"), "hostname:taken EPERM");
  EXPECT_EQ(tried(options, "group:0"), "group:0 EPERM");
}

TEST_F(UserNamespaceTest, OthersInItAreForbiddenUnlessTold) {
  const std::string unshare = "unshare:" + std::to_string(CLONE_NEWUSER);
  EXPECT_EQ(tried(with("map-ids = root\n"), unshare), unshare + " ENOSPC");
  // The kernel refuses it to a process in a root that is not its mount namespace's, as pivot_root makes it.
  EXPECT_NE(tried(with("map-ids = root\nnested-user-namespaces = allow\n"), unshare), unshare + " ENOSPC");
}

TEST_F(UserNamespaceTest, SupplementaryGroupsCanBeAllowed) {
  const Strings options = with("map-ids = root\nsetgroups = allow\n", {}, kAllKept);
  EXPECT_EQ(tried(options, "group:0"), "group:0 yes");
}

TEST_F(UserNamespaceTest, FilesHaveTheirOwnersOutside) {
  const std::string more = std::to_string(kMapped);
  const Strings options =
      with("map-ids = root\nmap-uid = 1:" + more + ":65536\nmap-gid = 1:" + more + ":65536\n", {}, kAllKept);
  const Jailed jailed =
      start(options, {"--try", "make:/mine", "--try", "make:/given", "--try", "give-away:/given"});
  EXPECT_EQ(jailed.report_all("try"), (Strings{"make:/mine yes", "make:/given yes", "give-away:/given yes"}));
  EXPECT_EQ(owner("/mine"), kUid);
  EXPECT_EQ(owner("/given"), kMapped);
  EXPECT_EQ(owner("/probe"), kUid);
}

TEST_F(UserNamespaceTest, AFailedExecLeavesNothing) {
  const std::string filter = "[seccomp]\nprofile = docker\nviolation = kill\n";
  for (const std::string& last : {std::string(), filter, kAllKept + filter})
    for (const Strings& mode :
         {Strings{}, Strings{"--daemonize"}, Strings{"--new-pid-ns"}, Strings{"--supervise"}}) {
      Strings options = with("map-ids = root\n", mode, last);
      options.insert(options.end(), {"--exec-file", broken_program()});
      const std::string error = refusal(options);
      EXPECT_NE(error.find("No such file or directory"), std::string::npos) << error;
    }
}

TEST_F(UserNamespaceTest, RootsProgramCanHaveOneToo) {
  const Jailed jailed = start(with("", {"--uid", "0", "--gid", "0"}));
  EXPECT_EQ(map_of(jailed.pid(), "uid_map"), "0 0 1\n");
  EXPECT_EQ(status_fields(jailed.pid())["CapEff"], "0000000000000000");
}

TEST_F(UserNamespaceTest, ALimitThatIsReachedIsNamed) {
  ASSERT_EQ(launch_and_remove(with("")).exit_status, 0);  // by now the host has its template namespace
  end_orphans();
  Command injected = command(with(""));
  injected.argv.insert(injected.argv.begin(),
                       {"strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=clone3:error=ENOSPC:when=1"});
  const std::string error = refusal(injected);
  EXPECT_NE(error.find(
                "the limit user.max_user_namespaces of sysctl, or of nested ones, is reached: No space left"),
            std::string::npos)
      << error;
}

TEST_F(UserNamespaceTest, MapsThatOverlapAreRefusedWithFileAndLine) {
  const std::string error = refusal(with("map-uid = 0:1234:10\nmap-uid = 5:70000:1\nmap-gid = 0:4321:1\n"));
  expect_mentions(error, {"user.conf:", "map-uid: '5:70000:1' has inside ids that 0:1234:10 has already"});
}

// An ordinary user is shown a launch of his own: rootless_test.cpp.
TEST_F(UserNamespaceTest, ThePlanShowsIt) {
  Command wanted = command(with("map-ids = root\n"));
  wanted.argv.insert(wanted.argv.begin() + 1, "plan");
  const Outcome outcome = run(wanted);
  for (const char* part : {"uids 0:1234:1  gids 0:4321:1", "in its user namespace uid 0, gid 0"})
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n" << outcome.text();
}

}  // namespace
}  // namespace jailrun::integration
