// SPDX-License-Identifier: Apache-2.0
// A child process that is in a namespace until it can be opened or bound by others.
#pragma once

#include "core/sys/fd.hpp"
#include "core/sys/process.hpp"

#include <functional>
#include <utility>

namespace jailrun::sys {

// Exits, and is waited for, when this is destroyed; also where the launch was killed.
class Holder {
 public:
  // `work` runs in the child, with its end of a socket, whose other end is end(): it returns once that is closed.
  // It must neither allocate nor change what its parent's objects stand for.
  static Result<Holder> start(ChildOptions options, const std::function<void(int end)>& work);
  Holder(Holder&& other) noexcept : pid_(std::exchange(other.pid_, 0)), end_(std::move(other.end_)) {}
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  Holder& operator=(Holder&&) = delete;
  ~Holder();

  pid_t pid() const { return pid_; }
  int end() const { return end_.get(); }

 private:
  Holder(pid_t pid, UniqueFd end) : pid_(pid), end_(std::move(end)) {}
  pid_t pid_;
  UniqueFd end_;
};

}  // namespace jailrun::sys
