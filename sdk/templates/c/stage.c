/* The stage template-stage: puts a file with a message into the jail. */
#include <jailrun/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }
#define LONGEST 200

struct jr_stage {
  const jr_host* host;
  char message[LONGEST + 1];
};

static jr_stage* create(const jr_host* host) {
  jr_stage* stage = calloc(1, sizeof *stage);
  if (stage != NULL) stage->host = host;
  return stage;
}

static void destroy(jr_stage* stage) { free(stage); }

/* Validates the options. May read the host, never changes it. */
static jr_status configure(jr_stage* stage, jr_ctx* ctx) {
  const jr_str name = TEXT("message");
  char text[128];
  jr_str sentence = {text, 0};
  jr_str message;
  const jr_status status = stage->host->option(ctx, name, 0, &message);
  if (status != JR_OK) return status;
  if (message.length <= LONGEST) {
    memcpy(stage->message, message.data, message.length);
    stage->message[message.length] = '\0';
    return JR_OK;
  }
  snprintf(text, sizeof text, "%.80s: a message has at most %d bytes",
           stage->host->option_origin(ctx, name, 0).data, LONGEST);
  sentence.length = strlen(text);
  return stage->host->fail(ctx, JR_ERROR_INPUT, 0, sentence);
}

/* Plans what is to be done. jailrun shows it, does it, and can roll it back. */
static jr_status plan(jr_stage* stage, jr_ctx* ctx, const jr_actions* actions) {
  const jr_str fact = TEXT("jail.id");
  char content[LONGEST + 128];
  jr_str id;
  const jr_status status = stage->host->read_text(ctx, fact, &id);
  if (status != JR_OK) return status;
  snprintf(content, sizeof content, "%.64s: %s\n", id.data, stage->message);
  const jr_write file = {.struct_size = sizeof file,
                         .mode = 0444,
                         .path = {.where = JR_IN_JAIL, .text = TEXT("/template-stage.txt")},
                         .content = {content, strlen(content)}};
  return actions->write(ctx, &file);
}

static const jr_option kOptions[] = {{.name = TEXT("message"),
                                      .value_name = TEXT("TEXT"),
                                      .help = TEXT("the text of the file"),
                                      .default_value = TEXT("hello"),
                                      .type = JR_OPTION_TEXT}};
/* A stage that reads jail.root must come after the one that makes the root: `jailrun check` checks that. */
static const jr_fact kConsumes[] = {{.name = TEXT("jail.id"), .type = JR_FACT_TEXT},
                                    {.name = TEXT("jail.root"), .type = JR_FACT_TEXT}};
static const jr_stage_ops kOps = {
    .struct_size = sizeof kOps, .create = create, .destroy = destroy, .configure = configure, .plan = plan};
static const jr_stage_descriptor kDescriptor = {.struct_size = sizeof kDescriptor,
                                                .id = TEXT("template-stage"),
                                                .version = TEXT("0.1.0"),
                                                .summary = TEXT("puts a message into the jail"),
                                                .options = kOptions,
                                                .option_count = 1,
                                                .option_stride = sizeof kOptions[0],
                                                .consumes = kConsumes,
                                                .consume_count = 2,
                                                .consume_stride = sizeof kConsumes[0],
                                                .ops = &kOps};
static const jr_stage_descriptor* const kStages[] = {&kDescriptor};

/* The one symbol that jailrun looks for. */
extern __attribute__((visibility("default"))) const jr_plugin jailrun_plugin_v1;
const jr_plugin jailrun_plugin_v1 = {sizeof(jr_plugin), JR_ABI_MINOR, TEXT("template-stage"),
                                     TEXT("0.1.0"),     kStages,      1};
