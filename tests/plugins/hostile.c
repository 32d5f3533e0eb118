// SPDX-License-Identifier: Apache-2.0
/* A plugin that does one thing wrong, the one that DEED names: see tests/core/check_plugin_test.cpp. */
#include <jailrun/plugin.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum deed {
  nothing,
  two_symbols,
  foreign_symbol,
  constructor_opens,
  constructor_faults,
  no_nul,
  control_characters,
  no_utf8,
  option_twice,
  default_out_of_range,
  own_option,
  unknown_trait,
  configure_writes,
  configure_exits,
  configure_opens,
  configure_forks,
  configure_says_nothing,
  plan_makes_directory,
  plan_removes,
  plan_starts_thread,
  plan_changes_umask,
  plan_changes_directory,
  plan_hangs,
  plan_runs_command,
  plan_forks_deaf,
  plan_prints,
  plan_short_struct,
  plan_reserved_bit,
  plan_wrong_mode,
  plan_setuid,
  plan_large_payload,
  plan_session_without_trait,
  foreign_fact,
  plan_faults,
  plan_differs,
  plan_differs_by_stage,
  plan_undeclared_fact,
  call_without_perform,
  release_fails,
  release_fails_twice,
  release_opens,
  fact_unpublished,
  fact_unpublished_early,
  destroy_opens,
  garbage_faults,
  garbage_misuses,
};

#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }

#if defined(TWO_SYMBOLS)
extern const int another_symbol;
const int another_symbol = 7;
#endif
#if defined(FOREIGN_SYMBOL)
extern void nobody_has_this(void);
#endif

struct jr_stage {
  const jr_host* host;
  int number; /* which stage this is, of those made in this process */
  int plans;
};

static void* idle(void* nothing_given) { return pause(), nothing_given; }
static void leave_open(void) { (void)open("/dev/null", O_RDONLY | O_CLOEXEC); }
/* As newer libcs do: no signal reaches the process around the system call. */
static void fork_deaf(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  if (fork() == 0) _exit(0);
}
static int* volatile nowhere;
static void fault(void) { *nowhere = 7; }

static jr_stage* create(const jr_host* host) {
  static int count = 0;
  jr_stage* stage = calloc(1, sizeof *stage);
  if (stage == NULL) return NULL;
  stage->host = host;
  stage->number = ++count;
  return stage;
}

static void destroy(jr_stage* stage) {
  if (DEED == destroy_opens) leave_open();
  free(stage);
}

static jr_status configure(jr_stage* stage, jr_ctx* ctx) {
  const jr_str option = TEXT("word");
  const jr_str early = TEXT("site.early");
  const jr_str no_option = TEXT("none");
  const jr_str value_published = TEXT("x");
  jr_str value = TEXT("");
  if (DEED == configure_writes) close(open("/tmp/jailrun-hostile", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  if (DEED == configure_exits) exit(0);
  if (DEED == configure_opens) leave_open();
  if (DEED == configure_says_nothing) return JR_ERROR_SYSTEM;
  if (DEED == configure_forks && fork() == 0) _exit(0);
  if (stage->host->option_count(ctx, option) > 0) {
    (void)stage->host->option(ctx, option, 0, &value);
    if (DEED == garbage_faults && value.length == 0) fault();
    if (DEED == garbage_misuses && value.length > 4096) return stage->host->option(ctx, no_option, 0, &value);
  }
  if (DEED != fact_unpublished_early) return stage->host->publish_text(ctx, early, value_published);
  return JR_OK;
}

static jr_status plan(jr_stage* stage, jr_ctx* ctx, const jr_actions* actions) {
  static char name[] = "/file-a";
  const jr_str late = {DEED == foreign_fact ? "jail.late" : "site.late", 9};
  const jr_str undeclared = TEXT("site.other");
  static const char large[64 * 1024 + 1];
  const jr_session session = {.struct_size = sizeof session};
  jr_call call = {.struct_size = sizeof call, .name = TEXT("work"), .line = TEXT("work")};
  jr_write file = {.struct_size = sizeof file, .path = {.text = {name, sizeof name - 1}}};
  jr_status status = JR_OK;
  pthread_t thread;
  uint64_t number = 0;
  ++stage->plans;
  name[6] = 'a';
  if (DEED == plan_makes_directory) mkdir("/tmp/jailrun-hostile", 0700);
  if (DEED == plan_removes) unlink("/nonexistent/jailrun-hostile");
  if (DEED == plan_starts_thread) pthread_create(&thread, NULL, idle, NULL);
  if (DEED == plan_changes_umask) umask(umask(0) ^ 1);
  if (DEED == plan_changes_directory && chdir("/proc/self") != 0) return JR_ERROR_SYSTEM;
  if (DEED == plan_hangs) pause();
  if (DEED == plan_runs_command && system("true") != 0) return JR_ERROR_SYSTEM;
  if (DEED == plan_forks_deaf) fork_deaf();
  if (DEED == plan_prints) puts("planned"), fflush(stdout);
  if (DEED == plan_short_struct) file.struct_size = 8;
  if (DEED == plan_wrong_mode) file.mode = 01777777;
  if (DEED == plan_setuid) file.mode = 04755;
  if (DEED == plan_reserved_bit) call.reserved = 1;
  if (DEED == plan_large_payload) call.payload = (jr_bytes){large, sizeof large};
  if (DEED == plan_session_without_trait) return actions->session(ctx, &session);
  if (DEED == plan_faults) fault();
  if (DEED == plan_differs) name[6] = (char)('a' + stage->plans);
  if (DEED == plan_differs_by_stage) name[6] = (char)('a' + stage->number);
  if (DEED == plan_undeclared_fact) return stage->host->read_number(ctx, undeclared, &number);
  status = actions->write(ctx, &file);
  if (status == JR_OK) status = actions->call(ctx, &call);
  if (status == JR_OK && DEED != fact_unpublished) status = stage->host->publish_number(ctx, late, 7);
  return status;
}

static jr_status perform(jr_stage* stage, jr_ctx* ctx, jr_str name, jr_bytes payload) {
  (void)stage, (void)ctx, (void)name, (void)payload;
  return JR_OK;
}

static jr_status release(jr_stage* stage, jr_ctx* ctx, jr_str name, jr_bytes payload, uint32_t why) {
  static int times = 0;
  const jr_str sentence = TEXT("there is nothing to take back");
  (void)name, (void)payload, (void)why;
  ++times;
  if (DEED == release_opens) leave_open();
  if (DEED == release_fails || (DEED == release_fails_twice && times == 2))
    return stage->host->fail(ctx, JR_ERROR_SYSTEM, 2, sentence);
  return JR_OK;
}

__attribute__((constructor)) static void on_load(void) {
  if (DEED == constructor_opens) leave_open();
  if (DEED == constructor_faults) fault();
#if defined(FOREIGN_SYMBOL)
  nobody_has_this();
#endif
}

static const char kUnended[4] = {'a', 'b', 'c', 'd'};
static const jr_option kOptions[] = {
    {.name = TEXT("word"), .value_name = TEXT("WORD"), .help = TEXT("any word"), .type = JR_OPTION_TEXT},
    {.name = {"number", 6},
     .value_name = TEXT("N"),
     .help = TEXT("any number"),
     .default_value = {DEED == default_out_of_range ? "9" : "1", 1},
     .type = JR_OPTION_NUMBER,
     .minimum = 1,
     .maximum = 3},
    {.name = {DEED == option_twice ? "word"
              : DEED == own_option ? "json"
                                   : "rest",
              4},
     .value_name = TEXT("WORD"),
     .help = TEXT("any word")}};
static const jr_fact kProvides[] = {
    {.name = TEXT("site.early"), .type = JR_FACT_TEXT, .flags = JR_FACT_CONFIGURED},
    {.name = {DEED == foreign_fact ? "jail.late" : "site.late", 9}, .type = JR_FACT_NUMBER}};
static const jr_stage_ops kOps = {.struct_size = sizeof(jr_stage_ops),
                                  .create = create,
                                  .destroy = destroy,
                                  .configure = configure,
                                  .plan = plan,
                                  .perform = DEED == call_without_perform ? NULL : perform,
                                  .release = release};
static const jr_stage_descriptor kDescriptor = {.struct_size = sizeof(jr_stage_descriptor),
                                                .traits = DEED == unknown_trait ? 1U << 31 : 0,
                                                .id = TEXT("hostile"),
                                                .version = {DEED == no_nul ? kUnended : "1.0", 3},
                                                .summary = {DEED == control_characters ? "\033[2J"
                                                            : DEED == no_utf8          ? "\377\376--"
                                                                                       : "does",
                                                            4},
                                                .options = kOptions,
                                                .option_count = 3,
                                                .option_stride = sizeof(jr_option),
                                                .provides = kProvides,
                                                .provide_count = 2,
                                                .provide_stride = sizeof(jr_fact),
                                                .ops = &kOps};
static const jr_stage_descriptor* const kStages[] = {&kDescriptor};

extern __attribute__((visibility("default"))) const jr_plugin jailrun_plugin_v1;
const jr_plugin jailrun_plugin_v1 = {sizeof(jr_plugin), JR_ABI_MINOR, TEXT("hostile"),
                                     TEXT("1.0.0"),     kStages,      1};
