// SPDX-License-Identifier: Apache-2.0
// Work that may take long, or never end: a plugin's, or the removal of a tree of a tenant's.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <functional>
#include <string>

#include <sys/types.h>

namespace jailrun::core {

// For the error where the work gives none of its own: "the release of …", and what can be done about it.
struct LimitedWork {
  std::string what;
  std::string remedy;
};

// Done in a child process, beside this one. Destroyed before its end is known, it is killed.
class WorkInChild {
 public:
  static Result<WorkInChild> start(LimitedWork about, const std::function<Result<void>()>& work);
  WorkInChild(WorkInChild&& other) noexcept;
  WorkInChild(const WorkInChild&) = delete;
  WorkInChild& operator=(const WorkInChild&) = delete;
  WorkInChild& operator=(WorkInChild&&) = delete;
  ~WorkInChild();

  // Waits for its end so long from now; -1: for ever, as on a kernel without pidfd_open (before Linux 5.3).
  bool ends_within(int milliseconds) const;
  // Its result, once it has ended.
  Result<void> result();
  // For one that has been given that time, and is to be killed.
  Error too_long(int milliseconds) const;

 private:
  WorkInChild(LimitedWork about, pid_t child) : about_(std::move(about)), child_(child) {}
  LimitedWork about_;
  pid_t child_;  // 0: its end is known
  UniqueFd process_;
  UniqueFd said_;  // its error, as a sentence
};

}  // namespace jailrun::core
