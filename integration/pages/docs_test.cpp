// SPDX-License-Identifier: Apache-2.0
// What the pages state about jailrun, compared with jailrun. ./dev test runs from the clone's root.
#include "integration/support/cgroups.hpp"
#include "integration/support/jail_test.hpp"
#include "integration/support/shipped_plugin.hpp"

#include <algorithm>
#include <filesystem>

#include <unistd.h>

namespace jailrun::integration {
namespace {

// In the page's order.
constexpr const char* kStages = R"(validate-id
close-fds
tmpfs-root
overlay-root
chroot-builder
bind
files
library-closure
volume
cgroup-v1
cgroup-v2
numa
devices
device-access
aarch64-cpu
limits
time-limit
netns
user-net
isolate
user-namespace
process
proc
dev
tmp
shm
sys
daemonize
pid-namespace
drop-privs
capabilities
seccomp
landlock
label
retired-options
exec)";

TEST(Docs, TheTableOfOptionsIsWhatTheStagesSay) {
  Strings words = {runner(), "stages", "--markdown"};
  for (const std::string& stage : split_lines(kStages)) words.push_back(stage);
  const Outcome outcome = run(words);
  EXPECT_EQ(read_file("docs/operator/stages.md"), outcome.out)
      << "jailrun stages --markdown ... > docs/operator/stages.md";
}

TEST(Docs, EveryStageThatShipsIsOnThePageOfStages) {
  const std::string page = "\n" + read_file("docs/operator/stages.md");
  const std::string json = run({runner(), "stages", "--json"}).out;
  const std::string key = "\"stage\":\"";
  int count = 0;
  for (size_t at = 0; (at = json.find(key, at)) != std::string::npos; ++count) {
    at += key.size();
    const std::string stage = json.substr(at, json.find('"', at) - at);
    EXPECT_NE(page.find("\n## " + stage + "\n"), std::string::npos)
        << stage << " is missing from the list in the test above";
  }
  EXPECT_GT(count, 20);
}

// Where a page links to, without anchors and addresses.
Strings links_in(const std::string& page) {
  Strings links;
  const std::string text = read_file(page);
  for (size_t at = 0; (at = text.find("](", at)) != std::string::npos;) {
    at += 2;
    const std::string link = text.substr(at, text.find_first_of(")# ", at) - at);
    if (!link.empty() && link.find(':') == std::string::npos) links.push_back(link);
  }
  return links;
}

TEST(Docs, EachLinkOfAnInstalledPageLeadsSomewhere) {
  int count = 0;
  for (const auto& page : std::filesystem::recursive_directory_iterator(stage() + "/share/doc/jailrun")) {
    if (page.path().extension() != ".md") continue;
    for (const std::string& link : links_in(page.path())) {
      EXPECT_TRUE(std::filesystem::exists(page.path().parent_path() / link)) << page.path() << ": " << link;
      ++count;
    }
  }
  EXPECT_GT(count, 50);
}

class DocsOfJails : public JailTest {};

TEST_F(DocsOfJails, ThePageOnTheLifecycleNamesWhatAJailsDirectoryHolds) {
  const std::string page = read_file("docs/operator/lifecycle.md");
  write_file(prefill() + "/probe", "a caller's own");
  EXPECT_TRUE(launch({}).succeeded());
  EXPECT_EQ(list(jail()), "ledger replaced-%2Fprobe root");
  for (const char* name : {"ledger`", "replaced-%2F", "root`"})
    EXPECT_NE(page.find(std::string("| `<base>/<exec name>/<id>/") + name), std::string::npos) << name;
  remove_jail();
}

// Whether `text` begins with `pattern`, in which "…" stands for anything.
bool matches(const std::string& text, const std::string& pattern) {
  const std::string anything = "…";
  size_t at = 0;
  for (size_t from = 0, to = 0; from <= pattern.size(); from = to + anything.size()) {
    to = std::min(pattern.find(anything, from), pattern.size());
    const std::string part = pattern.substr(from, to - from);
    const size_t found = text.find(part, at);
    if (found == std::string::npos || (from == 0 && found != 0)) return false;
    at = found + part.size();
  }
  return true;
}

// "x.conf:3: there is no stage" without its place.
std::string without_place(const std::string& finding) {
  const size_t colon = finding.find(": ");
  return colon == std::string::npos ? finding : finding.substr(colon + 2);
}

TEST_F(DocsOfJails, ThePageOnPipelinesQuotesWhatCheckPrints) {
  const std::string file = scratch("x.conf");
  std::string findings;
  for (const std::string& text :
       {std::string("[exec]\n[drop-privs]\n[chroot-builder]\n"), std::string("[motd]\n"),
        "[motd]\nplugin = " + shipped_plugin("exec") + "\n", std::string("[exec]\nexec-fil = /x\n"),
        std::string("[drop-privs]\nuid = many\n"), std::string("[exec]\n[exec]\n")}) {
    write_file(file, text);
    findings += run({runner(), "check", "--pipeline", file}).out;
  }
  for (size_t at = 0; (at = findings.find(file, at)) != std::string::npos;)
    findings.replace(at, file.size(), "x.conf");
  int rows = 0;
  for (const std::string& line : split_lines(read_file("docs/operator/pipelines.md"))) {
    if (line.compare(0, 10, "| `x.conf:") != 0) continue;
    const std::string quoted = without_place(line.substr(3, line.find('`', 3) - 3));
    if (quoted.find("hierarchy on this host") != std::string::npos) continue;  // depends on the host
    bool found = false;
    for (const std::string& finding : split_lines(findings))
      found = found || matches(without_place(finding), quoted);
    EXPECT_TRUE(found) << quoted << "\nis not among:\n" << findings;
    ++rows;
  }
  EXPECT_EQ(rows, 9);
}

// SECURITY.md, "What it shares with the host", says so.
TEST_F(DocsOfJails, AJailByTheDefaultPipelineHasAMountNamespaceOfItsOwnAndNoOther) {
  const Jailed jailed = start({});
  for (const char* kind : {"cgroup", "ipc", "net", "pid", "time", "user", "uts"})
    EXPECT_EQ(namespace_of(jailed.pid(), kind), namespace_of(getpid(), kind));
  EXPECT_NE(namespace_of(jailed.pid(), "mnt"), namespace_of(getpid(), "mnt"));
}

// The text of each block "```word ... ```" of the page on system calls.
Strings blocks_of_page(const std::string& word) {
  const std::string page = read_file("docs/operator/system-calls.md");
  const std::string begin = "\n```" + word + "\n";
  Strings blocks;
  for (size_t at = 0; (at = page.find(begin, at)) != std::string::npos;) {
    at += begin.size();
    blocks.push_back(page.substr(at, page.find("```", at) - at));
  }
  return blocks;
}

TEST_F(DocsOfJails, EachExampleOfThePageOnSystemCallsIsPlannedAndTheFirstIsLaunched) {
  const std::string policy = scratch("counter.policy");
  ASSERT_EQ(blocks_of_page("policy").size(), 1U);
  write_file(policy, blocks_of_page("policy").front());
  const Strings examples = blocks_of_page("ini");
  ASSERT_EQ(examples.size(), 9U);
  for (std::string example : examples) {
    const std::string named = "/etc/jailrun/seccomp/counter.policy";
    if (const size_t at = example.find(named); at != std::string::npos)
      example.replace(at, named.size(), policy);
    const std::string learned = "/etc/jailrun/seccomp/server.json";
    if (const size_t at = example.find(learned); at != std::string::npos)
      example.replace(at, learned.size(), scratch("server.json"));
    if (const size_t at = example.find("profile = server\n"); at != std::string::npos)
      example.replace(at, 16, "profile = " + scratch("server.json"));
    Strings options = {"--pipeline", pipeline_with(example, "exec")};
    const bool needs_supervisor =
        example.find("learn") != std::string::npos || example.find("notify") != std::string::npos;
    if (needs_supervisor) options.emplace_back("--supervise");
    // The page's next example is the profile that this run leaves.
    if (example.find("learn") != std::string::npos) {
      EXPECT_TRUE(launch(options).succeeded());
    }
    options.insert(options.begin(), "plan");
    const Outcome outcome = launch(options);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    EXPECT_NE(outcome.out.find("filter "), std::string::npos) << outcome.out;
  }
  EXPECT_TRUE(launch_and_remove({"--pipeline", pipeline_with(examples.front(), "exec")}).succeeded());
}

TEST_F(DocsOfJails, ThePageOnSystemCallsShowsTheLineOfThePlan) {
  const Outcome outcome =
      launch({"plan", "--pipeline", pipeline_with("[seccomp]\nprofile = docker\n", "exec")});
  const std::string page = read_file("docs/operator/system-calls.md");
  const size_t at = page.find("docker  ");
  ASSERT_NE(at, std::string::npos);
  EXPECT_NE(outcome.out.find(page.substr(at, page.find('\n', at) - at)), std::string::npos) << outcome.out;
}

// A program that reports stands for Firecracker, and files without meaning for the kernel and the image.
class MicrovmPage : public JailTest {
 protected:
  // What follows the command line that begins so, with the page's directories replaced by the test's.
  std::string command_of_page(const std::string& beginning) const {
    const std::string page = read_file("docs/operator/microvm.md");
    const size_t at = page.find("    # " + beginning);
    EXPECT_NE(at, std::string::npos) << beginning;
    std::string command = page.substr(at + 6, page.find("\n\n", at) - at - 6);
    const std::pair<const char*, std::string> names[] = {
        {"/etc/jailrun/pipelines/microvm.conf", scratch("microvm.conf")},
        {"--pipeline microvm.conf", "--pipeline " + scratch("microvm.conf")},
        {"/usr/local", stage()},
        {"/srv/vmm", scratch("vmm")},
        {"mkdir -p /etc/jailrun/pipelines", "true"},
        {"    # ", ""}};
    for (const auto& [name, own] : names)
      for (size_t found = 0; (found = command.find(name, found)) != std::string::npos; found += own.size())
        command.replace(found, std::string(name).size(), own);
    return command;
  }
};

TEST_F(MicrovmPage, LaunchesWhatItDescribes) {
  std::filesystem::create_directory(scratch("vmm"));
  std::filesystem::copy_file(test_file("probe"), scratch("vmm") + "/firecracker");
  write_file(scratch("vmm") + "/vmlinux", "a kernel\n");
  write_file(scratch("vmm") + "/debian.ext4", std::string(1 << 20, 'x'));
  write_file(scratch("vmm") + "/machine.json", "{}\n");
  const std::string path = "set -e; PATH=" + stage() + "/bin:$PATH\n";
  const Outcome pipeline = run({"sh", "-c", path + command_of_page("mkdir -p /etc/jailrun/pipelines")});
  EXPECT_TRUE(pipeline.succeeded()) << pipeline.text();
  std::string launch = command_of_page("mkdir -p /srv/jailer");
  launch.replace(0, launch.find('\n') + 1, "");
  launch.replace(launch.find(" -- "), 4, " --chroot-base-dir " + base() + " -- ");
  if (!missing_v1({"memory"}).empty())
    launch.replace(launch.find(" --cgroup memory.limit_in_bytes=1G"), 34, "");
  const Outcome launched = run({"sh", "-c", path + launch});
  EXPECT_TRUE(launched.succeeded()) << launched.text();
  EXPECT_EQ(list(root("web-1", "firecracker")),
            "dev firecracker firecracker.pid machine.json rootfs.ext4 run vmlinux");
  EXPECT_TRUE(run({runner(), "rm", "--force", "--chroot-base-dir", base(), "web-1"}).succeeded());
}

}  // namespace
}  // namespace jailrun::integration
