// SPDX-License-Identifier: Apache-2.0
// One check of a plugin in a process of its own: a fault, a hang or an exit in the plugin is a finding, and
// what it does to its process harms no other check.
#pragma once

#include <functional>
#include <string>

namespace jailrun::core::cli::checker {

enum class Verdict { kOk, kFailed, kNotDone };

struct Outcome {
  Verdict verdict = Verdict::kOk;
  std::string reason = {};  // one sentence, where it is not kOk
};
inline Outcome ok() { return {}; }
inline Outcome failed(std::string reason) { return {Verdict::kFailed, std::move(reason)}; }
inline Outcome not_done(std::string reason) { return {Verdict::kNotDone, std::move(reason)}; }

// How a check says what it is about to do, so that a fault can be told with it: "given --id ''".
class Diary {
 public:
  explicit Diary(int fd) : fd_(fd) {}
  void about_to(const std::string& deed) const { write('a', deed); }
  void write(char kind, const std::string& text) const;

 private:
  int fd_;
};

using Trial = std::function<Outcome(const Diary&)>;

// Ends every process of the trial's session after `patience_ms`.
Outcome in_own_process(const Trial& trial, int patience_ms);

}  // namespace jailrun::core::cli::checker
