// SPDX-License-Identifier: Apache-2.0
// The staged tree that is tested: what `./dev test` installed where only root can write.
#pragma once

#include <string>

namespace jailrun::integration {

// The prefix, from the environment's JAILRUN_STAGE; empty where it is not set.
const std::string& stage();
inline std::string runner() { return stage() + "/bin/jailrun"; }
inline std::string pipeline(const std::string& name) { return stage() + "/share/jailrun/pipelines/" + name; }
// What only the tests need: guests to be jailed, plugins that misbehave.
inline std::string test_file(const std::string& name) { return stage() + "/libexec/jailrun-tests/" + name; }

}  // namespace jailrun::integration
