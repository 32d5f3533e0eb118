// SPDX-License-Identifier: Apache-2.0
// What an ordinary user jails, without root: that it runs, how it is seen and removed, that a launch which
// fails leaves nothing, and what is refused.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

const std::string kBusybox = "/bin/busybox";

class RootlessTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    if (!exists("/proc/self/ns/user")) GTEST_SKIP() << "this kernel has no user namespaces";
    for (const char* name : {"run", "state", "state/jailrun"}) {
      std::filesystem::create_directory(scratch(name));
      set_owner_and_mode(scratch(name), kUid, 0700);
    }
    if (chown(scratch("run").c_str(), kUid, kGid) != 0) throw std::runtime_error("chown");
  }
  void TearDown() override {
    if (exists(scratch("state"))) {
      EXPECT_EQ(list(scratch("state/jailrun")), "") << "left behind by this test";
    }
    JailTest::TearDown();
  }

  // `jailrun WORDS` of kUid, whose directories these are.
  Command as_user(Strings words) const {
    Strings argv = {
        "setpriv",         "--reuid", std::to_string(kUid), "--regid", std::to_string(kGid), "--clear-groups",
        "--inh-caps=-all", runner()};
    argv.insert(argv.end(), words.begin(), words.end());
    Command command{argv};
    command.environment.push_back("XDG_RUNTIME_DIR=" + scratch("run"));
    command.environment.push_back("XDG_STATE_HOME=" + scratch("state"));
    return command;
  }
  // A launch of that program; the first of `options` may be the command.
  Command launching(const std::string& program, Strings options, const Strings& arguments,
                    const std::string& pipeline_file = pipeline("rootless.conf")) const {
    Strings words;
    if (!options.empty() && options.front().front() != '-') {
      words.push_back(options.front());
      options.erase(options.begin());
    }
    for (const std::string& word :
         {std::string("--pipeline"), pipeline_file, std::string("--id"), std::string("jail"),
          std::string("--exec-file"), program, std::string("--uid"), std::to_string(kUid),
          std::string("--gid"), std::to_string(kGid)})
      words.push_back(word);
    words.insert(words.end(), options.begin(), options.end());
    words.emplace_back("--");
    words.insert(words.end(), arguments.begin(), arguments.end());
    return as_user(words);
  }
  std::string state() const { return scratch("state/jailrun"); }
  // rootless.conf with the program in the place of jailrun's own process.
  std::string in_place() const {
    std::string text = read_file(pipeline("rootless.conf"));
    for (const char* section : {"[proc]\n", "[pid-namespace]\nnew-pid-ns = yes\n"})
      text.erase(text.find(section), std::string(section).size());
    return written(scratch("in-place.conf"), text);
  }
};

TEST_F(RootlessTest, BusyboxRuns) {
  if (!exists(kBusybox)) GTEST_SKIP() << "no busybox";
  const Outcome outcome = run(launching(kBusybox, {"--supervise"}, {"id"}));
  ASSERT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.out.find("uid=1234 gid=4321"), std::string::npos) << outcome.text();
  EXPECT_EQ(outcome.err, "");
}

TEST_F(RootlessTest, ADynamicProgramRunsWithItsLibraries) {
  const Outcome outcome = run(launching("/bin/ls", {"--supervise"}, {"-a", "/"}));
  ASSERT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.out.find("proc\n"), std::string::npos) << outcome.text();
  EXPECT_EQ(outcome.out.find("home"), std::string::npos) << outcome.text();
}

TEST_F(RootlessTest, TheProgramHasOneIdNoCapabilityAndNoWayToChangeItsRoot) {
  const Outcome outcome = run(launching(test_file("probe"), {"--supervise"},
                                        {"--try", "mount:/", "--open", "/probe", "--exit", "7"}));
  EXPECT_EQ(outcome.exit_status, 7) << outcome.text();
  expect_mentions(outcome.out, {"uid 1234 1234 1234", "try mount:/ EPERM"});
}

TEST_F(RootlessTest, InPlaceTheCallersChildBecomesTheProgram) {
  Child child(launching(test_file("probe"), {}, {"--sleep"}, in_place()));
  ASSERT_TRUE(child.says("end")) << child.wait().text();
  const auto field = [&](const char* name) { return status_fields(child.pid())[name]; };
  EXPECT_EQ(field("Uid"), "1234\t1234\t1234\t1234");
  EXPECT_EQ(field("CapEff"), "0000000000000000");
  EXPECT_EQ(field("CapBnd"), "0000000000000000");
  EXPECT_EQ(field("NoNewPrivs"), "1");
  EXPECT_NE(namespace_of(child.pid(), "user"), namespace_of(getpid(), "user"));
  child.send(SIGKILL);
  (void)child.wait();
  const Outcome removed = run(as_user({"rm", "jail"}));
  EXPECT_TRUE(removed.succeeded()) << removed.text();
}

TEST_F(RootlessTest, TheJailIsListedInspectedAwaitedAndRemovedByItsUser) {
  const Outcome launched = run(launching(test_file("probe"), {"--daemonize"}, {"--sleep"}));
  ASSERT_TRUE(launched.succeeded()) << launched.text();
  const Outcome listed = run(as_user({"ps"}));
  expect_mentions(listed.out, {"jail", "alive", state() + "/probe/jail"});
  const Outcome inspected = run(as_user({"inspect", "jail"}));
  expect_mentions(inspected.out, {"user-namespace", "alive"});
  EXPECT_EQ(run(as_user({"rm", "jail"})).exit_status, 1) << "it is alive";
  EXPECT_EQ(run(as_user({"wait", "--timeout", "0", "jail"})).exit_status, 1);
  const Outcome removed = run(as_user({"rm", "--force", "jail"}));
  EXPECT_TRUE(removed.succeeded()) << removed.text();
  EXPECT_EQ(run(as_user({"wait", "jail"})).exit_status, 1) << "it is gone";
  end_orphans();
}

TEST_F(RootlessTest, WhatCannotBeExecutedLeavesNothing) {
  const std::string broken = broken_program();
  for (const std::string& file : {pipeline("rootless.conf"), in_place()}) {
    for (const Strings& options : {Strings{}, Strings{"--supervise"}, Strings{"--daemonize"}}) {
      const HostSnapshot before = snapshot();
      const Outcome outcome = run(launching(broken, options, {}, file));
      EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
      EXPECT_EQ(outcome.err_lines().size(), 1U) << outcome.text();
      EXPECT_EQ(list(state()), "") << file;
      EXPECT_EQ(changes(before), "");
    }
  }
}

TEST_F(RootlessTest, AFilledFilesystemAndTheHostsNodesAreThere) {
  const std::string text = with_section_before(read_file(pipeline("rootless.conf")), "devices", "[dev]\n");
  write_file(scratch("dev.conf"), text);
  if (!exists(kBusybox)) GTEST_SKIP() << "no busybox";
  const Outcome outcome = run(launching(
      kBusybox, {"--supervise", "--exec", "any", "--write", "/run,/dev"},
      {"sh", "-c", "echo x > /dev/null && head -c 3 /dev/zero | wc -c && echo y > /run/f && cat /run/f"},
      scratch("dev.conf")));
  ASSERT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(outcome.out, "3\ny\n") << outcome.text();
}

TEST_F(RootlessTest, DirectoriesThatTheProgramHasClosedAreRemoved) {
  if (!exists(kBusybox)) GTEST_SKIP() << "no busybox";
  std::string text = read_file(in_place());
  for (const char* line :
       {"read-only-root = yes\n", "tmp = /run,size=16M,mode=0700,owner=jail\n",
        "[landlock]\nread = /\nexecute = /\nwrite = /run\nscope = signals,abstract-sockets\n"})
    text.erase(text.find(line), std::string(line).size());
  write_file(scratch("writable.conf"), text);
  const Outcome outcome = run(launching(kBusybox, {"--exec", "any"},
                                        {"sh", "-c", "mkdir -p /d/e && : > /d/e/f && chmod 0 /d/e /d /"},
                                        scratch("writable.conf")));
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  const Outcome removed = run(as_user({"rm", "jail"}));
  EXPECT_TRUE(removed.succeeded()) << removed.text();
}

// Nothing of it reaches a launch by root.
TEST_F(RootlessTest, RootIsNotLedByTheEnvironment) {
  Command command = this->command({"plan"});
  command.environment.push_back("XDG_RUNTIME_DIR=" + scratch("nowhere"));
  command.environment.push_back("XDG_STATE_HOME=" + scratch("state"));
  const Outcome outcome = run(command);
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(outcome.out.find(scratch("state")), std::string::npos);
  EXPECT_EQ(outcome.out.find("rootless: "), std::string::npos);
}

TEST_F(RootlessTest, AnIndexThatOthersCouldForgeIsRefused) {
  const auto sentence = [&] {
    const Outcome outcome = run(launching(test_file("probe"), {}, {}));
    EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
    EXPECT_EQ(outcome.err_lines().size(), 1U) << outcome.text();
    return outcome.err;
  };
  ASSERT_EQ(chmod(scratch("run").c_str(), 0770), 0);
  expect_mentions(sentence(), {"XDG_RUNTIME_DIR", scratch("run"), "open to others"});
  set_owner_and_mode(scratch("run"), 0, 0700);
  expect_mentions(sentence(), {"XDG_RUNTIME_DIR", "owned by uid 0"});
  std::filesystem::remove(scratch("run"));
  std::filesystem::create_directory_symlink(scratch("state"), scratch("run"));
  expect_mentions(sentence(), {"XDG_RUNTIME_DIR", "not a directory"});
}

TEST_F(RootlessTest, ThePlanSaysWhatIsLessThanWithRoot) {
  const HostSnapshot before = snapshot();
  const Outcome outcome = run(launching(test_file("probe"), {"plan"}, {}));
  ASSERT_TRUE(outcome.succeeded()) << outcome.text();
  expect_mentions(outcome.out, {"enter    user-namespace", "entered first",
                                "rootless: the program has the caller's uid", "rootless: no control group"});
  EXPECT_EQ(outcome.out.find("needs CAP"), std::string::npos);
  // The page quotes it, with another uid.
  int quoted = 0;
  for (std::string line : split_lines(read_file("docs/operator/rootless.md"))) {
    if (line.compare(0, 14, "    rootless: ") != 0) continue;
    line = line.substr(4, line.find(" ...") - 4);
    if (const size_t uid = line.find("1000"); uid != std::string::npos)
      line.replace(uid, 4, std::to_string(kUid));
    EXPECT_NE(outcome.out.find(line), std::string::npos) << line << "\n" << outcome.out;
    ++quoted;
  }
  EXPECT_EQ(quoted, 3);
  EXPECT_EQ(changes(before), "");
}

TEST_F(RootlessTest, WhatCannotBeDoneIsSaidAtOnceWhilePlanning) {
  std::string text = read_file(pipeline("rootless.conf"));
  text = with_section_before(text, "isolate", "[netns]\nnetns = /proc/self/ns/net\n");
  text = with_setting(text, "process", "nice = -5\n");
  text = with_setting(text, "devices", "device = /dev/fuse=char:10:1\n");
  write_file(scratch("much.conf"), text);
  const Outcome outcome = run(launching(test_file("probe"), {"plan"}, {}, scratch("much.conf")));
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  expect_mentions(outcome.err,
                  {"without root", "stage netns (much.conf:", "stage devices (much.conf:", "CAP_SYS_NICE"});
}

TEST_F(RootlessTest, AnotherUidIsRefused) {
  Command command = launching(test_file("probe"), {}, {});
  for (std::string& word : command.argv)
    if (word == std::to_string(kGid) && &word > &command.argv[8]) word = "0";
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  expect_mentions(outcome.err, {"without root", "--gid 4321"});
}

TEST_F(RootlessTest, WithoutAUserNamespaceRootIsAskedForAndTheOtherWayShown) {
  const Outcome outcome =
      run(launching(test_file("probe"), {"--chroot-base-dir", base()}, {}, pipeline("hardened.conf")));
  EXPECT_EQ(outcome.exit_status, 1);
  expect_mentions(outcome.err, {"needs root", "rootless.conf"});
}

}  // namespace
}  // namespace jailrun::integration
