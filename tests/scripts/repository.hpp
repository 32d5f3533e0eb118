// SPDX-License-Identifier: Apache-2.0
// A copy of the scripts in a directory of its own, with little else: what they say about it can be tested.
#pragma once

#include "tests/support/temp_directory.hpp"

#include <string>

namespace jailrun::tests {

struct Ran {
  int status = -1;   // the exit status; -1: a signal
  std::string text;  // stdout and stderr
};

class Repository {
 public:
  Repository();

  // A shell command in the directory, with no configuration of git's but the repository's own.
  Ran run(const std::string& command) const;
  // A file below it, made anew. The directories above it must exist.
  void put(const std::string& name, const std::string& content) const;
  // Makes it a git repository whose first commit holds all there is.
  void commit_all() const;

 private:
  TempDirectory directory_;
};

// Whether this program is installed. In CI it must be.
bool can_run(const std::string& program);

}  // namespace jailrun::tests
