// SPDX-License-Identifier: Apache-2.0
// Every input of corpus/, through the targets that libFuzzer feeds: what it has found stays found.
#include "tests/fuzz/targets.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace jailrun::tests::fuzz {
namespace {

namespace fs = std::filesystem;

class Corpus : public testing::TestWithParam<Target> {};

TEST_P(Corpus, HoldsNoInputThatBreaksAPromise) {
  std::vector<fs::path> inputs;
  const fs::path directory = fs::path(JAILRUN_FUZZ_CORPUS) / GetParam().name;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(directory, missing)) inputs.push_back(entry.path());
  ASSERT_FALSE(missing) << directory << ": " << missing.message();
  ASSERT_FALSE(inputs.empty()) << directory << " is empty";
  std::sort(inputs.begin(), inputs.end());
  const size_t plans_before = plans_reached();
  for (const fs::path& input : inputs) {
    const Result<void> result = run(GetParam(), read_file(input.string()));
    EXPECT_TRUE(result) << input << "\n" << result.error().sentence;
  }
  EXPECT_GT(plans_reached(), plans_before) << "no input gets past the parser";
}

INSTANTIATE_TEST_SUITE_P(Of, Corpus, testing::ValuesIn(kTargets), [](const auto& of) {
  std::string name(of.param.name);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace jailrun::tests::fuzz
