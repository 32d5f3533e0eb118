// SPDX-License-Identifier: Apache-2.0
// `jailrun check` and `jailrun stages`: what they say, to people and to machines, and what they leave alone.
#include "integration/support/jail_test.hpp"
#include "integration/support/shipped_plugin.hpp"
#include "integration/support/test_pipelines.hpp"

#include <boost/property_tree/json_parser.hpp>

#include <filesystem>
#include <sstream>

namespace jailrun::integration {
namespace {

using Tree = boost::property_tree::ptree;

Tree parsed(const std::string& json) {
  std::istringstream stream(json);
  Tree tree;
  read_json(stream, tree);
  return tree;
}

class Check : public JailTest {
 protected:
  Outcome check(const std::string& text, const Strings& more = {}) {
    Strings argv = {runner(), "check", "--pipeline", written(scratch("x.conf"), text)};
    argv.insert(argv.end(), more.begin(), more.end());
    const HostSnapshot before = snapshot();
    const Outcome outcome = run(argv);
    EXPECT_EQ(changes(before), "");
    return outcome;
  }

  // Each finding is one line that begins with `where` and holds `words`.
  struct Finding {
    std::string where;
    std::string words;
  };
  void expect_findings(const std::string& text, const std::vector<Finding>& findings) {
    const Outcome outcome = check(text);
    EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
    const Strings lines = outcome.out_lines();
    ASSERT_EQ(lines.size(), findings.size()) << outcome.text();
    for (size_t i = 0; i < lines.size(); ++i) {
      EXPECT_EQ(lines[i].rfind(findings[i].where + ": ", 0), 0U) << lines[i];
      EXPECT_NE(lines[i].find(findings[i].words), std::string::npos) << lines[i];
    }
  }
};

const std::string kManyFaults =
    "[validate-id]\n[frobnicator]\n[devices]\ncolour = red\n[drop-privs]\nuid = 12x\n[x]\nplugin = "
    "/nonexistent/x.so\n"
    "nothing at all\n";

TEST_F(Check, FindsNoFaultInThePipelinesThatShip) {
  for (const std::string name :
       {"default.conf", "firecracker-hardened.conf", "qemu.conf", "qemu-hardened.conf"}) {
    const Outcome outcome = run({runner(), "check", "--pipeline", name});
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    EXPECT_NE(outcome.out.find("no fault found"), std::string::npos) << outcome.text();
  }
}

TEST_F(Check, ReportsEveryFaultAtOnceWithFileAndLine) {
  expect_findings(kManyFaults, {{"x.conf:2", "'frobnicator'"},
                                {"x.conf:4", "'colour'"},
                                {"x.conf:6", "'12x'"},
                                {"x.conf:7", "/nonexistent/x.so"},
                                {"x.conf:9", "'nothing at all'"}});
}

TEST_F(Check, ReportsEveryFaultOfTheOrderAtOnce) {
  expect_findings("[validate-id]\n[cgroup-v1]\n[drop-privs]\n[netns]\n[exec]\n[daemonize]\n",
                  {{"x.conf:1", "needs the fact jail.base"},
                   {"x.conf:4", "must come before the stage that drops them, drop-privs"},
                   {"x.conf:5", "needs the fact jail.root"},
                   {"x.conf:5", "must be last, but is followed by daemonize"}});
}

TEST_F(Check, ReportsThatNoStageStartsAProgram) {
  expect_findings("[close-fds]\n", {{"x.conf", "no stage starts the program"}});
}

TEST_F(Check, ReportsPluginsThatAreNotTrusted) {
  std::filesystem::copy_file(test_plugin("motd"), scratch("users.so"));
  set_owner_and_mode(scratch("users.so"), kUid, 0644);
  std::filesystem::copy_file(test_plugin("motd"), scratch("open.so"));
  set_owner_and_mode(scratch("open.so"), 0, 0666);
  expect_findings("[a]\nplugin = " + scratch("users.so") + "\n[b]\nplugin = " + scratch("open.so") + "\n",
                  {{"x.conf:1", scratch("users.so") + " is owned by uid 1234"},
                   {"x.conf:3", scratch("open.so") + " is writable by others"}});
}

TEST_F(Check, GivesMachinesTheSameFindings) {
  const Strings lines = check(kManyFaults).out_lines();
  const Outcome outcome = check(kManyFaults, {"--json"});
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  Strings findings;
  const Tree tree = parsed(outcome.out);
  for (const auto& [unused, one] : tree.get_child("findings"))
    findings.push_back(one.get<std::string>("where") + ": " + one.get<std::string>("finding"));
  EXPECT_EQ(findings, lines);
}

TEST_F(Check, GivesMachinesAnEmptyListForASoundPipeline) {
  const Outcome outcome = check(kTenStages, {"--json"});
  EXPECT_EQ(outcome.exit_status, 0) << outcome.text();
  const Tree tree = parsed(outcome.out);
  EXPECT_TRUE(tree.get_child("findings").empty()) << outcome.text();
}

TEST_F(Check, TellsOfAPipelineFileThatIsMissing) {
  const Outcome outcome = run({runner(), "check", "--pipeline", scratch("missing.conf")});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.out.find(scratch("missing.conf")), std::string::npos) << outcome.text();
}

class Stages : public JailTest {
 protected:
  // A runner that finds its plugins in a place of this test's own: /PREFIX/bin/jailrun looks in PREFIX/lib.
  std::string own_runner() const {
    std::filesystem::create_directories(scratch("own/bin"));
    std::filesystem::create_directories(scratch("own/lib/jailrun/plugins"));
    std::filesystem::copy_file(runner(), scratch("own/bin/jailrun"));
    std::filesystem::copy_file(stage() + "/lib/jailrun/jailrun-commands",
                               scratch("own/lib/jailrun/jailrun-commands"));
    return scratch("own/bin/jailrun");
  }
  std::string own_plugin(const std::string& name) const {
    std::string path = scratch("own/lib/jailrun/plugins/" + name + ".so");
    std::filesystem::copy_file(test_plugin(name), path);
    set_owner_and_mode(path, 0, 0644);
    return path;
  }
};

TEST_F(Stages, AreNotListedOntoAFullDisk) {
  for (const char* command :
       {"stages", "stages --json", "check --pipeline default.conf", "doctor", "--help"}) {
    const Outcome outcome = run({"sh", "-c", runner() + " " + command + " > /dev/full"});
    EXPECT_EQ(outcome.exit_status, 1) << command;
    EXPECT_EQ(outcome.err, "jailrun: standard output can't be written to\n") << command;
  }
}

TEST_F(Stages, AreListedWithFileAndVersion) {
  const Outcome outcome = run({runner(), "stages"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  for (const std::string name :
       {"validate-id", "close-fds",       "chroot-builder", "cgroup-v1",    "cgroup-v2",  "numa",
        "devices",     "aarch64-cpu",     "limits",         "netns",        "daemonize",  "pid-namespace",
        "drop-privs",  "retired-options", "exec",           "bind",         "tmpfs-root", "overlay-root",
        "files",       "library-closure", "volume",         "capabilities", "seccomp"}) {
    EXPECT_NE(outcome.out.find("\n" + name + " "), std::string::npos) << name << outcome.text();
  }
}

TEST_F(Stages, AreDescribedOneByOne) {
  const Outcome outcome = run({runner(), "stages", "drop-privs"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  for (const std::string& words :
       {std::string("drop-privs 1."), shipped_plugin("drop-privs") + " (linked in)", std::string("--uid UID"),
        std::string("(required)"), std::string("jail.uid"), std::string("CAP_SETUID")})
    EXPECT_NE(outcome.out.find(words), std::string::npos) << words << "\n" << outcome.text();
}

TEST_F(Stages, AreDescribedToMachines) {
  const Outcome outcome = run({runner(), "stages", "cgroup-v1", "--json"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  const Tree stage = parsed(outcome.out).front().second;
  EXPECT_EQ(stage.get<std::string>("stage"), "cgroup-v1");
  EXPECT_EQ(stage.get<std::string>("file"), shipped_plugin("cgroup-v1"));
  EXPECT_TRUE(stage.get<bool>("linked_in"));
  const Tree& option = stage.get_child("options").front().second;
  EXPECT_EQ(option.get<std::string>("name"), "cgroup");
  EXPECT_TRUE(option.get<bool>("repeatable"));
}

TEST_F(Stages, AreAllListedToMachines) {
  const Outcome outcome = run({runner(), "stages", "--json"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_GE(parsed(outcome.out).size(), 11U) << outcome.text();
}

TEST_F(Stages, ThatAreNotInstalledAreNamed) {
  const std::string sentence = refusal(Command{{runner(), "stages", "frobnicator"}});
  EXPECT_NE(sentence.find("'frobnicator'"), std::string::npos) << sentence;
}

TEST_F(Stages, RunTheirConstructorWhenTrusted) {
  const std::string here = own_runner();
  own_plugin("constructor");
  const Outcome outcome = run({here, "stages"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.err.find("the constructor ran"), std::string::npos) << outcome.text();
}

TEST_F(Stages, AreNamedButNotLoadedWhenNotTrusted) {
  const std::string here = own_runner();
  own_plugin("motd");
  const std::string path = own_plugin("constructor");
  set_owner_and_mode(path, kUid, 0644);
  const Outcome outcome = run({here, "stages"});
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  EXPECT_EQ(outcome.err.find("the constructor ran"), std::string::npos) << outcome.text();
  EXPECT_NE(outcome.err.find(path + " is owned by uid 1234"), std::string::npos) << outcome.text();
  EXPECT_NE(outcome.out.find("motd"), std::string::npos)
      << "the others are listed all the same: " << outcome.text();
}

TEST_F(Stages, AskedForByNameAreNotLoadedEitherWhenNotTrusted) {
  const std::string here = own_runner();
  const std::string path = own_plugin("constructor");
  set_owner_and_mode(path, 0, 0666);
  const std::string sentence = refusal(Command{{here, "stages", "constructor"}});
  EXPECT_NE(sentence.find(path + " is writable by others"), std::string::npos) << sentence;
}

}  // namespace
}  // namespace jailrun::integration
