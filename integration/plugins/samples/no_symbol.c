// SPDX-License-Identifier: Apache-2.0
/* An ordinary shared object: it exports nothing that makes it a plugin. */
#include "plain.h"

EXPORT extern const int jailrun_no_plugin;
const int jailrun_no_plugin = 1;
