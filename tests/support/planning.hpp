// SPDX-License-Identifier: Apache-2.0
// A launch as `jailrun plan` sees it, from a pipeline's text and command-line words to the plan,
// in this process.
#pragma once

#include "core/plugin/loader.hpp"
#include "core/stages/cgroup_host.hpp"

#include <string>
#include <utility>
#include <vector>

namespace jailrun::tests {

class Launch {
 public:
  // All stages that ship, in the default pipeline's order; --id, --exec-file, --uid, --gid given; base /usr,
  // which no host mounts nodev or noexec: a plan makes nothing there.
  Launch();

  // Gives a command-line option a value, in place of the one it has.
  Launch& set(const std::string& option, const std::string& value);
  // Gives it another one.
  Launch& add(const std::string& option, const std::string& value);
  Launch& flag(const std::string& option);
  Launch& without(const std::string& option);
  // The program's own arguments.
  Launch& arguments(std::vector<std::string> words);
  // Looks at the process after each call into a stage.
  Launch& strict();
  // On this host, which is borrowed, and not on one that has no cgroups.
  Launch& on(const core::CgroupHost& host);
  // Another pipeline file.
  Launch& pipeline(std::string text);

  // One line an action: "prepare devices: node /dev/kvm  char 10:232 0600 1234:100"; or one line on what was
  // refused. The directory with the test program is shown as TMP.
  std::string plan() const;
  // Only those of one stage, without its name.
  std::string plan_of(const std::string& stage) const;

 private:
  std::vector<std::string> lines() const;

  std::string text_;
  std::vector<std::pair<std::string, std::string>> options_;
  std::vector<std::string> flags_;
  std::vector<std::string> arguments_;
  bool strict_ = false;
  const core::CgroupHost* host_;
};

// An executable file, "vmm", alone in a directory.
const std::string& program();

// A directory that this process trusts, with copies of the plugins of the build tree: where tests are run by
// root the build tree may be another user's, and then is rightly not trusted.
const std::string& plugin_directory();

// The text of pipelines/default.conf.
std::string default_pipeline();

}  // namespace jailrun::tests
