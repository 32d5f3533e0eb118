// SPDX-License-Identifier: Apache-2.0
#include "integration/support/stage.hpp"

#include <cstdlib>

namespace jailrun::integration {

const std::string& stage() {
  static const std::string kPrefix = [] {
    const char* named = std::getenv("JAILRUN_STAGE");
    return std::string(named != nullptr ? named : "");
  }();
  return kPrefix;
}

}  // namespace jailrun::integration
