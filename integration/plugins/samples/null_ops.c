// SPDX-License-Identifier: Apache-2.0
/* A stage without functions. */
#include "plain.h"

static const jr_stage_descriptor kDescriptor = {.struct_size = sizeof(jr_stage_descriptor),
                                                .id = TEXT("null-ops"),
                                                .version = TEXT("1.0.0"),
                                                .summary = TEXT("")};
static const jr_stage_descriptor* const kStages[] = {&kDescriptor};

EXPORT extern const jr_plugin jailrun_plugin_v1;
const jr_plugin jailrun_plugin_v1 = {sizeof(jr_plugin), 0, TEXT("null-ops"), TEXT("1.0.0"), kStages, 1};
