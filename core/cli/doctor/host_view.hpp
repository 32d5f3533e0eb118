// SPDX-License-Identifier: Apache-2.0
// All that doctor reads of a host. It never writes. Below a directory that is handed in, so that tests show
// it hosts of every kind.
#pragma once

#include "jailrun/result.hpp"

#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

namespace jailrun::core::cli {

// What no file tells: answers of system calls that change nothing, where negative is the errno of a refusal.
struct KernelAnswers {
  long landlock_abi = -EPERM;
  long io_uring = -EPERM;
  long bpf = -EPERM;
  uid_t uid = 0;  // who asks
};

class HostView {
 public:
  HostView(std::string root, KernelAnswers answers) : root_(std::move(root)), answers_(answers) {}
  static HostView of_this_host();

  // A file's content without the white space at its ends.
  Result<std::string> read(std::string_view path) const;
  Result<struct stat> status(std::string_view path) const;
  bool has(std::string_view path) const { return static_cast<bool>(status(path)); }
  // True where doctor's user may write to it, whatever makes that so.
  bool may_write(std::string_view path) const;
  // In a user namespace that does not map the owner of this: it may be the host's root.
  bool hides_owner(const struct stat& status) const;
  // Sorted; none where the directory can't be read.
  std::vector<std::string> list(std::string_view path) const;
  const KernelAnswers& answers() const { return answers_; }

 private:
  std::string root_;
  KernelAnswers answers_;
};

// True where a file is missing, and not merely unreadable.
bool is_missing(const Error& error);

}  // namespace jailrun::core::cli
