// SPDX-License-Identifier: Apache-2.0
// The reference page of the stages is made from their descriptors; this holds it to that.
#include "integration/support/command.hpp"
#include "integration/support/stage.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace jailrun::integration {
namespace {

// ./dev test runs from the clone's root.
TEST(Docs, TheTableOfOptionsIsWhatTheStagesSay) {
  std::ifstream page("docs/operator/stages.md");
  std::ostringstream text;
  text << page.rdbuf();
  const Outcome outcome =
      run({runner(),       "stages",         "--markdown",    "validate-id", "close-fds",       "tmpfs-root",
           "overlay-root", "chroot-builder", "bind",          "files",       "library-closure", "volume",
           "cgroup-v1",    "cgroup-v2",      "numa",          "devices",     "aarch64-cpu",     "limits",
           "netns",        "daemonize",      "pid-namespace", "drop-privs",  "retired-options", "exec"});
  EXPECT_EQ(text.str(), outcome.out) << "jailrun stages --markdown ... > docs/operator/stages.md";
}

}  // namespace
}  // namespace jailrun::integration
