// SPDX-License-Identifier: Apache-2.0
#include "core/cli/show_plan.hpp"

#include "core/base/json.hpp"
#include "core/base/printable.hpp"
#include "core/cli/table.hpp"

#include <algorithm>
#include <vector>

namespace jailrun::core::cli {
namespace {

const char* phase_word(Phase phase) { return phase == Phase::kPrepare ? "prepare" : "enter"; }

std::string remark(const Action& action) {
  switch (action.existed()) {
    case Existed::kNo: return "";
    case Existed::kYes: return "  (exists already: " + std::string(action.policy_for_existing()) + ")";
    case Existed::kUnknown: return "  (exists already: ?)";
  }
  return "";
}

}  // namespace

std::string plan_table(const Plan& plan, const JailName& jail, const std::string& pipeline) {
  Table table({"#", "PHASE", "STAGE", "ACTION", "OBJECT"});
  size_t number = 0;
  plan.each([&](const Action& action) {
    table.add({std::to_string(++number), phase_word(action.phase()), action.stage(),
               std::string(action.verb()), action.object() + remark(action) + alternative_of(action)});
  });
  return printable("jail " + jail.id + " in " + jail.directory() + ", pipeline " + pipeline) + "\n" +
         table.text();
}

std::string plan_json(const Plan& plan, const JailName& jail, const std::string& pipeline) {
  std::string text = "{\"jail\":" + json_string(jail.id) + ",\"directory\":" + json_string(jail.directory()) +
                     ",\"pipeline\":" + json_string(pipeline) + ",\"actions\":[";
  size_t number = 0;
  plan.each([&](const Action& action) {
    text += number++ == 0 ? "\n" : ",\n";
    text += "{\"number\":" + std::to_string(number) + ",\"object\":" + json_string(action.object());
    std::vector<std::string> listed;  // keys that come more than once, as an exec's arguments
    const Record record = to_record(action);
    for (const Field& field : record.fields()) {
      if (std::find(listed.begin(), listed.end(), field.key) != listed.end()) continue;
      const auto same = [&](const Field& one) { return one.key == field.key; };
      const bool many = field.key == "argument" || field.key == "environment";
      if (!many) {
        text += "," + json_string(field.key) + ":" + json_string(field.value);
        continue;
      }
      listed.push_back(field.key);
      text += "," + json_string(field.key + "s") + ":[";
      bool first = true;
      for (const Field& one : record.fields()) {
        if (!same(one)) continue;
        text += (first ? "" : ",") + json_string(one.value);
        first = false;
      }
      text += "]";
    }
    text += "}";
  });
  return text + "\n]}\n";
}

}  // namespace jailrun::core::cli
