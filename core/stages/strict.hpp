// SPDX-License-Identifier: Apache-2.0
// What a plugin must not change about the process, compared before and after a call into it.
#pragma once

#include <string>

namespace jailrun::core {

class ProcessState {
 public:
  static ProcessState now();
  // Empty if nothing changed, else what did: "the working directory".
  std::string difference(const ProcessState& later) const;

 private:
  std::string credentials_;  // the content of /proc/self/status: ids, capabilities, umask, threads, signals
  std::string directory_;
  std::string descriptors_;
};

}  // namespace jailrun::core
