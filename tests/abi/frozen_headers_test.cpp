// SPDX-License-Identifier: Apache-2.0
// What was released goes on working: plugins built with the headers of each release, in today's runner.
#include "core/plugin/abi.hpp"
#include "jailrun/action_rules.hpp"
#include "tests/abi/first_structs.h"
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <sstream>

#define DECLARE_SIZE(type) extern "C" const uint64_t jailrun_first_size_##type;
JAILRUN_FIRST_STRUCTS(DECLARE_SIZE)

namespace jailrun::tests {
namespace {

std::vector<std::string> versions() {
  std::vector<std::string> all;
  std::istringstream list(JAILRUN_TEST_ABI_VERSIONS);
  for (std::string version; std::getline(list, version, ',');) all.push_back(version);
  return all;
}

// A copy where this process trusts it. Made once: a file that is loaded must not be written to again.
std::string plugin(const std::string& version, const std::string& name) {
  static const TempDirectory kDirectory;
  static std::map<std::string, std::string> copies;
  std::string& path = copies[version + "-" + name];
  if (path.empty())
    path = kDirectory.file(version + "-" + name + ".so",
                           read_file(JAILRUN_TEST_ABI_PLUGINS "/" + version + "/" + name + ".so"));
  return path;
}

std::string plan_of_every_action(const std::string& version, const std::string& count) {
  return Launch()
      .pipeline("[every-action]\nplugin = " + plugin(version, "every-action") + "\n")
      .without("id")
      .without("exec-file")
      .without("uid")
      .without("gid")
      .set("count", count)
      .flag("loud")
      .plan();
}

TEST(FrozenHeaders, AreThoseThatWereReleased) {
  ASSERT_FALSE(versions().empty());
  for (const std::string& version : versions()) {
    const std::string command =
        "cd '" JAILRUN_TEST_ABI "/" + version + "' && sha256sum --quiet --strict --check digests";
    EXPECT_EQ(std::system(command.c_str()), 0) << "tests/abi/" << version << " was changed";
  }
}

TEST(FrozenHeaders, SayHowLongTheRunnersShortestStructsAre) {
  // A struct is in one of the two lists: those of actions are the fake host's too.
#define EXPECT_SIZE(type) \
  EXPECT_EQ(core::kFirstSize<type> + action_rules::kFirstSize<type>, jailrun_first_size_##type) << #type;
  JAILRUN_FIRST_STRUCTS(EXPECT_SIZE)
}

TEST(PluginsOfARelease, PlanWhatTheyPlanWithTodaysHeaders) {
  const std::string today = plan_of_every_action("today", "3");
  EXPECT_EQ(today.find("refused"), std::string::npos) << today;
  // All but device-rules and label, which a host may lack.
  for (const char* verb :
       {"claim",          "close",  "root",     "directory",     "write",          "copy",
        "link",           "node",   "pid-file", "alias",         "join",           "bind",
        "mount",          "numa",   "session",  "pid-namespace", "call",           "limit",
        "credentials",    "filter", "landlock", "exec",          "capabilities",   "new-namespace",
        "user-namespace", "nice",   "symlink",  "filesystem",    "read-only-root", "init",
        "time-limit",     "helper"})
    EXPECT_NE(today.find(verb), std::string::npos) << verb << " is not in\n" << today;
  for (const std::string& version : versions())
    EXPECT_EQ(plan_of_every_action(version, "3"), today) << version;
}

TEST(PluginsOfARelease, RefuseInTheSameWords) {
  for (const std::string& version : versions())
    EXPECT_EQ(plan_of_every_action(version, "9"), "refused: stage every-action: --count: not nine\n")
        << version;
}

TEST(PluginsOfARelease, InCAreLoaded) {
  for (const std::string& version : versions()) {
    const std::string plan =
        Launch()
            .pipeline("[validate-id]\n[minimal]\nplugin = " + plugin(version, "minimal") +
                      "\n[drop-privs]\n[exec]\n")
            .plan_of("minimal");
    EXPECT_EQ(plan.find("refused"), std::string::npos) << plan;
    EXPECT_NE(plan.find("/usr/root"), std::string::npos) << plan;
  }
}

}  // namespace
}  // namespace jailrun::tests
