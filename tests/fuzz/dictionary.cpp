// SPDX-License-Identifier: Apache-2.0
// Prints libFuzzer's dictionary: the option names of the stages that ship, as written on a command line and
// in a pipeline file.
#include "core/pipeline/builtin_options.hpp"
#include "tests/fuzz/shipped.hpp"

#include <cstdio>
#include <set>
#include <string>

namespace {

using jailrun::core::StageDescription;

void add_options(std::set<std::string>& words, const StageDescription& stage) {
  for (const auto& option : stage.options) {
    words.insert("--" + std::string(option.name));
    words.insert(std::string(option.name) + "=");
  }
}

}  // namespace

int main() {
  using namespace jailrun;
  std::set<std::string> words = {"[jailrun]"};
  add_options(words, core::runner_options());
  add_options(words, core::jail_options());
  for (const auto& [id, stage] : tests::fuzz::shipped_stages()) {
    add_options(words, *stage);
    words.insert("[" + std::string(id) + "]");
  }
  for (const std::string& word : words) std::printf("\"%s\"\n", word.c_str());
}
