// SPDX-License-Identifier: Apache-2.0
// A pipeline file's text: parsed, its options filled in, its order checked, and, where no fault
// is found, planned.
#include "core/pipeline/config.hpp"

#include "core/pipeline/builtin_options.hpp"
#include "core/pipeline/order.hpp"
#include "core/stages/assembly.hpp"
#include "tests/fuzz/expect.hpp"
#include "tests/fuzz/shipped.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace jailrun::tests::fuzz {
namespace {

constexpr const char* kFile = "fuzz.conf";
using Findings = std::vector<core::Finding>;

// The line of "fuzz.conf:12", counted from 1; 0: the whole file. Anything else is not a place in this file.
Result<size_t> line_of(const std::string& where, size_t last) {
  const std::string file = kFile;
  if (where == file) return size_t{0};
  size_t line = 0;
  const char* const end = where.data() + where.size();
  const bool is_there = where.compare(0, file.size() + 1, file + ":") == 0 &&
                        std::from_chars(where.data() + file.size() + 1, end, line).ptr == end;
  JR_TRY(expect(is_there && line >= 1 && line <= last, "a place is a line of the file", where));
  return line;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> all;
  while (!text.empty()) {
    all.push_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.size(), all.back().size() + 1));
  }
  return all;
}

// A section and its settings are where they say they are, in order.
Result<void> expect_section(const core::Section& section, const std::vector<std::string_view>& text) {
  JR_ASSIGN(size_t line, line_of(section.where, text.size()));
  JR_TRY(expect(line > 0 && text[line - 1].find(section.name) != std::string_view::npos,
                "a section's name is in its line", section.where));
  for (const core::Setting& setting : section.settings) {
    JR_ASSIGN(const size_t at, line_of(setting.where, text.size()));
    JR_TRY(expect(at > line || section.name == "jailrun", "settings are below their section", setting.where));
    line = at;
    JR_TRY(expect(at > 0 && text[at - 1].find(setting.key) != std::string_view::npos &&
                      text[at - 1].find(setting.value) != std::string_view::npos,
                  "a setting is in its line", setting.where));
    const core::Setting* found = section.find(setting.key);
    JR_TRY(expect(found != nullptr && found->key == setting.key, "a setting is found by its key"));
  }
  return {};
}

// The file that says the same in the fewest words.
std::string written(const core::Config& config) {
  std::string text;
  const auto add = [&](const core::Section& section) {
    text += "[" + section.name + "]\n";
    for (const core::Setting& setting : section.settings) text += setting.key + "=" + setting.value + "\n";
  };
  if (!config.runner.where.empty()) add(config.runner);
  for (const core::Section& section : config.stages) add(section);
  return text;
}

Result<void> expect_config(const core::Config& config, const std::vector<std::string_view>& text) {
  std::set<std::string> names;
  for (const core::Section& section : config.stages) {
    JR_TRY(expect(!section.name.empty() && section.name != "jailrun", "a stage's section is named"));
    JR_TRY(expect(names.insert(section.name).second, "a stage has one section", section.name));
    JR_TRY(expect_section(section, text));
  }
  if (!config.runner.where.empty()) JR_TRY(expect_section(config.runner, text));
  return {};
}

Result<void> expect_faultless(const core::Config& config) {
  JR_TRY(expect(!config.stages.empty(), "a file without faults names a stage"));
  Findings findings;
  const std::string text = written(config);
  const core::Config again = core::parse_config(kFile, text, findings);
  return expect(findings.empty() && written(again) == text, "a file written anew says the same", text);
}

// Sections of stages that ship: a test must not load what a file names.
core::Pipeline known_part(core::Config config) {
  core::Pipeline pipeline;
  pipeline.path = std::string("/pipelines/") + kFile;
  pipeline.config = std::move(config);
  for (const core::Section& section : pipeline.config.stages)
    if (const auto stage = shipped_stages().find(section.name); stage != shipped_stages().end())
      pipeline.stages.push_back({&section, stage->second, section.name + ".so"});
  return pipeline;
}

// What the command line must give to stages that ask for it.
core::OptionValues given_to(const core::Pipeline& pipeline) {
  core::OptionValues values;
  for (const auto& [name, value] : {std::pair("id", "web-1"), std::pair("exec-file", "vmm"),
                                    std::pair("uid", "1234"), std::pair("gid", "100")})
    for (const core::StageDescription* stage : descriptions(pipeline))
      if (stage->option(name) != nullptr) values.give(name, {{value, std::string("--") + name}});
  return values;
}

// Options that a command line would still have to give.
bool lacks_required(const core::Pipeline& pipeline, const core::OptionValues& values) {
  for (const core::StageDescription* stage : descriptions(pipeline))
    for (const core::OptionDescription& option : stage->options)
      if (option.is_required() && values.of(option.name).empty()) return true;
  return false;
}

// True: with these options the pipeline can be planned.
Result<bool> expect_options(const core::Pipeline& pipeline, Findings& findings) {
  core::OptionValues values = given_to(pipeline);
  values.fill_from(pipeline.config.runner, core::runner_settings(), findings);
  for (const core::PipelineStage& stage : pipeline.stages)
    values.fill_from(*stage.section, *stage.description, findings);
  for (const core::StageDescription* stage : descriptions(pipeline)) values.fill_defaults(*stage);
  Findings wrong;
  for (const core::StageDescription* stage : descriptions(pipeline)) values.judge(*stage, wrong);
  const bool is_complete = !lacks_required(pipeline, values);
  for (const core::Finding& finding : wrong) {
    JR_TRY(expect_finding(finding));
    JR_TRY(expect(!is_complete && finding.sentence.find(" is required") != std::string::npos,
                  "a file's values are checked as they are filled in", finding.text()));
  }
  JR_TRY(expect(is_complete || !wrong.empty(), "an option that is required and missing is reported"));
  for (const core::StageDescription* stage : descriptions(pipeline))
    for (const core::OptionDescription& option : stage->options)
      JR_TRY(expect(option.is_repeatable() || values.of(option.name).size() < 2,
                    "a single option has one value", option.name));
  return is_complete;
}

Result<void> expect_plan(const core::Pipeline& pipeline) {
  std::vector<std::vector<std::string>> plans;
  for (int round = 0; round < 2; ++round) {
    core::Assembly assembly(pipeline, given_to(pipeline), {"argument"});
    core::Timings timings;
    if (const Result<void> configured = assembly.configure(timings); !configured)
      return expect_refusal(configured.error());
    core::Site site;
    const Result<std::unique_ptr<core::Plan>> plan = assembly.plan(site, timings);
    if (!plan) return expect_refusal(plan.error());
    plans.push_back(lines(*plan.value()));
  }
  count_plan();
  return expect(plans.front() == plans.back(), "a plan made twice is the same");
}

}  // namespace

Result<void> config(std::string_view input) {
  const std::vector<std::string_view> text = lines_of(input);
  Findings findings;
  core::Config config = core::parse_config(kFile, input, findings);
  for (const core::Finding& finding : findings) JR_TRY(line_of(finding.where, text.size()));
  JR_TRY(expect_config(config, text));
  if (findings.empty()) JR_TRY(expect_faultless(config));

  const core::Pipeline pipeline = known_part(std::move(config));
  JR_ASSIGN(const bool is_complete, expect_options(pipeline, findings));
  std::vector<core::OrderedStage> order;
  for (const core::PipelineStage& stage : pipeline.stages)
    order.push_back({stage.section->where, stage.description});
  core::check_order(kFile, order, findings);
  for (const core::Finding& finding : findings) {
    JR_TRY(line_of(finding.where, text.size()));
    JR_TRY(expect_finding(finding));
  }
  return findings.empty() && is_complete ? expect_plan(pipeline) : Result<void>{};
}

}  // namespace jailrun::tests::fuzz
