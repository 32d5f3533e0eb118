// SPDX-License-Identifier: Apache-2.0
/* A stage in plain C11, with nothing but plugin.h: takes chroot-builder's place in tests. It says that jails
 * are made below its option's directory, whatever that is mounted as, and plans their root without a program
 * in it. */
#include <jailrun/plugin.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define LITERAL(text) \
  { text, sizeof(text) - 1 }

struct jr_stage {
  const jr_host* host;
};

static jr_stage* create(const jr_host* host) {
  jr_stage* stage = malloc(sizeof *stage);
  if (stage != NULL) stage->host = host;
  return stage;
}

static void destroy(jr_stage* stage) { free(stage); }

static jr_status configure(jr_stage* stage, jr_ctx* ctx) {
  const jr_str option = LITERAL("stand-in-base");
  const jr_str fact = LITERAL("jail.base");
  const jr_str sentence = LITERAL("the base is refused");
  jr_str base;
  jr_status status = stage->host->option(ctx, option, 0, &base);
  if (status != JR_OK) return status;
  if (strcmp(base.data, "refused") == 0) return stage->host->fail(ctx, JR_ERROR_INPUT, 0, sentence);
  return stage->host->publish_text(ctx, fact, base);
}

/* "BASE/root", in a buffer of this size; the real layout has the program's name and the id in it. */
static jr_str root_below(jr_str base, char* buffer, size_t size) {
  jr_str root = {buffer, 0};
  if (base.length + sizeof "/root" > size) return root;
  memcpy(buffer, base.data, base.length);
  memcpy(buffer + base.length, "/root", sizeof "/root");
  root.length = base.length + sizeof "/root" - 1;
  return root;
}

static jr_status plan(jr_stage* stage, jr_ctx* ctx, const jr_actions* actions) {
  const jr_str base_fact = LITERAL("jail.base");
  const jr_str root_fact = LITERAL("jail.root");
  char buffer[4096];
  jr_str base;
  jr_directory root = {sizeof root, 0711, {JR_ON_HOST, 0, {NULL, 0}}, {7, 8}};
  jr_status status = stage->host->read_text(ctx, base_fact, &base);
  if (status != JR_OK) return status;
  root.path.text = root_below(base, buffer, sizeof buffer);
  status = actions->root(ctx, &root);
  if (status == JR_OK) status = actions->new_root(ctx);
  if (status == JR_OK) status = stage->host->publish_text(ctx, root_fact, root.path.text);
  return status;
}

static const jr_option kOptions[] = {{LITERAL("stand-in-base"), LITERAL("DIR"), LITERAL("the base"),
                                      LITERAL("/usr"), JR_OPTION_TEXT, 0, 0, 0}};
static const jr_fact kProvides[] = {{LITERAL("jail.base"), JR_FACT_TEXT, JR_FACT_CONFIGURED},
                                    {LITERAL("jail.root"), JR_FACT_TEXT, 0}};
static const jr_stage_ops kOps = {
    sizeof(jr_stage_ops), 0, create, destroy, configure, plan, NULL, NULL, NULL};
static const jr_stage_descriptor kDescriptor = {
    .struct_size = sizeof(jr_stage_descriptor),
    .traits = JR_TRAIT_CHANGES_ROOT,
    .id = LITERAL("minimal"),
    .version = LITERAL("0.1.0"),
    .summary = LITERAL("stands in for chroot-builder"),
    .options = kOptions,
    .option_count = 1,
    .option_stride = sizeof(jr_option),
    .provides = kProvides,
    .provide_count = 2,
    .provide_stride = sizeof(jr_fact),
    .ops = &kOps,
};
static const jr_stage_descriptor* const kStages[] = {&kDescriptor};

extern __attribute__((visibility("default"))) const jr_plugin jailrun_plugin_v1;
const jr_plugin jailrun_plugin_v1 = {sizeof(jr_plugin), JR_ABI_MINOR, LITERAL("minimal"),
                                     LITERAL("0.1.0"),  kStages,      1};
