// SPDX-License-Identifier: Apache-2.0
/* Shows that it was loaded: loading alone runs a plugin's code. */
#include "plain.h"

#include <unistd.h>

__attribute__((constructor)) static void on_load(void) {
  static const char kWords[] = "the constructor ran\n";
  if (write(STDERR_FILENO, kWords, sizeof kWords - 1) < 0) _exit(99);
}

struct jr_stage {
  char unused;
};
static struct jr_stage the_stage;

static jr_stage* create(const jr_host* host) {
  (void)host;
  return &the_stage;
}
static jr_status plan(jr_stage* stage, jr_ctx* ctx, const jr_actions* actions) {
  (void)stage, (void)ctx, (void)actions;
  return JR_OK;
}

static const jr_stage_ops kOps = {.struct_size = sizeof(jr_stage_ops), .create = create, .plan = plan};
static const jr_stage_descriptor kDescriptor = {.struct_size = sizeof(jr_stage_descriptor),
                                                .id = TEXT("constructor"),
                                                .version = TEXT("1.0.0"),
                                                .summary = TEXT("says when it is loaded"),
                                                .ops = &kOps};
static const jr_stage_descriptor* const kStages[] = {&kDescriptor};

EXPORT extern const jr_plugin jailrun_plugin_v1;
const jr_plugin jailrun_plugin_v1 = {sizeof(jr_plugin), 0, TEXT("constructor"), TEXT("1.0.0"), kStages, 1};
