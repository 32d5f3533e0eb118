// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/helper.hpp"
#include "core/actions/restore.hpp"
#include "core/base/json.hpp"
#include "core/base/printable.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/jails/find_jail.hpp"
#include "core/cli/jails/operands.hpp"
#include "core/cli/jails/show.hpp"
#include "core/cli/output.hpp"
#include "core/cli/table.hpp"
#include "core/ledger/slots.hpp"
#include "core/ledger/status.hpp"

namespace jailrun::core::cli {
namespace {

// What the action is about, as people know it.
std::string object_of(const Record& record, const Action* action) {
  const std::string& path = record.text("path");
  return path.empty() && action != nullptr ? object_name(*action) : path;
}

// Of several alternatives another was taken.
bool is_passed_over(const Ledger& ledger, const Record& action) {
  const auto taken = ledger.slots.find(choice_slot(action.number("first-of")));
  return taken != ledger.slots.end() && taken->second != action.text("alternative");
}

}  // namespace

Result<int> inspect(const CommandLine& line) {
  JR_ASSIGN(const Parsed parsed, parse(line, jail_options(), {}, true));
  JR_ASSIGN(const std::string word, one_jail(parsed, "inspect"));
  JR_ASSIGN(const JailName jail, find_jail(word, parsed.values));
  JR_ASSIGN(const Ledger ledger, ledger_of(jail));
  const JailStatus now = jail_status(ledger);
  const std::string root = jail.directory() + "/root";
  Table table({"PHASE", "STAGE", "ACTION", "OBJECT", "EXISTED BEFORE", "NOW"});
  JsonArray actions(JsonArray::Layout::kOneItemPerLine);
  for (const Record& record : ledger.actions) {
    JR_ASSIGN(const std::unique_ptr<Action> action, from_record(record));
    if (auto* const helper = dynamic_cast<HelperAction*>(action.get()); helper != nullptr)
      helper->take_slots(ledger.slots);
    const std::string object = object_of(record, action.get());
    const std::string left = is_passed_over(ledger, record) ? "passed over"
                             : action != nullptr            ? action->remains(root)
                                                            : "";
    table.add({record.text("phase"), record.text("stage"), record.text("action"), object,
               record.text("existed"), left});
    actions.add_raw(JsonObject()
                        .add("action", record.text("action"))
                        .add("stage", record.text("stage"))
                        .add("object", object)
                        .add("existed", record.text("existed"))
                        .add("now", left)
                        .text());
  }
  if (!parsed.values.of("json").empty()) {
    print(JsonObject()
              .add("id", jail.id)
              .add("name", jail.name)
              .add("state", state_word(now.state))
              .add("pid", now.pid)
              .add("since", utc_time(ledger.time))
              .add_raw("actions", actions.text())
              .text() +
          "\n");
    return 0;
  }
  print(printable("jail " + jail.id + " in " + jail.directory() + ", " + state_word(now.state) +
                  (now.pid == 0 ? "" : ", pid " + std::to_string(now.pid)) + ", since " +
                  utc_time(ledger.time) + ", pipeline " + ledger.pipeline) +
        "\n" + table.text());
  return 0;
}

}  // namespace jailrun::core::cli
