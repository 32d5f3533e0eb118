// SPDX-License-Identifier: Apache-2.0
#include "core/cli/checker/checker.hpp"

#include <algorithm>
#include <sstream>

namespace jailrun::core::cli::checker {
namespace {

class Checker {
 public:
  Checker(const Subject& subject, int timeout_ms) : subject_(subject), timeout_ms_(timeout_ms) {}

  Result<std::vector<Checked>> run() {
    if (!run_checks(file_checks(subject_), {"shared-object"}) ||
        !run_checks(descriptor_checks(subject_), {"loads", "descriptors"}))
      return findings_;
    const Outcome contents =
        run_in_child([&](const Reporter&) { return list_contents(subject_); }, timeout_ms_);
    std::istringstream lines(contents.reason);
    std::vector<std::string> stages;
    std::vector<std::string> options;
    for (std::string kind, name; lines >> kind >> name;) (kind == "stage" ? stages : options).push_back(name);
    for (const auto& [name, value] : subject_.options)
      if (std::find(options.begin(), options.end(), name) == options.end())
        return input_error("--set " + name + "=...: no stage of " + subject_.path + " has that option");
    for (const std::string& stage : stages) run_checks(stage_checks(subject_, stage), {});
    return findings_;
  }

 private:
  // False if an essential check failed, after which the others would be meaningless.
  bool run_checks(const std::vector<Check>& checks, const std::vector<std::string>& essential) {
    for (const Check& check : checks) {
      findings_.push_back({check, run_in_child(check.run, timeout_ms_)});
      const bool is_essential = std::find(essential.begin(), essential.end(), check.name) != essential.end();
      if (is_essential && findings_.back().outcome.verdict == Verdict::kFailed) return false;
    }
    return true;
  }

  const Subject& subject_;
  int timeout_ms_;
  std::vector<Checked> findings_;
};

}  // namespace

Result<std::vector<Checked>> check_all(const Subject& subject, int timeout_ms) {
  return Checker(subject, timeout_ms).run();
}

}  // namespace jailrun::core::cli::checker
