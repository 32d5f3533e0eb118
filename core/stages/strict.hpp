// SPDX-License-Identifier: Apache-2.0
// What a plugin must not change about the process, compared before and after a call into it.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <string>

namespace jailrun::core {

Result<UniqueFd> open_proc();

class ProcessState {
 public:
  // `proc`: the host's /proc, from open_proc() before the first call. In the jail's root that path is the
  // program's to fill: nothing may be there, or something that never answers.
  static ProcessState now(int proc);
  // Where the process has its root from the host.
  static ProcessState now();
  // Empty if nothing changed, else what did: "the working directory".
  std::string difference(const ProcessState& later) const;

 private:
  std::string credentials_;  // the content of /proc/self/status: ids, capabilities, umask, threads, signals
  std::string directory_;
  std::string descriptors_;
};

}  // namespace jailrun::core
