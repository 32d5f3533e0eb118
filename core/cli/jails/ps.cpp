// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/jails/find_jail.hpp"
#include "core/cli/jails/show.hpp"
#include "core/cli/output.hpp"
#include "core/cli/table.hpp"
#include "core/host/host_index.hpp"
#include "core/jails/find.hpp"

#include <cerrno>

namespace jailrun::core::cli {
namespace {

int list_host() {
  for (const std::string& file : index_files()) print(file + "\n");
  return 0;
}

std::string as_json(const Ledger& ledger, const JailStatus& now) {
  return JsonObject()
      .add("id", ledger.jail.id)
      .add("name", ledger.jail.name)
      .add("state", state_word(now.state))
      .add("pid", now.pid)
      .add("since", utc_time(ledger.time))
      .add("pipeline", ledger.pipeline)
      .add("directory", ledger.jail.directory())
      .text();
}

std::vector<std::string> as_row(const Ledger& ledger, const JailStatus& now) {
  return {ledger.jail.id,         ledger.jail.name,
          state_word(now.state),  now.pid == 0 ? "-" : std::to_string(now.pid),
          utc_time(ledger.time),  ledger.pipeline,
          ledger.jail.directory()};
}

}  // namespace

Result<int> ps(const CommandLine& line) {
  JR_ASSIGN(const Parsed parsed, parse(line, jail_options(), {}, false));
  if (!parsed.values.of("host").empty()) return list_host();
  Table table({"ID", "NAME", "STATE", "PID", "SINCE", "PIPELINE", "DIRECTORY"});
  JsonArray list(JsonArray::Layout::kOneItemPerLine);
  for (const std::string& base : known_bases(parsed.values)) {
    for (const JailName& jail : list_jails(base)) {
      const Result<Ledger> ledger = ledger_of(jail);
      if (!ledger) {
        const bool was_removed = ledger.error().error_number == ENOENT;  // just now
        if (!was_removed) log::warning(message(ledger.error()));
        continue;
      }
      const JailStatus now = jail_status(ledger.value());
      table.add(as_row(ledger.value(), now));
      list.add_raw(as_json(ledger.value(), now));
    }
  }
  print(parsed.values.of("json").empty() ? table.text() : list.text() + "\n");
  return 0;
}

}  // namespace jailrun::core::cli
