// SPDX-License-Identifier: Apache-2.0
/* Compiled with the headers of version 1.0. */
#include "first_structs.h"

#include <jailrun/plugin.h>

#define DEFINE_SIZE(type)                          \
  extern const uint64_t jailrun_first_size_##type; \
  const uint64_t jailrun_first_size_##type = sizeof(struct type);
JAILRUN_FIRST_STRUCTS(DEFINE_SIZE)
