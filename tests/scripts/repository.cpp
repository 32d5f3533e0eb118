// SPDX-License-Identifier: Apache-2.0
#include "tests/scripts/repository.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <sys/wait.h>

namespace jailrun::tests {

Repository::Repository() {
  directory_.directory("core");
  directory_.directory("core/base");
  directory_.directory("core/sys");
  directory_.directory("docs");
  put("core/LAYERS", "sys\nbase\n");
  put("core/sys/low.hpp", "int low();\n");
  put("core/base/high.hpp", "#include \"core/sys/low.hpp\"\n");
  put("README.md", "# Title\n\nSee [the page](docs/page.md#a-second-heading) and `core/sys/low.hpp`.\n");
  put("docs/page.md", "# Page\n\n## A second heading\n");
  const std::string source = JAILRUN_TEST_SOURCE;
  const Ran copied = run("cp -r " + source + "/dev " + source + "/scripts " + source + "/.clang-format .");
  EXPECT_EQ(copied.status, 0) << copied.text;
}

Ran Repository::run(const std::string& command) const {
  // A test that runs in a hook must not find the repository of that hook.
  const std::string all =
      "exec 2>&1 </dev/null; unset $(env | sed -n 's/^\\(GIT_[A-Z_]*\\)=.*/\\1/p') CDPATH; "
      "export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 LC_ALL=C; cd '" +
      directory_.path() + "' && " + command;
  Ran ran;
  FILE* pipe = popen(all.c_str(), "r");
  if (pipe == nullptr) return ran;
  char buffer[4096];
  for (size_t count = 0; (count = fread(buffer, 1, sizeof buffer, pipe)) > 0;) ran.text.append(buffer, count);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) ran.status = WEXITSTATUS(status);
  return ran;
}

void Repository::put(const std::string& name, const std::string& content) const {
  std::ofstream(directory_ / name, std::ios::trunc) << content;
}

void Repository::commit_all() const {
  const Ran ran =
      run("git init -q -b main && git config user.name tests && git config user.email tests@localhost && "
          "git add -A && git commit -q -m 'All there is'");
  ASSERT_EQ(ran.status, 0) << ran.text;
}

bool can_run(const std::string& program) {
  const bool found = std::system(("command -v " + program + " >/dev/null").c_str()) == 0;
  if (!found && std::getenv("CI") != nullptr) ADD_FAILURE() << program << " is missing, and CI must have it";
  return found;
}

}  // namespace jailrun::tests
