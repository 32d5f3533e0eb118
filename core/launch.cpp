// SPDX-License-Identifier: Apache-2.0
#include "core/launch.hpp"

#include "core/actions/claim.hpp"
#include "core/base/log.hpp"
#include "core/base/message.hpp"
#include "core/host/state_directory.hpp"
#include "core/jails/remove.hpp"
#include "core/ledger/status.hpp"
#include "core/ledger/write.hpp"
#include "core/performing/interruption.hpp"
#include "core/performing/perform.hpp"
#include "core/sys/capabilities.hpp"
#include "core/sys/files.hpp"
#include "core/sys/streams.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// One sentence for the first of what may be many findings.
Error first_of(const std::vector<Finding>& findings, const std::string& pipeline) {
  std::string sentence = findings.front().text();
  if (findings.size() > 1)
    sentence +=
        " (and " + std::to_string(findings.size() - 1) + " more: jailrun check --pipeline " + pipeline + ")";
  return input_error(std::move(sentence));
}

Result<std::unique_ptr<Pipeline>> load(const CommandLine& line, Intent& intent) {
  const SearchPath search = default_search_path();
  intent.loader = std::make_unique<Loader>(intent.trust, search.plugins);
  // Before the options are known. A word that only looks like it costs time, no more.
  if (std::find(line.before.begin(), line.before.end(), "--strict") != line.before.end())
    intent.loader->use_no_twins();
  std::vector<Finding> findings;
  std::unique_ptr<Pipeline> pipeline =
      load_pipeline(line.pipeline, search, intent.trust, *intent.loader, findings);
  if (!findings.empty()) return first_of(findings, line.pipeline);
  return pipeline;
}

// The form of the log, before the options are parsed: an error in them is logged, too.
void apply_log_format(const std::vector<std::string>& words) {
  constexpr std::string_view kOption = "--log-format";
  for (size_t i = 0; i < words.size(); ++i)
    if (words[i] == "--log-format=json" ||
        (words[i] == kOption && i + 1 < words.size() && words[i + 1] == "json"))
      log::configure(JR_LOG_WARNING, log::Format::kJson, "");
}

Result<void> apply_settings(OptionValues& values, Intent& intent) {
  std::vector<Finding> findings;
  values.fill_from(intent.pipeline->config.runner, runner_settings(), findings);
  if (!findings.empty()) return input_error(findings.front().text());
  values.fill_defaults(runner_options());
  const auto last = [&](const char* name) {
    return values.of(name).empty() ? std::string() : values.of(name).back().text;
  };
  JR_ASSIGN(const uint32_t level, log::parse_level(last("log-level")));
  JR_ASSIGN(const log::Format format, log::parse_format(last("log-format")));
  log::configure(level, format, last("log-file"));
  if (!values.of("timings").empty()) intent.timings.switch_on();
  intent.supervise = !values.of("supervise").empty();
  intent.durable = !values.of("durable").empty();
  intent.replace = !values.of("replace").empty();
  intent.json = !values.of("json").empty();
  return {};
}

std::vector<const StageDescription*> descriptions(const Pipeline& pipeline) {
  std::vector<const StageDescription*> all;
  for (const PipelineStage& stage : pipeline.stages) all.push_back(stage.description);
  return all;
}

Result<void> draw_token(Token& token) {
  if (getrandom(token.data(), token.size(), 0) != static_cast<ssize_t>(token.size()))
    return system_error(errno, "draw the launch's token");
  return {};
}

// Removes what a dead launch left, where the plan says so, and plans again, as other things exist now.
Result<void> replace(Intent& intent) {
  if (!intent.survey.is_replaced) return {};
  Result<void> removed = remove_jail(real_name(intent.survey.jail.name), {false, 0, JR_RELEASE_RECOVERY});
  // ENOENT: another launch of that id has just done so. The claim decides which of the two goes on.
  if (!removed && removed.error().error_number != ENOENT) return removed;
  intent.survey = Survey();
  JR_ASSIGN(intent.plan, intent.assembly->plan(intent.survey, intent.timings));
  return {};
}

// For a caller other than root.
Result<void> be_rootless(Assembly& assembly) {
  assembly.be_rootless({geteuid(), getegid()}, own_jails_directory());
  if (!assembly.is_rootless()) return {};
  const Result<std::string> state = own_state_directory();
  return state ? Result<void>{} : state.error();
}

Result<void> try_launch(const CommandLine& line, std::vector<int> inherited) {
  if (const int stream = sys::directory_stream(); stream >= 0)
    return input_error("descriptor " + std::to_string(stream) +
                       ", a standard stream, is a directory: it would show the "
                       "program the host's files");
  JR_ASSIGN(const std::unique_ptr<Intent> intent, intend(line));
  if (!is_roots() && !intent->assembly->is_rootless())
    return input_error(
        "a launch needs root, or a pipeline with the stage user-namespace, such as rootless.conf: 'jailrun "
        "plan' "
        "shows it without");
  // One system call, capget, so that all that is missing is told at once, before anything is made.
  if (const uint64_t missing = intent->assembly->capabilities(*intent->plan) & ~sys::effective_capabilities();
      missing != 0)
    return input_error("this launch needs capabilities that the process lacks: " +
                       sys::capability_names(missing) + " ('jailrun plan' prints all that it needs)");
  JR_TRY(log::open());  // a log that can't be written is found before anything is made
  JR_TRY(replace(*intent));
  Launch launch;
  launch.jail = std::move(intent->survey.jail);
  launch.is_durable = intent->durable;
  launch.inherited = std::move(inherited);
  launch.stages = intent->assembly.get();
  JR_TRY(draw_token(launch.jail.token));
  launch.ledger_text = ledger_text(*intent->plan, launch.jail, *intent->pipeline);
  intent->timings.charge("ledger", Timings::kPlan);
  // A session may put stderr on /dev/null.
  const UniqueFd diagnostics(intent->timings.is_on() ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) : -1);
  const PerformOptions options = {
      intent->timings, intent->supervise, [](const Error& error) { log::failure(message(error)); },
      [&] {
        if (!intent->timings.is_on()) return;
        const bool json = log::format() == log::Format::kJson;
        (void)sys::write_all(diagnostics.get(), json ? intent->timings.json() : intent->timings.table());
      }};
  Result<void> performed = perform(*intent->plan, launch, options);
  const bool lost_claim = !performed && performed.error().error_number == EEXIST && !launch.jail.directory;
  return lost_claim ? why_taken(launch.jail.name) : performed;
}

}  // namespace

Result<std::unique_ptr<Intent>> intend(const CommandLine& line) {
  auto intent = std::make_unique<Intent>();
  apply_log_format(line.before);
  JR_ASSIGN(intent->pipeline, load(line, *intent));
  JR_ASSIGN(Parsed parsed, parse(line, runner_options(), descriptions(*intent->pipeline), false));
  JR_TRY(apply_settings(parsed.values, *intent));
  const bool strict = !parsed.values.of("strict").empty();
  intent->assembly = std::make_unique<Assembly>(*intent->pipeline, std::move(parsed.values), line.arguments);
  if (strict) intent->assembly->be_strict();
  if (intent->supervise) intent->assembly->be_supervised();
  if (!is_roots()) JR_TRY(be_rootless(*intent->assembly));
  intent->survey.may_replace = intent->replace;
  JR_TRY(intent->assembly->configure(intent->timings));
  JR_ASSIGN(intent->plan, intent->assembly->plan(intent->survey, intent->timings));
  return intent;
}

int launch(const CommandLine& line, std::vector<int> inherited) {
  const Result<void> launched = try_launch(line, std::move(inherited));
  if (launched) return 0;
  log::failure(message(launched.error()));
  interruption::die_of_it();
  return 1;
}

}  // namespace jailrun::core
