// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/output.hpp"
#include "core/cli/stages/describe.hpp"
#include "core/cli/table.hpp"
#include "core/plugin/segments.hpp"
#include "core/plugin/twin.hpp"
#include "core/sys/paths.hpp"

#include <algorithm>

namespace jailrun::core::cli {
namespace {

struct Found {
  const StageDescription* stage;
  const Plugin* plugin;
};

std::string as_table(const std::vector<Found>& all) {
  Table table({"STAGE", "VERSION", "FILE", "SUMMARY"});
  for (const auto& [stage, plugin] : all)
    table.add({std::string(stage->id), std::string(stage->version),
               plugin->is_linked_in ? "linked in" : plugin->path, std::string(stage->summary)});
  return table.text();
}

std::string as_text(const std::vector<Found>& all) {
  std::string text;
  for (const auto& [stage, plugin] : all) text += stage_text(*stage, *plugin);
  return text;
}

std::string as_markdown(const std::vector<Found>& all) {
  std::string text;
  for (const auto& [stage, plugin] : all) text += stage_markdown(*stage);
  return text;
}

std::string as_json(const std::vector<Found>& all) {
  JsonArray list(JsonArray::Layout::kOneItemPerLine);
  for (const auto& [stage, plugin] : all) list.add_raw(stage_json(*stage, *plugin));
  return list.text() + "\n";
}

// What each stage's file is, beside what was linked in: 1 where one passes for that and is not.
int verify(const std::vector<Found>& all) {
  Table table({"STAGE", "FILE", "RUNS", "CONTENT"});
  int status = 0;
  for (const auto& [stage, plugin] : all) {
    const auto same = [&id = stage->id](const TwinDigest& one) { return one.stage == id; };
    const auto digest = std::find_if(kShippedDigests.begin(), kShippedDigests.end(), same);
    constexpr size_t kLargest = 256UL << 20;
    const Result<std::string> bytes = sys::read_small(plugin->path, kLargest);
    const Result<Sha256> now = bytes ? digest_of_segments(bytes.value()) : Result<Sha256>(bytes.error());
    const bool is_linked = digest != kShippedDigests.end() && now && now.value() == digest->segments;
    if (plugin->is_linked_in && !is_linked) status = 1;
    table.add({std::string(stage->id), plugin->path, plugin->is_linked_in ? "linked in" : "the file",
               is_linked              ? "as linked in"
               : plugin->is_linked_in ? "CHANGED after it was linked"
                                      : "its own"});
  }
  print(table.text());
  return status;
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
    for (const StageDescription& stage : plugin.value()->stages) found.push_back({&stage, plugin.value()});
  }
  if (!parsed.values.of("verify").empty()) return std::max(status, verify(found));
  const bool json = !parsed.values.of("json").empty();
  const bool markdown = !parsed.values.of("markdown").empty();
  print(markdown ? as_markdown(found) : json ? as_json(found) : all ? as_table(found) : as_text(found));
  return status;
}

}  // namespace jailrun::core::cli
