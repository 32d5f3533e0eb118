// SPDX-License-Identifier: Apache-2.0
/* A plugin for the next major version of the interface: the symbol's name says so. */
#include "plain.h"

EXPORT extern const jr_plugin jailrun_plugin_v2;
const jr_plugin jailrun_plugin_v2 = {sizeof(jr_plugin), 0, TEXT("wrong-major"), TEXT("2.0.0"), 0, 0};
