// SPDX-License-Identifier: Apache-2.0
/* Two stages in one plugin, in C: `marker` makes a host file by a `call` action and removes it in release;
 * `saboteur`, which may stand after it, fails when it is performed.
 *
 * The file holds the launch's token: release removes no file but the one that this launch made, and needs to
 * know nothing else, whatever process it runs in. */
#define _GNU_SOURCE /* for O_NOFOLLOW with -std=c11 */
#include "plain.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

enum { kTokenSize = 16 };

struct jr_stage {
  const jr_host* host;
};

static jr_stage marker_stage, saboteur_stage;

static jr_stage* create_marker(const jr_host* host) {
  marker_stage.host = host;
  return &marker_stage;
}

static jr_stage* create_saboteur(const jr_host* host) {
  saboteur_stage.host = host;
  return &saboteur_stage;
}

static const jr_option kOptions[] = {{.name = TEXT("marker"),
                                      .value_name = TEXT("FILE"),
                                      .help = TEXT("make this file on the host"),
                                      .flags = JR_OPTION_REQUIRED}};

static jr_status plan_marker(jr_stage* stage, jr_ctx* ctx, const jr_actions* actions) {
  const jr_str name = TEXT("marker");
  jr_str path;
  const jr_status status = stage->host->option(ctx, name, 0, &path);
  if (status != JR_OK) return status;
  const jr_call call = {.struct_size = sizeof call,
                        .phase = JR_PREPARE,
                        .name = TEXT("mark"),
                        .line = path,
                        .payload = {path.data, path.length},
                        .payload_version = 1};
  return actions->call(ctx, &call);
}

/* A payload is bytes with a length: it is not NUL-terminated. */
static jr_status path_of(jr_stage* stage, jr_ctx* ctx, jr_bytes payload, char path[PATH_MAX]) {
  const jr_str too_long = TEXT("the marker's path is too long");
  if (payload.length >= PATH_MAX) return stage->host->fail(ctx, JR_ERROR_INPUT, 0, too_long);
  memcpy(path, payload.data, (size_t)payload.length);
  path[payload.length] = '\0';
  return JR_OK;
}

static jr_status system_error(jr_stage* stage, jr_ctx* ctx, const char* path) {
  const jr_str sentence = {path, strlen(path)};
  return stage->host->fail(ctx, JR_ERROR_SYSTEM, errno, sentence);
}

static jr_status perform_marker(jr_stage* stage, jr_ctx* ctx, jr_str name, jr_bytes payload) {
  (void)name;
  char path[PATH_MAX];
  uint8_t token[kTokenSize];
  jr_status status = path_of(stage, ctx, payload, path);
  if (status == JR_OK) status = stage->host->token(ctx, token);
  if (status != JR_OK) return status;
  const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return system_error(stage, ctx, path);
  if (write(fd, token, sizeof token) != (ssize_t)sizeof token) status = system_error(stage, ctx, path);
  close(fd);
  return status;
}

static jr_status release_marker(jr_stage* stage, jr_ctx* ctx, jr_str name, jr_bytes payload, uint32_t why) {
  (void)name, (void)why;
  char path[PATH_MAX];
  uint8_t ours[kTokenSize], found[kTokenSize];
  jr_status status = path_of(stage, ctx, payload, path);
  if (status == JR_OK) status = stage->host->token(ctx, ours);
  if (status != JR_OK) return status;
  const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? JR_OK : system_error(stage, ctx, path);
  const ssize_t size = read(fd, found, sizeof found);
  close(fd);
  if (size != (ssize_t)sizeof found || memcmp(ours, found, sizeof found) != 0) return JR_OK;
  return unlink(path) == 0 ? JR_OK : system_error(stage, ctx, path);
}

static jr_status plan_saboteur(jr_stage* stage, jr_ctx* ctx, const jr_actions* actions) {
  (void)stage;
  const jr_call call = {.struct_size = sizeof call,
                        .phase = JR_PREPARE,
                        .name = TEXT("sabotage"),
                        .line = TEXT("everything so far")};
  return actions->call(ctx, &call);
}

static jr_status perform_saboteur(jr_stage* stage, jr_ctx* ctx, jr_str name, jr_bytes payload) {
  (void)name, (void)payload;
  const jr_str sentence = TEXT("the saboteur struck");
  return stage->host->fail(ctx, JR_ERROR_SYSTEM, EIO, sentence);
}

static const jr_stage_ops kMarkerOps = {.struct_size = sizeof(jr_stage_ops),
                                        .create = create_marker,
                                        .plan = plan_marker,
                                        .perform = perform_marker,
                                        .release = release_marker};
static const jr_stage_ops kSaboteurOps = {.struct_size = sizeof(jr_stage_ops),
                                          .create = create_saboteur,
                                          .plan = plan_saboteur,
                                          .perform = perform_saboteur};

static const jr_stage_descriptor kMarker = {.struct_size = sizeof(jr_stage_descriptor),
                                            .id = TEXT("marker"),
                                            .version = TEXT("1.0.0"),
                                            .summary = TEXT("makes a file on the host"),
                                            .options = kOptions,
                                            .option_count = 1,
                                            .option_stride = sizeof(jr_option),
                                            .ops = &kMarkerOps};
static const jr_stage_descriptor kSaboteur = {.struct_size = sizeof(jr_stage_descriptor),
                                              .id = TEXT("saboteur"),
                                              .version = TEXT("1.0.0"),
                                              .summary = TEXT("fails when it is performed"),
                                              .ops = &kSaboteurOps};
static const jr_stage_descriptor* const kStages[] = {&kMarker, &kSaboteur};

EXPORT extern const jr_plugin jailrun_plugin_v1;
const jr_plugin jailrun_plugin_v1 = {sizeof(jr_plugin), 0, TEXT("call"), TEXT("1.0.0"), kStages, 2};
