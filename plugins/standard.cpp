// SPDX-License-Identifier: Apache-2.0
// The plugin that carries every stage that ships: see CMakeLists.txt, which makes the list.
#include "standard_stages.inc"

#include <jailrun/stage.hpp>

JAILRUN_PLUGIN(jailrun::to_str("standard"), jailrun::to_str(JAILRUN_STANDARD_VERSION),
               JAILRUN_STANDARD_STAGES)
