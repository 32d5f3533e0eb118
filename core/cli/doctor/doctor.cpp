// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.hpp"
#include "core/base/printable.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/doctor/host_check.hpp"
#include "core/cli/doctor/launch_check.hpp"
#include "core/cli/output.hpp"

#include <array>

namespace jailrun::core::cli {
namespace {

std::string remedy_of(const Checked& one) {
  return one.outcome.remedy.empty() ? std::string(one.check->remedy) : one.outcome.remedy;
}

std::string as_text(const std::vector<Checked>& all) {
  std::string text;
  std::array<size_t, 4> count = {};
  for (const Checked& one : all) {
    ++count[static_cast<size_t>(one.outcome.verdict)];
    std::string verdict(verdict_word(one.outcome.verdict));
    verdict.resize(11, ' ');
    text += verdict + std::string(one.check->id) + ": " + printable(one.outcome.sentence) + "\n";
    if (one.outcome.verdict == Verdict::kOk) continue;
    if (one.outcome.verdict != Verdict::kNotKnown)
      text += "           remedy: " + printable(remedy_of(one)) + "\n";
    text += "           source: " + std::string(one.check->source) + "\n";
  }
  const auto counted = [](size_t number, const std::string& word) {
    return std::to_string(number) + " " + word + (number == 1 ? "" : "s");
  };
  return text + counted(all.size(), "check") + ": " + std::to_string(count[0]) + " ok, " +
         counted(count[1], "warning") + ", " + counted(count[2], "failure") + ", " +
         std::to_string(count[3]) + " not known\n";
}

std::string as_json(const std::vector<Checked>& all) {
  JsonArray list(JsonArray::Layout::kOneItemPerLine);
  for (const Checked& one : all) {
    JsonObject object;
    object.add("check", one.check->id)
        .add("topic", one.check->topic)
        .add("path", one.check->path)
        .add("verdict", verdict_word(one.outcome.verdict))
        .add("sentence", one.outcome.sentence);
    if (one.outcome.verdict == Verdict::kWarning || one.outcome.verdict == Verdict::kFailure)
      object.add("remedy", remedy_of(one));
    list.add_raw(object.add("source", one.check->source).text());
  }
  return list.text() + "\n";
}

}  // namespace

Result<int> doctor(const CommandLine& line) {
  JR_ASSIGN(const Parsed parsed, parse(line, doctor_options(), {}, false));
  std::vector<Checked> all = check_host(HostView::of_this_host());
  if (!parsed.values.of("pipeline").empty()) {
    JR_ASSIGN(const LaunchView launch, launch_view_of(line.pipeline));
    for (Checked& one : check_launch(launch)) all.push_back(std::move(one));
  }
  print(parsed.values.of("json").empty() ? as_text(all) : as_json(all));
  for (const Checked& one : all)
    if (one.outcome.verdict == Verdict::kFailure) return 1;
  return 0;
}

}  // namespace jailrun::core::cli
