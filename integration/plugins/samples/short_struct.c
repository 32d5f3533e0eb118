// SPDX-License-Identifier: Apache-2.0
/* Its struct_size is smaller than that of version 1.0: nothing beyond the first two members may be read. */
#include "plain.h"

EXPORT extern const jr_plugin jailrun_plugin_v1;
const jr_plugin jailrun_plugin_v1 = {8, 0, TEXT("short-struct"), TEXT("1.0.0"), 0, 1};
