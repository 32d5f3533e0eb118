// SPDX-License-Identifier: Apache-2.0
/* A stage, in C, whose `call` makes something under a name that is known only once it is made: a file in a
 * directory of the host's, which begins with the launch's token. The rest of the name goes into a slot. It
 * can be made to die on either side of that: by a file "die-before-slot" or "die-after-slot" in the
 * directory.
 *
 * Release goes by the slot, or, where it finds that unset, searches by the token; and it adds a line to the
 * file "released": why it was called, and which of the two ways it went. A file "stop-in-perform",
 * "fail-in-release" or "block-in-release" makes it do that. */
#include "plain.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kTokenSize = 16, kPrefixLength = 2 * kTokenSize };

struct jr_stage {
  const jr_host* host;
};

static jr_stage slots_stage;

static jr_stage* create(const jr_host* host) {
  slots_stage.host = host;
  return &slots_stage;
}

static const jr_option kOptions[] = {{.name = TEXT("slots-directory"),
                                      .value_name = TEXT("DIR"),
                                      .help = TEXT("make a file there"),
                                      .flags = JR_OPTION_REQUIRED}};

static jr_status plan(jr_stage* stage, jr_ctx* ctx, const jr_actions* actions) {
  const jr_str name = TEXT("slots-directory");
  jr_str path;
  const jr_status status = stage->host->option(ctx, name, 0, &path);
  if (status != JR_OK) return status;
  const jr_call call = {.struct_size = sizeof call,
                        .phase = JR_PREPARE,
                        .name = TEXT("make"),
                        .line = path,
                        .payload = {path.data, path.length},
                        .payload_version = 1};
  return actions->call(ctx, &call);
}

static jr_status system_error(jr_stage* stage, jr_ctx* ctx, const char* text) {
  const jr_str sentence = {text, strlen(text)};
  return stage->host->fail(ctx, JR_ERROR_SYSTEM, errno, sentence);
}

/* The directory that the payload names, and how files of this launch begin. */
static jr_status place_of(jr_stage* stage, jr_ctx* ctx, jr_bytes payload, int* directory,
                          char prefix[kPrefixLength + 1]) {
  char path[PATH_MAX];
  uint8_t token[kTokenSize];
  const jr_status status = stage->host->token(ctx, token);
  if (status != JR_OK) return status;
  for (int i = 0; i < kTokenSize; ++i) snprintf(prefix + 2 * i, 3, "%02x", token[i]);
  snprintf(path, sizeof path, "%.*s", (int)payload.length, (const char*)payload.data);
  *directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return *directory >= 0 ? JR_OK : system_error(stage, ctx, path);
}

static void die_if_told(int directory, const char* when) {
  if (faccessat(directory, when, F_OK, 0) == 0) raise(SIGKILL);
}

static jr_status perform(jr_stage* stage, jr_ctx* ctx, jr_str name, jr_bytes payload) {
  (void)name;
  int directory = -1;
  char made[kPrefixLength + 24];
  jr_status status = place_of(stage, ctx, payload, &directory, made);
  if (status != JR_OK) return status;
  snprintf(made + kPrefixLength, sizeof made - kPrefixLength, "-%d", (int)getpid());
  const int fd = openat(directory, made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) status = system_error(stage, ctx, made);
  close(fd);
  if (status == JR_OK) {
    die_if_told(directory, "die-before-slot");
    if (faccessat(directory, "stop-in-perform", F_OK, 0) == 0) raise(SIGSTOP);
    const jr_str slot = TEXT("rest");
    const jr_str value = {made + kPrefixLength, strlen(made + kPrefixLength)};
    status = stage->host->set_slot(ctx, slot, value);
    die_if_told(directory, "die-after-slot");
  }
  close(directory);
  return status;
}

/* The name of the file of this launch; empty: there is none. */
static void search(int directory, const char* prefix, char found[NAME_MAX + 1]) {
  DIR* const listing = fdopendir(dup(directory));
  found[0] = '\0';
  for (struct dirent* entry = listing ? readdir(listing) : NULL; entry != NULL; entry = readdir(listing))
    if (strncmp(entry->d_name, prefix, kPrefixLength) == 0)
      snprintf(found, NAME_MAX + 1, "%s", entry->d_name);
  if (listing != NULL) closedir(listing);
}

static jr_status release(jr_stage* stage, jr_ctx* ctx, jr_str name, jr_bytes payload, uint32_t why) {
  (void)name;
  int directory = -1;
  char prefix[kPrefixLength + 1];
  char found[NAME_MAX + 1];
  char line[64];
  jr_status status = place_of(stage, ctx, payload, &directory, prefix);
  if (status != JR_OK) return status;
  while (faccessat(directory, "block-in-release", F_OK, 0) == 0) sleep(1);
  if (faccessat(directory, "fail-in-release", F_OK, 0) == 0) {
    errno = EIO;
    status = system_error(stage, ctx, "told to fail");
    close(directory);
    return status;
  }
  const jr_str slot = TEXT("rest");
  jr_str rest;
  const int is_set = stage->host->slot(ctx, slot, &rest) == JR_OK;
  if (is_set)
    snprintf(found, sizeof found, "%s%.*s", prefix, (int)rest.length, rest.data);
  else
    search(directory, prefix, found);
  if (found[0] != '\0' && unlinkat(directory, found, 0) != 0 && errno != ENOENT)
    status = system_error(stage, ctx, found);
  static const char* const kWhy[] = {"?", "rollback", "remove", "recovery"};
  snprintf(line, sizeof line, "%s by %s\n", kWhy[why <= JR_RELEASE_RECOVERY ? why : 0],
           is_set ? "slot" : "token");
  const int log = openat(directory, "released", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0 || write(log, line, strlen(line)) != (ssize_t)strlen(line))
    status = system_error(stage, ctx, "released");
  close(log);
  close(directory);
  return status;
}

/* "say WORD": a line in the file "said", with the name of the file that was made. What is said to "other" is
 * meant for another call. */
static jr_status command(jr_stage* stage, jr_ctx* ctx, jr_str verb, jr_str_list words, jr_str name,
                         jr_bytes payload) {
  (void)name;
  int directory = -1;
  char prefix[kPrefixLength + 1];
  char line[256];
  if (verb.length != 3 || strncmp(verb.data, "say", 3) != 0 || words.count != 1) {
    const jr_str sentence = TEXT("slots can only say a WORD");
    return stage->host->fail(ctx, JR_ERROR_INPUT, 0, sentence);
  }
  if (strcmp(words.items[0].data, "other") == 0) return JR_NOT_MINE;
  jr_status status = place_of(stage, ctx, payload, &directory, prefix);
  if (status != JR_OK) return status;
  const jr_str slot = TEXT("rest");
  jr_str rest = TEXT("");
  status = stage->host->slot(ctx, slot, &rest);
  snprintf(line, sizeof line, "%s of %s%.*s\n", words.items[0].data, prefix, (int)rest.length, rest.data);
  const int log = openat(directory, "said", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0 || write(log, line, strlen(line)) != (ssize_t)strlen(line))
    status = system_error(stage, ctx, "said");
  close(log);
  close(directory);
  return status;
}

static const jr_stage_ops kOps = {.struct_size = sizeof(jr_stage_ops),
                                  .create = create,
                                  .plan = plan,
                                  .perform = perform,
                                  .release = release,
                                  .command = command};

static const jr_stage_descriptor kStage = {
    .struct_size = sizeof(jr_stage_descriptor),
    .id = TEXT("slots"),
    .version = TEXT("1.0.0"),
    .summary = TEXT("makes a file on the host under a name of its own"),
    .options = kOptions,
    .option_count = 1,
    .option_stride = sizeof(jr_option),
    .ops = &kOps};
static const jr_stage_descriptor* const kStages[] = {&kStage};

EXPORT extern const jr_plugin jailrun_plugin_v1;
const jr_plugin jailrun_plugin_v1 = {sizeof(jr_plugin), 0, TEXT("slots"), TEXT("1.0.0"), kStages, 1};
