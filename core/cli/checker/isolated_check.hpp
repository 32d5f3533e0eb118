// SPDX-License-Identifier: Apache-2.0
// One check of a plugin in a child process: a crash, a hang or an exit in the plugin is a finding, and what
// it does to its process harms no other check.
#pragma once

#include <functional>
#include <string>

namespace jailrun::core::cli::checker {

enum class Verdict { kOk, kFailed, kNotDone };

struct Outcome {
  Verdict verdict = Verdict::kOk;
  std::string reason = {};  // one sentence, unless it is kOk
};
inline Outcome ok() { return {}; }
inline Outcome failed(std::string reason) { return {Verdict::kFailed, std::move(reason)}; }
inline Outcome not_done(std::string reason) { return {Verdict::kNotDone, std::move(reason)}; }

// How the child process tells its parent about the check.
class Reporter {
 public:
  explicit Reporter(int fd) : fd_(fd) {}
  // What the check does next, to be named with a crash: "given --id ''".
  void about_to(const std::string& step) const { write('a', step); }
  void finish(const Outcome& outcome) const;
  // Which function of the plugin runs from here on: "plan".
  void running(const std::string& function) const { write('r', function); }
  // Passes on the descriptor by which the kernel asks about this process's system calls; the first that it
  // asks about ends the process, with that system call as the reason. False if it can't be passed on.
  bool hand_over(int listener) const;

 private:
  void write(char kind, const std::string& text, int with_fd = -1) const;
  int fd_;
  mutable bool was_written_ = false;  // the last message
};

using IsolatedCheck = std::function<Outcome(const Reporter&)>;

// Kills every process of the child's session after `timeout_ms`.
Outcome run_in_child(const IsolatedCheck& check, int timeout_ms);

}  // namespace jailrun::core::cli::checker
