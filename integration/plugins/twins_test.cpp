// SPDX-License-Identifier: Apache-2.0
// Which code of a stage runs: the one that is linked into jailrun, or its file.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include <elf.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class Twins : public JailTest {
 protected:
  // A jailrun in a place of this test's own, whose files may be replaced.
  void SetUp() override {
    JailTest::SetUp();
    for (const std::string part : {"bin", "lib", "share"}) {
      std::filesystem::create_directories(scratch("own"));
      ASSERT_TRUE(run({"cp", "-a", stage() + "/" + part, scratch("own/" + part)}).succeeded());
    }
  }
  std::string own_runner() const { return scratch("own/bin/jailrun"); }
  std::string own_file(const std::string& name) const {
    return scratch("own/lib/jailrun/plugins/" + name + ".so");
  }
  // The file as another link would have made it.
  void link_anew(const std::string& name) const {
    std::string bytes = read_file(own_file(name));
    const std::string note("\4\0\0\0\x14\0\0\0\3\0\0\0GNU\0", 16);
    const size_t at = bytes.find(note);
    ASSERT_NE(at, std::string::npos);
    bytes[at + note.size()] ^= 1;
    write_file(own_file(name), bytes);
  }

  // What a launch of the own runner loads: "jailrun-dynamic" where it became that, and the names of stages.
  Strings loaded(const Strings& options, const Command& like) {
    const std::string trace = scratch("trace");
    Command traced = like;
    traced.argv = {"strace", "-f",          "-y", "-s", "200", "-e", "trace=execve,mmap",
                   "-e",     "signal=none", "-o", trace};
    traced.argv.push_back(own_runner());
    const Strings words = command(options, {"--exit", "0"}).argv;
    traced.argv.insert(traced.argv.end(), words.begin() + 1, words.end());
    outcome_ = run(traced);
    EXPECT_TRUE(outcome_.succeeded()) << outcome_.text();
    remove_jail();
    std::set<std::string> found;
    for (const std::string& line : split_lines(read_file(trace))) {
      if (line.find("execve(\"") != std::string::npos &&
          line.find("/lib/jailrun/jailrun-dynamic\"") != std::string::npos)
        found.insert("jailrun-dynamic");
      const size_t directory = line.find("/jailrun/plugins/");
      const size_t end = line.find(".so>", directory);
      if (line.find("mmap(") == std::string::npos || directory == std::string::npos ||
          end == std::string::npos)
        continue;
      found.insert(line.substr(directory + 17, end - directory - 17));
    }
    return {found.begin(), found.end()};
  }
  Strings loaded(const Strings& options = {}) { return loaded(options, Command(Strings{})); }

  Outcome outcome_;
};

const Strings kAll = {"cgroup-v1", "chroot-builder",  "close-fds", "daemonize", "devices",    "drop-privs",
                      "exec",      "jailrun-dynamic", "netns",     "numa",      "validate-id"};

TEST_F(Twins, RunAndNothingIsLoaded) { EXPECT_EQ(loaded(), Strings{}); }

TEST_F(Twins, GiveWayToAFileThatWasLinkedAnew) {
  link_anew("netns");
  EXPECT_EQ(loaded(), (Strings{"jailrun-dynamic", "netns"}));
  const Outcome listed = run({own_runner(), "stages"});
  int files = 0;
  for (const std::string& line : listed.out_lines())
    files += line.find("linked in") == std::string::npos ? 1 : 0;
  EXPECT_EQ(files, 2) << "the heading and netns: " << listed.text();
  EXPECT_NE(listed.out.find(own_file("netns")), std::string::npos) << listed.text();
}

TEST_F(Twins, GiveWayToAPluginLine) {
  const std::string file = written(
      scratch("site.conf"),
      with_setting(read_file(pipeline("default.conf")), "netns", "plugin = " + own_file("netns") + "\n"));
  EXPECT_EQ(loaded({"--pipeline", file}), (Strings{"jailrun-dynamic", "netns"}));
}

// Which is found before the one that ships, and by the static runner at its entry point.
TEST_F(Twins, GiveWayToASitesOwnFile) {
  const std::string shipped = read_file(own_file("netns"));
  link_anew("netns");
  const std::string site = read_file(own_file("netns"));
  write_file(own_file("netns"), shipped);
  Command like(Strings{});
  like.in_child = [&] {
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr) != 0 ||
        mount("tmpfs", "/etc", "tmpfs", 0, "mode=0755") != 0)
      _exit(98);
    std::filesystem::create_directories("/etc/jailrun/plugins");
    write_file("/etc/jailrun/plugins/netns.so", site);
  };
  EXPECT_EQ(loaded({}, like), (Strings{"jailrun-dynamic", "netns"}));
}

TEST_F(Twins, AreSwitchedOffByThePipelineAndByAStrictRun) {
  const std::string text = read_file(pipeline("default.conf"));
  for (const char* setting : {"twins = no", "strict = yes"}) {
    const std::string file = written(scratch("off.conf"), std::string("[jailrun]\n") + setting + "\n" + text);
    EXPECT_EQ(loaded({"--pipeline", file}), kAll) << setting;
  }
  EXPECT_EQ(loaded({"--strict"}), kAll);
}

TEST_F(Twins, DoNotStandForAFileThatAnybodyMayChange) {
  ASSERT_EQ(chmod(own_file("netns").c_str(), 0666), 0);
  Strings words = command({}).argv;
  words[0] = own_runner();
  const Outcome outcome = run(words);
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.err.find("netns.so is writable by others"), std::string::npos) << outcome.text();
}

// Found late, when what the caller handed over has been put aside.
TEST_F(Twins, WhatTheCallerHandsOverArrivesWhereAStageMustBeLoaded) {
  link_anew("netns");
  Command like(Strings{});
  like.environment.emplace_back("PASSED=the caller's");
  like.in_child = [] { dup2(open("/dev/zero", O_RDONLY), 9); };
  EXPECT_EQ(loaded({"--keep", "9", "--env", "PASSED"}, like), (Strings{"jailrun-dynamic", "netns"}));
  EXPECT_EQ(reported(outcome_.out, "fd").size(), 4U) << outcome_.text();
  EXPECT_NE(outcome_.out.find("PASSED=the caller's"), std::string::npos) << outcome_.text();
}

TEST_F(Twins, AreComparedWithTheFilesWhereThatIsAskedFor) {
  EXPECT_TRUE(run({own_runner(), "stages", "--verify"}).succeeded());
  std::string bytes = read_file(own_file("exec"));
  bytes[bytes.size() / 8] ^= 1;  // code; the build-id stays
  write_file(own_file("exec"), bytes);
  const Outcome outcome = run({own_runner(), "stages", "--verify"});
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  EXPECT_NE(outcome.out.find("CHANGED after it was linked"), std::string::npos) << outcome.text();
}

TEST_F(Twins, AMissingDynamicRunnerIsNamed) {
  std::filesystem::remove(scratch("own/lib/jailrun/jailrun-dynamic"));
  link_anew("netns");
  Strings words = command({}).argv;
  words[0] = own_runner();
  const Outcome outcome = run(words);
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.err.find("/lib/jailrun/jailrun-dynamic: No such file or directory"), std::string::npos)
      << outcome.text();
}

}  // namespace
}  // namespace jailrun::integration
