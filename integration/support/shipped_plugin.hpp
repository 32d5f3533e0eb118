// SPDX-License-Identifier: Apache-2.0
// The files of the stages that ship, in the staged tree.
#pragma once

#include "integration/support/stage.hpp"

namespace jailrun::integration {

inline std::string shipped_plugin(const std::string& name) {
  return stage() + "/lib/jailrun/plugins/" + name + ".so";
}

}  // namespace jailrun::integration
