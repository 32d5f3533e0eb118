// The plugin that carries every stage that ships: see CMakeLists.txt, which makes the list.
#include <jailrun/stage.hpp>

#include "standard_stages.inc"

JAILRUN_PLUGIN(jailrun::to_str("standard"), jailrun::to_str(JAILRUN_STANDARD_VERSION), JAILRUN_STANDARD_STAGES)
