// SPDX-License-Identifier: Apache-2.0
#include "core/cli/stages/describe.hpp"

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/sys/capabilities.hpp"

namespace jailrun::core::cli {
namespace {

std::string words(const std::vector<std::string_view>& names) {
  return joined({names.begin(), names.end()}, " ");
}

std::string fact_words(const std::vector<FactDescription>& facts) {
  std::vector<std::string> names;
  for (const FactDescription& fact : facts)
    names.push_back(std::string(fact.name) + (fact.is_optional() ? "?" : ""));
  return joined(names, " ");
}

std::string or_none(const std::string& text, const char* none) { return text.empty() ? none : text; }

// "--uid UID", "--daemonize".
std::string usage(const OptionDescription& option) {
  return "--" + std::string(option.name) + (option.is_flag() ? "" : " " + std::string(option.value_name));
}

JsonArray json_list(const std::vector<std::string_view>& names) {
  JsonArray list;
  for (const std::string_view name : names) list.add(name);
  return list;
}

JsonArray json_facts(const std::vector<FactDescription>& facts) {
  JsonArray list;
  for (const FactDescription& fact : facts) list.add(fact.name);
  return list;
}

}  // namespace

std::string stage_text(const StageDescription& stage, const Plugin& plugin) {
  std::string text =
      std::string(stage.id) + " " + std::string(stage.version) + " - " + std::string(stage.summary) + "\n";
  const auto row = [&](const char* heading, const std::string& value) {
    text.append("  ").append(heading).append(or_none(value, "-")).append("\n");
  };
  row("file              ", plugin.path + (plugin.is_linked_in ? " (linked in)" : ""));
  row("capabilities      ", sys::capability_names(stage.capabilities));
  row("consumes          ", fact_words(stage.consumes));
  row("provides          ", fact_words(stage.provides));
  row("must come after   ", words(stage.after));
  if (!stage.before.empty()) row("must come before  ", words(stage.before));
  if (stage.has_trait(JR_TRAIT_RESTRICTS))
    row("may be followed by", "stages that restrict the process too, and the one that starts the program");
  if (!stage.conflicts.empty()) row("conflicts with    ", words(stage.conflicts));
  for (const OptionDescription& option : stage.options) {
    text += "  " + usage(option);
    if (option.is_required()) text += "  (required)";
    if (option.is_repeatable()) text += "  (repeatable)";
    if (!option.default_value.empty()) text += "  [" + std::string(option.default_value) + "]";
    text += "\n      " + std::string(option.help) + "\n";
  }
  return text;
}

std::string stage_markdown(const StageDescription& stage) {
  std::string text = "## " + std::string(stage.id) + "\n\n" + std::string(stage.summary) + ".\n\n";
  const std::string capabilities = sys::capability_names(stage.capabilities);
  text += "Needs " + (capabilities == "-" ? "no capability" : capabilities);
  text += "; reads " + or_none(fact_words(stage.consumes), "no fact");
  text += "; publishes " + or_none(fact_words(stage.provides), "none");
  if (stage.has_trait(JR_TRAIT_RESTRICTS))
    text +=
        "; only stages that restrict the process too, and the one that starts the program, may come after it";
  else if (!stage.after.empty())
    text += "; must come after " + words(stage.after);
  if (!stage.before.empty()) text += "; must come before " + words(stage.before);
  if (!stage.has_trait(JR_TRAIT_RESTRICTS) && stage.after.empty() && stage.before.empty())
    text += "; may come anywhere";
  text += ".\n\n";
  if (stage.options.empty()) return text;
  text += "| option | default | |\n|---|---|---|\n";
  for (const OptionDescription& option : stage.options) {
    text += "| `" + usage(option) + "` | ";
    text += option.default_value.empty() ? "" : "`" + std::string(option.default_value) + "`";
    text += " | " + std::string(option.help);
    if (option.is_required()) text += "; required";
    if (option.is_repeatable()) text += "; may be repeated";
    text += " |\n";
  }
  return text + "\n";
}

std::string stage_json(const StageDescription& stage, const Plugin& plugin) {
  JsonArray options;
  for (const OptionDescription& option : stage.options)
    options.add_raw(JsonObject()
                        .add("name", option.name)
                        .add("value", option.value_name)
                        .add("default", option.default_value)
                        .add("required", option.is_required())
                        .add("repeatable", option.is_repeatable())
                        .add("help", option.help)
                        .text());
  return JsonObject()
      .add("stage", stage.id)
      .add("version", stage.version)
      .add("summary", stage.summary)
      .add("file", plugin.path)
      .add("linked_in", plugin.is_linked_in)
      .add("capabilities", sys::capability_names(stage.capabilities))
      .add_raw("consumes", json_facts(stage.consumes).text())
      .add_raw("provides", json_facts(stage.provides).text())
      .add_raw("after", json_list(stage.after).text())
      .add_raw("options", options.text())
      .text();
}

}  // namespace jailrun::core::cli
