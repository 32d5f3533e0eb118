// SPDX-License-Identifier: Apache-2.0
/* For plugins written in C: a string literal as the interface wants it. */
#ifndef JAILRUN_TEST_PLAIN_H
#define JAILRUN_TEST_PLAIN_H

#include <jailrun/plugin.h>

#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }
#define EXPORT __attribute__((visibility("default")))

#endif
