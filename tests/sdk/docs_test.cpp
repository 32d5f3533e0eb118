// SPDX-License-Identifier: Apache-2.0
// The pages for plugin authors name everything that the interface has.
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace jailrun::tests {
namespace {

std::string in_tree(const std::string& path) { return read_file(JAILRUN_TEST_ABI "/../../" + path); }

// What plugin.h says of one struct.
std::string text_of(const std::string& name) {
  const std::string header = in_tree("sdk/include/jailrun/plugin.h");
  const size_t begin = header.find("struct " + name + " {");
  EXPECT_NE(begin, std::string::npos) << name;
  return header.substr(begin, header.find("\n}", begin) - begin);
}

struct Function {
  std::string name;
  std::string comment;  // the one before it
};

std::vector<Function> functions_of(const std::string& name) {
  const std::string text = text_of(name);
  std::vector<Function> all;
  for (size_t at = 0; (at = text.find(" (*", at)) != std::string::npos; ++at) {
    const size_t declaration = text.rfind('\n', at) + 1;
    const bool has_comment = declaration > 3 && text.compare(declaration - 3, 2, "*/") == 0;
    const size_t comment = text.rfind("/* ", declaration);
    all.push_back({text.substr(at + 3, text.find(')', at) - at - 3),
                   has_comment ? text.substr(comment, declaration - comment) : ""});
  }
  return all;
}

bool has_line_with(const std::string& page, const std::string& begin, const std::string& part) {
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);)
    if (line.compare(0, begin.size(), begin) == 0 && line.find(part) != std::string::npos) return true;
  return false;
}

TEST(AuthorsPages, HaveEachActionInTheTable) {
  const std::string page = in_tree("docs/plugin-author/first-stage.md");
  ASSERT_GT(functions_of("jr_actions").size(), 25U);
  for (const Function& one : functions_of("jr_actions"))
    EXPECT_TRUE(has_line_with(page, "| `", "`" + one.name + "`")) << one.name << " is not in first-stage.md";
}

TEST(AuthorsPages, SayWhenEachFunctionOfAStageIsCalled) {
  const std::string page = in_tree("docs/plugin-author/calls.md");
  ASSERT_GT(functions_of("jr_stage_ops").size(), 6U);
  for (const Function& one : functions_of("jr_stage_ops")) {
    EXPECT_TRUE(has_line_with(page, "- **`" + one.name + "`**", "")) << one.name << " is not in calls.md";
    EXPECT_TRUE(has_line_with(page, "| `" + one.name + "` |", ""))
        << one.name << " is not in the table of calls.md";
  }
}

TEST(AuthorsPages, HaveEachFactOfJailruns) {
  const std::string page = in_tree("docs/plugin-author/first-stage.md");
  const std::string header = in_tree("sdk/include/jailrun/plugin.h");
  int count = 0;
  for (size_t at = 0; (at = header.find(" *   jail.", at)) != std::string::npos; ++at, ++count) {
    const std::string name = header.substr(at + 5, header.find(' ', at + 5) - at - 5);
    EXPECT_TRUE(has_line_with(page, "| `", "`" + name + "`")) << name << " is not in first-stage.md";
  }
  EXPECT_GT(count, 10);
}

TEST(TheHeader, SaysOfEachFunctionWhenItMayBeCalled) {
  for (const char* name : {"jr_stage_ops", "jr_host", "jr_actions"})
    for (const Function& one : functions_of(name))
      EXPECT_EQ(one.comment.compare(0, 4, "/* ["), 0) << name << "." << one.name << " has no tag";
}

}  // namespace
}  // namespace jailrun::tests
