// SPDX-License-Identifier: Apache-2.0
// ./dev install-hooks, and the hook that it installs, in a repository of the test's own.
#include "tests/scripts/repository.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

class Hook : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* program : {"git", "clang-format-14", "shellcheck"})
      if (!can_run(program)) GTEST_SKIP() << program << " is missing: ./dev install-deps test lint";
    repository_.commit_all();
  }

  void install() const {
    const Ran ran = repository_.run("./dev install-hooks");
    ASSERT_EQ(ran.status, 0) << ran.text;
  }
  Ran commit() const { return repository_.run("git commit -q -m 'Something else is so now'"); }

  // A commit that the hook must refuse, saying this; nothing is committed.
  void expect_refused(const std::string& said) const {
    const Ran ran = commit();
    EXPECT_EQ(ran.status, 1);
    EXPECT_NE(ran.text.find(said), std::string::npos) << ran.text;
    EXPECT_NE(ran.text.find("pre-commit: nothing was committed"), std::string::npos) << ran.text;
    EXPECT_EQ(repository_.run("git log --oneline | wc -l").text, "1\n");
  }

  const Repository repository_;
};

TEST_F(Hook, IsSilentAboutACommitWithoutFaults) {
  install();
  repository_.put("core/sys/more.hpp", "int more();\n");
  repository_.run("git add -A");
  const Ran ran = commit();
  EXPECT_EQ(ran.status, 0) << ran.text;
  EXPECT_EQ(ran.text, "");
  EXPECT_EQ(repository_.run("git log --oneline | wc -l").text, "2\n");
}

TEST_F(Hook, RefusesATrailingSpace) {
  install();
  repository_.put("docs/page.md", "# Page \n\n## A second heading\n");
  repository_.run("git add -A");
  expect_refused("./docs/page.md:1:# Page    <- tab, carriage return or trailing space");
}

TEST_F(Hook, RefusesAFileThatIsNotFormatted) {
  install();
  repository_.put("core/sys/more.hpp", "int   more();\n");
  repository_.run("git add -A");
  expect_refused("lint: format: failed");
}

TEST_F(Hook, RefusesAScriptThatShellcheckFaults) {
  install();
  repository_.put("scripts/more", "#!/bin/sh\ncd $1\n");
  repository_.run("git add -A");
  expect_refused("lint: shell: failed");
}

TEST_F(Hook, RefusesAnIncludeOfAHigherRoom) {
  install();
  repository_.put("core/sys/more.hpp", "#include \"core/base/high.hpp\"\n");
  repository_.run("git add -A");
  expect_refused("core/sys/more.hpp:1 includes core/base/high.hpp");
}

TEST_F(Hook, RefusesTheRemovalOfAFileThatAPageNames) {
  install();
  repository_.run("git rm -q docs/page.md");
  expect_refused("README.md:3: the link docs/page.md#a-second-heading leads nowhere");
}

TEST_F(Hook, ChecksWhatIsStagedAndNotWhatIsInTheWorkingTree) {
  install();
  repository_.put("core/sys/more.hpp", "int   more();\n");
  repository_.run("git add -A");
  repository_.put("core/sys/more.hpp", "int more();\n");
  expect_refused("lint: format: failed");

  repository_.run("git add -A");
  repository_.put("core/sys/more.hpp", "int   more();\n");
  EXPECT_EQ(commit().status, 0);
}

TEST_F(Hook, LeavesFilesAloneThatAreNotStaged) {
  repository_.put("docs/old.md", "# Old \n");
  repository_.run("git add -A");
  EXPECT_EQ(commit().status, 0);  // before there was a hook
  install();
  repository_.put("docs/new.md", "# New\n");
  repository_.run("git add -A");
  const Ran ran = commit();
  EXPECT_EQ(ran.status, 0) << ran.text;
}

TEST_F(Hook, CanBeInstalledAgain) {
  install();
  const std::string before = repository_.run("cat .git/hooks/pre-commit").text;
  install();
  EXPECT_EQ(repository_.run("cat .git/hooks/pre-commit").text, before);
}

TEST_F(Hook, IsNotInstalledOverSomebodyElses) {
  repository_.run("mkdir -p .git/hooks && printf '#!/bin/sh\\nexit 0\\n' > .git/hooks/pre-commit");
  const Ran ran = repository_.run("./dev install-hooks");
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.text.find(".git/hooks/pre-commit exists and is not jailrun's: call scripts/hooks/pre-commit"),
            std::string::npos)
      << ran.text;
  EXPECT_EQ(repository_.run("cat .git/hooks/pre-commit").text, "#!/bin/sh\nexit 0\n");
}

TEST_F(Hook, IsNotInstalledWhereGitLooksForHooksElsewhere) {
  repository_.run("git config core.hooksPath /somewhere/else");
  const Ran ran = repository_.run("./dev install-hooks");
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.text.find("core.hooksPath is set to /somewhere/else: call scripts/hooks/pre-commit"),
            std::string::npos)
      << ran.text;
}

}  // namespace
}  // namespace jailrun::tests
