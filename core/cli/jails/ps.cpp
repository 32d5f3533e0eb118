// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/jails/find_jail.hpp"
#include "core/cli/jails/show.hpp"
#include "core/cli/output.hpp"
#include "core/cli/table.hpp"
#include "core/host/host_index.hpp"
#include "core/jails/broken.hpp"
#include "core/jails/find.hpp"
#include "core/ledger/status.hpp"

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

// A jail whose ledger can't be obeyed or read is there all the same, and its program may be running.
std::string as_json(const JailName& jail, const std::string& why, pid_t pid) {
  return JsonObject()
      .add("id", jail.id)
      .add("name", jail.name)
      .add("state", "broken")
      .add("pid", pid)
      .add("why", why)
      .add("directory", jail.directory())
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
  const auto add_broken = [&](const JailName& jail, const std::string& why) {
    const pid_t pid = occupant_of(jail);
    table.add(
        {jail.id, jail.name, "broken", pid == 0 ? "-" : std::to_string(pid), "-", "-", jail.directory()});
    list.add_raw(as_json(jail, why, pid));
  };
  for (const std::string& base : known_bases(parsed.values)) {
    for (const JailName& jail : list_lost_jails(base)) {
      const std::string why = jail.directory() + " has no ledger, and a process in its root";
      log::warning(why);
      add_broken(jail, why);
    }
    for (const JailName& jail : list_jails(base)) {
      const Result<Ledger> ledger = ledger_of(jail);
      if (!ledger) {
        const int reason = ledger.error().error_number;
        if (reason == ENOENT) continue;  // removed just now
        const std::string why = message(broken(jail, ledger.error()));
        log::warning(why);
        if (reason == EACCES) continue;  // not for this user to read
        add_broken(jail, why);
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
