// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.hpp"
#include "core/base/printable.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/descriptions.hpp"
#include "core/cli/output.hpp"
#include "core/sys/cgroup_library.hpp"

#include <algorithm>
#include <cstdlib>

namespace jailrun::core::cli {
namespace {

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

void check_settings(const Pipeline& pipeline, std::vector<Finding>& findings) {
  OptionValues values;
  values.fill_from(pipeline.config.runner, runner_settings(), findings);
  for (const PipelineStage& stage : pipeline.stages)
    values.fill_from(*stage.section, *stage.description, findings);
}

std::string as_json(const std::string& pipeline, const std::vector<Finding>& findings) {
  JsonArray list(JsonArray::Layout::kOneItemPerLine);
  for (const Finding& finding : findings)
    list.add_raw(JsonObject().add("where", finding.where).add("finding", finding.sentence).text());
  return JsonObject().add("pipeline", pipeline).add_raw("findings", list.text()).text() + "\n";
}

std::string as_text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) text += finding.text() + "\n";
  return text;
}

}  // namespace

Result<int> check(const CommandLine& line) {
  Trust trust;
  const SearchPath search = default_search_path();
  Loader loader(trust, search.plugins);
  std::vector<Finding> findings;
  const std::unique_ptr<Pipeline> pipeline = load_pipeline(line.pipeline, search, trust, loader, findings);
  JR_ASSIGN(const Parsed parsed, parse(line, runner_options(), descriptions(pipeline.get()), false));
  if (pipeline != nullptr) {
    check_settings(*pipeline, findings);
    check_controllers(*pipeline, findings);
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return line_of(a) < line_of(b); });
  if (!parsed.values.of("json").empty())
    print(as_json(line.pipeline, findings));
  else if (findings.empty())
    print(printable(pipeline->path) + ": " + std::to_string(pipeline->stages.size()) +
          " stages, no fault found\n");
  else
    print(as_text(findings));
  return findings.empty() ? 0 : 1;
}

}  // namespace jailrun::core::cli
