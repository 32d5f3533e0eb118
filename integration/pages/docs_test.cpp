// SPDX-License-Identifier: Apache-2.0
// What the pages state about jailrun, compared with jailrun. ./dev test runs from the clone's root.
#include "integration/support/jail_test.hpp"

#include <unistd.h>

namespace jailrun::integration {
namespace {

TEST(Docs, TheTableOfOptionsIsWhatTheStagesSay) {
  const Outcome outcome =
      run({runner(),       "stages",         "--markdown",    "validate-id", "close-fds",       "tmpfs-root",
           "overlay-root", "chroot-builder", "bind",          "files",       "library-closure", "volume",
           "cgroup-v1",    "cgroup-v2",      "numa",          "devices",     "aarch64-cpu",     "limits",
           "netns",        "daemonize",      "pid-namespace", "drop-privs",  "retired-options", "exec"});
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

// SECURITY.md, "What it shares with the host", says so.
TEST_F(DocsOfJails, AJailByTheDefaultPipelineHasAMountNamespaceOfItsOwnAndNoOther) {
  const Jailed jailed = start({});
  for (const char* kind : {"cgroup", "ipc", "net", "pid", "time", "user", "uts"})
    EXPECT_EQ(namespace_of(jailed.pid(), kind), namespace_of(getpid(), kind));
  EXPECT_NE(namespace_of(jailed.pid(), "mnt"), namespace_of(getpid(), "mnt"));
}

}  // namespace
}  // namespace jailrun::integration
