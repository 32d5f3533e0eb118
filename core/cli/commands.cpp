// SPDX-License-Identifier: Apache-2.0
#include "core/cli/commands.hpp"

#include "core/base/json.hpp"
#include "core/base/printable.hpp"
#include "core/cli/help.hpp"
#include "core/cli/output.hpp"
#include "core/cli/show_plan.hpp"
#include "core/cli/table.hpp"
#include "core/launch.hpp"
#include "core/sys/capabilities.hpp"
#include "core/sys/cgroup_library.hpp"
#include "core/sys/directories.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

namespace jailrun::core::cli {
namespace {

std::vector<const StageDescription*> descriptions(const Pipeline* pipeline) {
  std::vector<const StageDescription*> all;
  if (pipeline != nullptr)
    for (const PipelineStage& stage : pipeline->stages) all.push_back(stage.description);
  return all;
}

// The number at the end of "default.conf:12"; 0: the finding is about the whole file.
long line_of(const Finding& finding) {
  const size_t colon = finding.where.rfind(':');
  return colon == std::string::npos ? 0 : std::strtol(finding.where.c_str() + colon + 1, nullptr, 10);
}

// A value for a controller that this host does not have would fail every launch. An option named `cgroup`
// means FILE=VALUE in every stage that has it, as stages that share an option mean the same by it.
void check_controllers(const Pipeline& pipeline, std::vector<Finding>& findings) {
  for (const PipelineStage& stage : pipeline.stages) {
    for (const Setting& setting : stage.section->settings) {
      const std::string controller = setting.value.substr(0, setting.value.find_first_of(".="));
      if (setting.key == "cgroup" && library_has_controller(controller) == false)
        findings.push_back(
            {setting.where,
             "no cgroup version 1 hierarchy on this host carries the controller '" + controller + "'"});
    }
  }
}

}  // namespace

int plan(const CommandLine& line) {
  const Result<std::unique_ptr<Intent>> intent = intend(line);
  if (!intent) return fail(intent.error());
  const Intent& known = *intent.value();
  print((known.json ? plan_json : plan_table)(*known.plan, known.survey.jail.name, known.pipeline->path));
  return 0;
}

int check(const CommandLine& line) {
  Trust trust;
  const SearchPath search = default_search_path();
  Loader loader(trust, search.plugins);
  std::vector<Finding> findings;
  const std::unique_ptr<Pipeline> pipeline = load_pipeline(line.pipeline, search, trust, loader, findings);
  const Result<Parsed> parsed = parse(line, runner_options(), descriptions(pipeline.get()), false);
  if (!parsed) return fail(parsed.error());
  if (pipeline != nullptr) {
    OptionValues values;
    values.fill_from(pipeline->config.runner, runner_settings(), findings);
    for (const PipelineStage& stage : pipeline->stages)
      values.fill_from(*stage.section, *stage.description, findings);
    check_controllers(*pipeline, findings);
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return line_of(a) < line_of(b); });
  if (!parsed.value().values.of("json").empty()) {
    std::string text = "{\"pipeline\":" + json_string(line.pipeline) + ",\"findings\":[";
    for (const Finding& finding : findings)
      text += std::string(&finding == &findings.front() ? "" : ",") +
              "\n{\"where\":" + json_string(finding.where) + ",\"finding\":" + json_string(finding.sentence) +
              "}";
    print(text + "]}\n");
  } else {
    for (const Finding& finding : findings) print(finding.text() + "\n");
    if (findings.empty())
      print(printable(pipeline->path) + ": " + std::to_string(pipeline->stages.size()) +
            " stages, no fault found\n");
  }
  return findings.empty() ? 0 : 1;
}

namespace {

std::string joined(const std::vector<std::string_view>& words) {
  std::string line;
  for (const std::string_view word : words) line.append(line.empty() ? "" : " ").append(word);
  return line.empty() ? "-" : line;
}

std::string fact_words(const std::vector<FactDescription>& facts) {
  std::string line;
  for (const FactDescription& fact : facts)
    line.append(line.empty() ? "" : " ").append(fact.name).append(fact.is_optional() ? "?" : "");
  return line.empty() ? "-" : line;
}

std::string stage_text(const StageDescription& stage, const std::string& path) {
  std::string text =
      std::string(stage.id) + " " + std::string(stage.version) + " - " + std::string(stage.summary) + "\n";
  text += "  file          " + path + "\n";
  text += "  capabilities  " + sys::capability_names(stage.capabilities) + "\n";
  text += "  consumes      " + fact_words(stage.consumes) + "\n";
  text += "  provides      " + fact_words(stage.provides) + "\n";
  text += "  stands after  " + joined(stage.after) + "\n";
  if (!stage.before.empty()) text += "  stands before " + joined(stage.before) + "\n";
  if (!stage.conflicts.empty()) text += "  conflicts     " + joined(stage.conflicts) + "\n";
  for (const OptionDescription& option : stage.options) {
    text +=
        "  --" + std::string(option.name) + (option.is_flag() ? "" : " " + std::string(option.value_name));
    if (option.is_required()) text += "  (required)";
    if (option.is_repeatable()) text += "  (repeatable)";
    if (!option.default_value.empty()) text += "  [" + std::string(option.default_value) + "]";
    text += "\n      " + std::string(option.help) + "\n";
  }
  return text;
}

// A section of docs/operator/stages.md, which is made of these and compared by a test.
std::string stage_markdown(const StageDescription& stage) {
  std::string text = "## " + std::string(stage.id) + "\n\n" + std::string(stage.summary) + ".\n\n";
  const auto or_none = [](const std::string& words, const char* none) {
    return words == "-" ? std::string(none) : words;
  };
  text += "Needs " + or_none(sys::capability_names(stage.capabilities), "no capability");
  text += "; reads " + or_none(fact_words(stage.consumes), "no fact");
  text += "; publishes " + or_none(fact_words(stage.provides), "none");
  text += "; stands " + (stage.after.empty() ? "anywhere" : "after " + joined(stage.after)) + ".\n\n";
  if (stage.options.empty()) return text;
  text += "| option | default | |\n|---|---|---|\n";
  for (const OptionDescription& option : stage.options) {
    text += "| `--" + std::string(option.name) +
            (option.is_flag() ? "" : " " + std::string(option.value_name)) + "` | ";
    text += option.default_value.empty() ? "" : "`" + std::string(option.default_value) + "`";
    text += " | " + std::string(option.help);
    if (option.is_required()) text += "; required";
    if (option.is_repeatable()) text += "; may be repeated";
    text += " |\n";
  }
  return text + "\n";
}

std::string json_list(const std::vector<std::string_view>& words) {
  std::string text = "[";
  for (const std::string_view word : words) text += (text.size() > 1 ? "," : "") + json_string(word);
  return text + "]";
}

std::string json_facts(const std::vector<FactDescription>& facts) {
  std::vector<std::string_view> names;
  for (const FactDescription& fact : facts) names.push_back(fact.name);
  return json_list(names);
}

std::string stage_json(const StageDescription& stage, const std::string& path) {
  std::string options;
  for (const OptionDescription& option : stage.options) {
    options += options.empty() ? "" : ",";
    options += "{\"name\":" + json_string(option.name) + ",\"value\":" + json_string(option.value_name) +
               ",\"default\":" + json_string(option.default_value) +
               ",\"required\":" + (option.is_required() ? "true" : "false") +
               ",\"repeatable\":" + (option.is_repeatable() ? "true" : "false") +
               ",\"help\":" + json_string(option.help) + "}";
  }
  return "{\"stage\":" + json_string(stage.id) + ",\"version\":" + json_string(stage.version) +
         ",\"summary\":" + json_string(stage.summary) + ",\"file\":" + json_string(path) +
         ",\"capabilities\":" + json_string(sys::capability_names(stage.capabilities)) +
         ",\"consumes\":" + json_facts(stage.consumes) + ",\"provides\":" + json_facts(stage.provides) +
         ",\"after\":" + json_list(stage.after) + ",\"options\":[" + options + "]}";
}

}  // namespace

namespace {

bool is_replaced(Loader& loader, const StageDescription& stage, const Plugin* by) {
  const Result<const Plugin*> used = loader.load_by_name(std::string(stage.id));
  return used && used.value() != by && used.value()->path != by->path;
}

}  // namespace

int stages(const CommandLine& line) {
  const Result<Parsed> parsed = parse(line, runner_options(), {}, true);
  if (!parsed) return fail(parsed.error());
  const bool json = !parsed.value().values.of("json").empty();
  const bool markdown = !parsed.value().values.of("markdown").empty();
  Trust trust;
  Loader loader(trust, default_search_path().plugins);
  const bool all = parsed.value().operands.empty();
  Table table({"STAGE", "VERSION", "FILE", "SUMMARY"});
  std::string text;
  int status = 0;
  for (const std::string& name : all ? loader.installed() : parsed.value().operands) {
    const Result<const Plugin*> plugin = loader.load_by_name(name);
    if (!plugin) {  // named, not loaded: loading runs its constructors
      log::error(message(plugin.error()));
      status = 1;
      continue;
    }
    for (const StageDescription& stage : plugin.value()->stages) {
      // A file of several stages is found by each one's name; one that a file of its own replaces is not
      // used.
      if (!all && stage.id != name && loader.load_by_name(name).value()->stages.size() > 1) continue;
      if (all && is_replaced(loader, stage, plugin.value())) continue;
      if (markdown)
        text += stage_markdown(stage);
      else if (json)
        text += (text.empty() ? "" : ",\n") + stage_json(stage, plugin.value()->path);
      else if (all)
        table.add({std::string(stage.id), std::string(stage.version), plugin.value()->path,
                   std::string(stage.summary)});
      else
        text += stage_text(stage, plugin.value()->path);
    }
  }
  print(json ? "[" + text + "]\n" : all && !markdown ? table.text() : text);
  return status;
}

int help(const CommandLine& line) {
  Trust trust;
  const SearchPath search = default_search_path();
  Loader loader(trust, search.plugins);
  std::vector<Finding> findings;
  const std::unique_ptr<Pipeline> pipeline = load_pipeline(line.pipeline, search, trust, loader, findings);
  print(help_page(descriptions(pipeline.get()), printable(line.pipeline)));
  // Asked for help, jailrun gives what it has; the faults are the check's to list.
  if (!findings.empty())
    print(printable("(" + line.pipeline + " has faults: jailrun check --pipeline " + line.pipeline + ")") +
          "\n");
  return 0;
}

}  // namespace jailrun::core::cli
