// SPDX-License-Identifier: Apache-2.0
/* Says of itself that it is shorter than version 1.0 is: nothing beyond the first two members may be read. */
#include "plain.h"

EXPORT extern const jr_plugin jailrun_plugin_v1;
const jr_plugin jailrun_plugin_v1 = {8, 0, TEXT("short-struct"), TEXT("1.0.0"), 0, 1};
