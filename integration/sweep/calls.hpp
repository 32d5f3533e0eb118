// SPDX-License-Identifier: Apache-2.0
// The system calls that a launch makes, and the errors that each of them can really give.
#pragma once

#include <string>
#include <vector>

namespace jailrun::integration::sweep {

struct Call {
  long number;
  const char* name;
  std::vector<int> errors;         // none: it can't fail, or not in the way that it is used
  int path = -1;                   // which argument is a path
  bool done_all_the_same = false;  // the kernel does the work even where it reports an error: close
};

// Null for a call that is not in the table, which then has to be extended.
const Call* find_call(long number);

}  // namespace jailrun::integration::sweep
