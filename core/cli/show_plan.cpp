// SPDX-License-Identifier: Apache-2.0
#include "core/cli/show_plan.hpp"

#include "core/base/json.hpp"
#include "core/base/printable.hpp"
#include "core/cli/table.hpp"
#include "core/sys/capabilities.hpp"

#include <set>

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

// What the jail isolates less than root's, one a line.
std::string notes_of(const Plan& plan) {
  std::string text;
  for (const std::string& note : plan.notes) text += "rootless: " + printable(note) + "\n";
  return text;
}

}  // namespace

std::string plan_table(const Plan& plan, const JailName& jail, const std::string& pipeline,
                       uint64_t capabilities) {
  Table table({"#", "PHASE", "STAGE", "ACTION", "OBJECT"});
  size_t number = 0;
  plan.each([&](const Action& action) {
    table.add({std::to_string(++number), phase_word(action.phase()), action.stage(),
               std::string(action.verb()), action.object() + remark(action) + alternative_of(action)});
  });
  return printable("jail " + jail.id + " in " + jail.directory() + ", pipeline " + pipeline) + "\n" +
         table.text() + notes_of(plan) +
         (capabilities == 0 ? "" : "needs " + sys::capability_names(capabilities) + "\n");
}

namespace {

// Keys that a record may have more than once are listed as one array, "arguments".
bool is_list(const std::string& key) { return key == "argument" || key == "environment"; }

std::string action_json(const Action& action, size_t number) {
  JsonObject object;
  object.add("number", number).add("object", action.object());
  std::set<std::string> listed;
  const Record record = to_record(action);
  for (const Field& field : record.fields()) {
    if (!is_list(field.key)) {
      object.add(field.key, field.value);
    } else if (listed.insert(field.key).second) {
      JsonArray values;
      for (const Field& one : record.fields())
        if (one.key == field.key) values.add(one.value);
      object.add_raw(field.key + "s", values.text());
    }
  }
  return object.text();
}

}  // namespace

std::string plan_json(const Plan& plan, const JailName& jail, const std::string& pipeline,
                      uint64_t capabilities) {
  JsonArray actions(JsonArray::Layout::kOneItemPerLine);
  size_t number = 0;
  JsonArray notes;
  for (const std::string& note : plan.notes) notes.add(note);
  plan.each([&](const Action& action) { actions.add_raw(action_json(action, ++number)); });
  JsonObject object;
  object.add("jail", jail.id)
      .add("directory", jail.directory())
      .add("pipeline", pipeline)
      .add("capabilities", sys::capability_names(capabilities))
      .add("setpriv", "--bounding-set=" + sys::setpriv_words(capabilities));
  if (!plan.notes.empty()) object.add_raw("rootless", notes.text());
  return object.add_raw("actions", actions.text()).text() + "\n";
}

}  // namespace jailrun::core::cli
