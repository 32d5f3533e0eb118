// SPDX-License-Identifier: Apache-2.0
#include "core/cli/checker/checker.hpp"

#include <algorithm>
#include <sstream>

namespace jailrun::core::cli::checker {
namespace {

class Checker {
 public:
  Checker(const Subject& subject, int patience_ms) : subject_(subject), patience_ms_(patience_ms) {}

  Result<std::vector<Checked>> run() {
    if (!may_go_on(file_checks(subject_), {"shared-object"}) ||
        !may_go_on(descriptor_checks(subject_), {"loads", "descriptors"}))
      return findings_;
    const Outcome contents =
        in_own_process([&](const Diary&) { return list_contents(subject_); }, patience_ms_);
    std::istringstream lines(contents.reason);
    std::vector<std::string> stages;
    std::vector<std::string> options;
    for (std::string kind, name; lines >> kind >> name;) (kind == "stage" ? stages : options).push_back(name);
    for (const auto& [name, value] : subject_.options)
      if (std::find(options.begin(), options.end(), name) == options.end())
        return input_error("--set " + name + "=...: no stage of " + subject_.path + " has that option");
    for (const std::string& stage : stages) may_go_on(stage_checks(subject_, stage), {});
    return findings_;
  }

 private:
  // False where one failed without which the rest means nothing.
  bool may_go_on(const std::vector<Check>& checks, const std::vector<std::string>& essential) {
    for (const Check& check : checks) {
      findings_.push_back({check, in_own_process(check.trial, patience_ms_)});
      const bool is_essential = std::find(essential.begin(), essential.end(), check.name) != essential.end();
      if (is_essential && findings_.back().outcome.verdict == Verdict::kFailed) return false;
    }
    return true;
  }

  const Subject& subject_;
  int patience_ms_;
  std::vector<Checked> findings_;
};

}  // namespace

Result<std::vector<Checked>> check_all(const Subject& subject, int patience_ms) {
  return Checker(subject, patience_ms).run();
}

}  // namespace jailrun::core::cli::checker
