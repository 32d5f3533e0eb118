// SPDX-License-Identifier: Apache-2.0
// scripts/check-layers: who may include whom in core/.
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include <sys/wait.h>

namespace jailrun::tests {
namespace {

// A source tree of two layers: `low` has low.hpp; `high` includes it.
class Layers : public testing::Test {
 protected:
  Layers() {
    tree_.directory("core");
    tree_.file("core/LAYERS",
               "# A comment.\n\nlow   the ground\nhigh  what is built on it\n.     core itself\n");
    for (const char* layer : {"core/low", "core/high"}) tree_.directory(layer);
    file("core/low/low.hpp", {});
    file("core/high/high.hpp", {});
    file("core/high/high.cpp", {"core/high/high.hpp", "core/low/low.hpp"});
    file("core/top.cpp", {"core/high/high.hpp", "core/low/low.hpp"});
  }

  void file(std::string_view name, std::initializer_list<const char*> included) const {
    std::string text = "// A file.\n#include <string>\n";
    for (const char* one : included) text.append("#include \"").append(one).append("\"\n");
    tree_.file(name, text);
  }

  struct Outcome {
    int status;
    std::string text;
  };
  Outcome check() const {
    const std::string command = JAILRUN_TEST_SOURCE "/scripts/check-layers " + tree_.path() + " 2>&1";
    FILE* const output = popen(command.c_str(), "r");
    if (output == nullptr) return {-1, "popen failed"};
    Outcome outcome = {-1, {}};
    std::array<char, 4096> chunk{};
    while (const size_t count = fread(chunk.data(), 1, chunk.size(), output))
      outcome.text.append(chunk.data(), count);
    const int status = pclose(output);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
  }
  void expect_fault(const std::string& text) const {
    const Outcome outcome = check();
    EXPECT_EQ(outcome.status, 1) << outcome.text;
    EXPECT_EQ(outcome.text, text);
  }

  TempDirectory tree_;
};

TEST_F(Layers, IncludesOfTheSameLayerAndOfLowerOnesPass) {
  const Outcome outcome = check();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.text, "");
}

TEST_F(Layers, AnIncludeOfAHigherLayerIsShownWithBothFiles) {
  file("core/low/wrong.cpp", {"core/low/low.hpp", "core/high/high.hpp"});
  expect_fault("core/low/wrong.cpp:4 includes core/high/high.hpp, but core/LAYERS has low below high\n");
}

TEST_F(Layers, CoreItselfIsALayerToo) {
  file("core/entry.hpp", {});
  file("core/low/wrong.hpp", {"core/entry.hpp"});
  expect_fault("core/low/wrong.hpp:3 includes core/entry.hpp, but core/LAYERS has low below .\n");
}

TEST_F(Layers, FilesThatIncludeEachOtherAreACycle) {
  file("core/low/a.hpp", {"core/low/b.hpp"});
  file("core/low/b.hpp", {"core/low/a.hpp"});
  const Outcome outcome = check();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.text.find("a cycle of includes: "), 0U) << outcome.text;
  for (const char* one : {"core/low/a", "core/low/b"})
    EXPECT_NE(outcome.text.find(one), std::string::npos) << outcome.text;
}

TEST_F(Layers, AHeaderAndItsSourceCountAsOneInACycle) {
  file("core/low/a.hpp", {});
  file("core/low/a.cpp", {"core/low/a.hpp", "core/low/b.hpp"});
  file("core/low/b.hpp", {"core/low/a.hpp"});
  const Outcome outcome = check();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.text.find("a cycle of includes: "), 0U) << outcome.text;
}

TEST_F(Layers, ALayerThatTheListLacksIsShown) {
  tree_.directory("core/attic");
  file("core/attic/old.cpp", {"core/low/low.hpp"});
  const Outcome outcome = check();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.text.find("core/attic is not in core/LAYERS\n"), 0U) << outcome.text;
}

}  // namespace
}  // namespace jailrun::tests
