// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/output.hpp"
#include "core/cli/stages/describe.hpp"
#include "core/cli/table.hpp"

namespace jailrun::core::cli {
namespace {

struct Found {
  const StageDescription* stage;
  const Plugin* plugin;
};

// True if a launch takes the stage from another file.
bool is_overridden(Loader& loader, const Found& found) {
  const Result<const Plugin*> used = loader.load_by_name(std::string(found.stage->id));
  return used && used.value() != found.plugin && used.value()->path != found.plugin->path;
}

// The plugin's stages that `name` means. A file of several stages is found by each one's name.
std::vector<Found> stages_named(const std::string& name, const Plugin& plugin) {
  std::vector<Found> found;
  for (const StageDescription& stage : plugin.stages)
    if (stage.id == name || plugin.stages.size() == 1) found.push_back({&stage, &plugin});
  return found;
}

std::vector<Found> stages_in_use(Loader& loader, const Plugin& plugin) {
  std::vector<Found> found;
  for (const StageDescription& stage : plugin.stages)
    if (const Found one = {&stage, &plugin}; !is_overridden(loader, one)) found.push_back(one);
  return found;
}

std::string as_table(const std::vector<Found>& all) {
  Table table({"STAGE", "VERSION", "FILE", "SUMMARY"});
  for (const auto& [stage, plugin] : all)
    table.add(
        {std::string(stage->id), std::string(stage->version), plugin->path, std::string(stage->summary)});
  return table.text();
}

std::string as_text(const std::vector<Found>& all) {
  std::string text;
  for (const auto& [stage, plugin] : all) text += stage_text(*stage, plugin->path);
  return text;
}

std::string as_markdown(const std::vector<Found>& all) {
  std::string text;
  for (const auto& [stage, plugin] : all) text += stage_markdown(*stage);
  return text;
}

std::string as_json(const std::vector<Found>& all) {
  JsonArray list(JsonArray::Layout::kOneItemPerLine);
  for (const auto& [stage, plugin] : all) list.add_raw(stage_json(*stage, plugin->path));
  return list.text() + "\n";
}

}  // namespace

Result<int> stages(const CommandLine& line) {
  JR_ASSIGN(const Parsed parsed, parse(line, runner_options(), {}, true));
  Trust trust;
  Loader loader(trust, default_search_path().plugins);
  const bool all = parsed.operands.empty();
  std::vector<Found> found;
  int status = 0;
  for (const std::string& name : all ? loader.installed() : parsed.operands) {
    const Result<const Plugin*> plugin = loader.load_by_name(name);
    if (!plugin) {  // named, not loaded: loading runs its constructors
      status = fail(plugin.error());
      continue;
    }
    for (const Found& one :
         all ? stages_in_use(loader, *plugin.value()) : stages_named(name, *plugin.value()))
      found.push_back(one);
  }
  const bool json = !parsed.values.of("json").empty();
  const bool markdown = !parsed.values.of("markdown").empty();
  print(markdown ? as_markdown(found) : json ? as_json(found) : all ? as_table(found) : as_text(found));
  return status;
}

}  // namespace jailrun::core::cli
