// SPDX-License-Identifier: Apache-2.0
#include "core/jails/violations.hpp"

#include "core/base/json.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/jails/find_jail.hpp"
#include "core/cli/jails/operands.hpp"
#include "core/cli/jails/show.hpp"
#include "core/cli/output.hpp"
#include "core/cli/table.hpp"

#include <linux/seccomp.h>

namespace jailrun::core::cli {
namespace {

const char* outcome(seccomp::Verdict verdict) {
  switch (verdict & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ERRNO: return "refused";
    case SECCOMP_RET_LOG: return "allowed";
    case SECCOMP_RET_TRAP: return "SIGSYS";
    case SECCOMP_RET_TRACE: return "left to a tracer";
    case SECCOMP_RET_KILL_THREAD: return "thread killed";
    default: return "killed";
  }
}

bool has_filter(const Ledger& ledger) {
  for (const Record& action : ledger.actions)
    if (action.text("action") == "filter") return true;
  return false;
}

// What it refuses by itself.
bool is_logged(const Ledger& ledger) {
  for (const Record& action : ledger.actions)
    if (action.text("action") == "filter" && (action.number("flags") & SECCOMP_FILTER_FLAG_LOG) != 0)
      return true;
  return false;
}

}  // namespace

Result<int> violations(const CommandLine& line) {
  JR_ASSIGN(const Parsed parsed, parse(line, jail_options(), {}, true));
  JR_ASSIGN(const std::string word, one_jail(parsed, "violations"));
  JR_ASSIGN(const JailName jail, find_jail(word, parsed.values));
  JR_ASSIGN(const Ledger ledger, ledger_of(jail));
  if (!has_filter(ledger))
    return input_error("jail " + jail.id +
                       " has no filter of system calls: its pipeline lacks the stage seccomp");
  JR_ASSIGN(std::vector<Violation> all, noted_calls_of(ledger));
  if (!ledger.noted_calls || is_logged(ledger)) {
    JR_ASSIGN(const std::vector<Violation> logged, logged_calls_of(ledger));
    for (const Violation& one : logged)
      if (one.last.verdict != SECCOMP_RET_USER_NOTIF) all.push_back(one);  // noted already
  }
  Table table({"COUNT", "CALL", "OUTCOME", "PID", "PROGRAM", "FIRST", "LAST"});
  JsonArray items(JsonArray::Layout::kOneItemPerLine);
  for (const Violation& one : all) {
    table.add({std::to_string(one.count), one.last.call, outcome(one.last.verdict),
               std::to_string(one.last.pid), one.last.program, utc_time(one.first), utc_time(one.last.time)});
    items.add_raw(JsonObject()
                      .add("count", one.count)
                      .add("call", one.last.call)
                      .add("outcome", outcome(one.last.verdict))
                      .add("pid", one.last.pid)
                      .add("program", one.last.program)
                      .add("first", utc_time(one.first))
                      .add("last", utc_time(one.last.time))
                      .text());
  }
  print(parsed.values.of("json").empty() ? table.text() : items.text() + "\n");
  return 0;
}

}  // namespace jailrun::core::cli
