// SPDX-License-Identifier: Apache-2.0
/* A plugin whose object is smaller than the interface's first version had it. */
#include <jailrun/plugin.h>

const jr_plugin jailrun_plugin_v1 = {sizeof(jr_plugin) - 8, JR_ABI_MINOR, {"short", 5}, {"1", 1}, 0, 0};
