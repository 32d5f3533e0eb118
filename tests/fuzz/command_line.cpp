// SPDX-License-Identifier: Apache-2.0
// The command line: from the words to the plan, as `jailrun plan` does it, with the pipelines that ship.
#include "core/pipeline/command_line.hpp"

#include "core/base/log.hpp"
#include "core/cli/help/help.hpp"
#include "core/cli/show_plan.hpp"
#include "core/ledger/write.hpp"
#include "core/stages/assembly.hpp"
#include "tests/fuzz/expect.hpp"
#include "tests/fuzz/shipped.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/fuzz/written_ledger.hpp"
#include "tests/support/program_options.hpp"

#include <algorithm>

namespace jailrun::tests::fuzz {
namespace {

// Ended by NULs, as in /proc/PID/cmdline, or, so that people can write them, by newlines. A first word that
// is the name of the jailer is the program's.
std::vector<std::string> words_of(std::string_view input) {
  const char end = input.find('\0') == std::string_view::npos ? '\n' : '\0';
  std::vector<std::string> words;
  while (!input.empty()) {
    words.emplace_back(input.substr(0, input.find(end)));
    input.remove_prefix(std::min(input.size(), words.back().size() + 1));
  }
  if (words.empty() || words.front() != "jailer") words.insert(words.begin(), "jailrun");
  return words;
}

core::CommandLine split(std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return core::split_command_line(static_cast<int>(argv.size()), argv.data());
}

// Every word is still there, in its order.
Result<void> expect_complete(const core::CommandLine& words, const std::vector<std::string>& given) {
  std::vector<std::string> again = {given.front()};
  if (!words.command.empty()) again.push_back(words.command);
  again.insert(again.end(), words.before.begin(), words.before.end());
  if (again.size() < given.size()) again.emplace_back("--");
  again.insert(again.end(), words.arguments.begin(), words.arguments.end());
  return expect(again == given, "splitting keeps every word");
}

struct Planned {
  std::unique_ptr<core::Assembly> assembly;
  core::Survey survey;
  std::unique_ptr<core::Plan> plan;
};

std::string last(const core::OptionValues& values, std::string_view name) {
  return values.of(name).empty() ? std::string() : values.of(name).back().text;
}

// What core/launch.cpp does with a pipeline that is loaded.
Result<Planned> plan_once(const core::CommandLine& words, const core::Pipeline& pipeline) {
  JR_ASSIGN(core::Parsed parsed, core::parse(words, core::runner_options(), descriptions(pipeline), false));
  parsed.values.fill_defaults(core::runner_options());
  JR_TRY(core::log::parse_level(last(parsed.values, "log-level")));
  JR_TRY(core::log::parse_format(last(parsed.values, "log-format")));
  const bool strict = !parsed.values.of("strict").empty();
  const bool supervise = !parsed.values.of("supervise").empty();
  Planned planned;
  planned.assembly =
      std::make_unique<core::Assembly>(pipeline, std::move(parsed.values), words.arguments, cgroup_host());
  if (strict) planned.assembly->be_strict();
  if (supervise) planned.assembly->be_supervised();
  core::Timings timings;
  JR_TRY(planned.assembly->configure(timings));
  JR_ASSIGN(planned.plan, planned.assembly->plan(planned.survey, timings));
  return planned;
}

bool is_id(const std::string& id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

// A plan begins with the claim and ends with the program, which gets exactly the caller's arguments.
Result<void> expect_launch(const core::Plan& plan, const core::JailName& jail,
                           const std::vector<std::string>& arguments) {
  JR_TRY(expect(!plan.prepare().empty() && plan.prepare().front()->has(core::kClaims),
                "the claim is the first action"));
  JR_TRY(expect(!plan.enter().empty() && plan.enter().back()->has(core::kStartsProgram),
                "the exec is the last action"));
  JR_TRY(expect(is_id(jail.id), "an id is 1 to 64 ASCII letters, digits and hyphens"));
  JR_TRY(expect(jail.base.compare(0, 1, "/") == 0, "jails are below an absolute path", jail.base));
  std::vector<std::string> told;
  const core::Record exec = core::to_record(*plan.enter().back());
  for (const core::Field& field : exec.fields())
    if (field.key == "argument") told.push_back(field.value);
  return expect(
      told.size() >= arguments.size() && std::equal(arguments.rbegin(), arguments.rend(), told.rbegin()),
      "the program's arguments reach it untouched");
}

// Another process reads from the ledger exactly what was planned.
Result<void> expect_ledger(const Planned& planned, const core::Pipeline& pipeline) {
  const std::string text = core::ledger_text(*planned.plan, planned.survey.jail, pipeline);
  JR_ASSIGN(const core::Ledger ledger, read_written(text, planned.survey.jail.name));
  std::vector<std::string> read;
  for (const core::Record& action : ledger.actions) read.push_back(core::encode(action));
  JR_TRY(expect(read == lines(*planned.plan), "a ledger is read as it was written"));
  return expect(ledger.pipeline == pipeline.path, "a ledger names its pipeline", ledger.pipeline);
}

// Refusals that are jailrun's own: an option in the place of a value, which Program_options would take for
// one; a flag with an empty value, which it would split; operands where a command takes none, or with a hyphen.
bool is_own_refusal(const std::string& sentence) {
  for (const char* part : {"has no value: it is followed by", "takes no value",
                           "is neither an option nor a command", "is not an option: options begin with"})
    if (sentence.find(part) != std::string::npos) return true;
  return false;
}

// Boost.Program_options is the reference: the same words are accepted, with the same values.
Result<void> expect_as_program_options(const Result<core::Parsed>& parsed, const core::CommandLine& words,
                                       const core::StageDescription& own,
                                       const std::vector<const core::StageDescription*>& stages) {
  const std::optional<core::Parsed> reference = parse_by_program_options(words, own, stages);
  if (!parsed)
    return expect(!reference || is_own_refusal(parsed.error().sentence),
                  "what is refused, Program_options refuses", parsed.error().sentence);
  JR_TRY(expect(reference.has_value(), "what Program_options refuses is refused"));
  JR_TRY(expect(parsed.value().operands == reference->operands, "operands are those of Program_options"));
  return expect(parsed.value().values == reference->values, "values are those of Program_options");
}

Result<void> expect_plan(const core::CommandLine& words, const core::Pipeline& pipeline) {
  JR_TRY(expect_as_program_options(core::parse(words, core::runner_options(), descriptions(pipeline), false),
                                   words, core::runner_options(), descriptions(pipeline)));
  Result<Planned> first = plan_once(words, pipeline);
  Result<Planned> second = plan_once(words, pipeline);
  JR_TRY(expect(static_cast<bool>(first) == static_cast<bool>(second), "a plan made twice is the same"));
  if (!first) {
    JR_TRY(expect(first.error().sentence == second.error().sentence, "a refusal made twice is the same"));
    return expect_refusal(first.error());
  }
  count_plan();
  Planned& planned = first.value();
  const std::vector<std::string> actions = lines(*planned.plan);
  JR_TRY(expect(actions == lines(*second.value().plan), "a plan made twice is the same"));
  JR_TRY(expect_launch(*planned.plan, planned.survey.jail.name, words.arguments));
  JR_TRY(expect_ledger(planned, pipeline));
  const std::string log = take_log();
  JR_TRY(expect_lines(log, static_cast<size_t>(std::count(log.begin(), log.end(), '\n'))));
  JR_TRY(expect_lines(core::cli::plan_table(*planned.plan, planned.survey.jail.name, pipeline.path),
                      actions.size() + 2));
  JR_TRY(expect_lines(core::cli::plan_json(*planned.plan, planned.survey.jail.name, pipeline.path),
                      actions.size() + 2));
  // As --replace does it, once the jail that existed is gone.
  core::Survey survey;
  core::Timings timings;
  JR_ASSIGN(const std::unique_ptr<core::Plan> again, planned.assembly->plan(survey, timings));
  return expect(actions == lines(*again), "stages that plan again plan the same");
}

Result<void> expect_parsed(const core::CommandLine& words, const core::StageDescription& own,
                           const std::vector<const core::StageDescription*>& stages, bool operands) {
  const Result<core::Parsed> parsed = core::parse(words, own, stages, operands);
  JR_TRY(expect_as_program_options(parsed, words, own, stages));
  return parsed ? Result<void>{} : expect_refusal(parsed.error());
}

}  // namespace

Result<void> command_line(std::string_view input) {
  std::vector<std::string> given = words_of(input);
  const core::CommandLine words = split(given);
  JR_TRY(expect_complete(words, given));
  if (words.version) return {};
  for (const char* command : {"ps", "rm", "inspect", "wait"})
    if (words.command == command)
      return expect_parsed(words, core::jail_options(), {}, words.command != "ps");
  if (words.command == "doctor") return expect_parsed(words, core::doctor_options(), {}, false);
  if (words.command == "stages") return expect_parsed(words, core::runner_options(), {}, true);

  const core::Pipeline* pipeline = shipped_pipeline(words.pipeline);
  if (pipeline == nullptr) {
    const Result<std::string> found = core::find_pipeline(words.pipeline, shipped_files());
    return found ? Result<void>{} : expect_refusal(found.error());
  }
  if (words.help) {
    const std::string text = core::cli::help_page(descriptions(*pipeline), words.pipeline);
    return expect_lines(text, static_cast<size_t>(std::count(text.begin(), text.end(), '\n')));
  }
  if (words.command == "check")
    return expect_parsed(words, core::runner_options(), descriptions(*pipeline), false);
  return expect_plan(words, *pipeline);
}

}  // namespace jailrun::tests::fuzz
