// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/jails/find_jail.hpp"
#include "core/cli/jails/operands.hpp"
#include "core/cli/output.hpp"
#include "core/host/host_index.hpp"
#include "core/ledger/status.hpp"
#include "core/sys/fd.hpp"
#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::core::cli {
namespace {

// The reports of supervised programs that have exited, for this id and, if it is given, name.
std::vector<std::string> reports_on(const std::string& word) {
  const size_t slash = word.find('/');
  const std::string id =
      "\"id\":" + json_string(slash == std::string::npos ? word : word.substr(slash + 1)) + ",";
  const std::string name =
      slash == std::string::npos ? "" : "\"name\":" + json_string(word.substr(0, slash)) + ",";
  std::vector<std::string> reports;
  for (const std::string& file : exit_files()) {
    const Result<std::string> report = sys::read_small(file);
    if (report && report.value().find(id) != std::string::npos &&
        report.value().find(name) != std::string::npos)
      reports.push_back(report.value());
  }
  return reports;
}

// Returns when the jail is dead; an error if it still is alive at `deadline`. 0: no deadline.
Result<void> wait_for(const JailName& jail, time_t deadline) {
  for (;;) {
    const Result<Ledger> ledger = ledger_of(jail);
    if (!ledger) return ledger.error().error_number == ENOENT ? Result<void>{} : ledger.error();
    const JailStatus now = jail_status(ledger.value());
    // A supervisor runs until it has reported and removed the jail.
    const bool is_supervised = is_alive(ledger.value().supervisor);
    if (now.state == State::kDead && !is_supervised) return {};
    const pid_t pid = now.state == State::kAlive ? now.pid : ledger.value().supervisor->pid;
    const time_t left = deadline - time(nullptr);
    if (deadline != 0 && left <= 0)
      return input_error("jail " + jail.id + " is still alive: pid " + std::to_string(pid));
    const UniqueFd process = sys::open_pidfd(pid);
    pollfd exited = {process.get(), POLLIN, 0};
    if (process)
      (void)poll(&exited, 1, deadline == 0 ? -1 : static_cast<int>(std::min<time_t>(left, 3600) * 1000));
  }
}

}  // namespace

Result<int> wait(const CommandLine& line) {
  JR_ASSIGN(const Parsed parsed, parse(line, jail_options(), {}, true));
  JR_ASSIGN(const std::string word, one_jail(parsed, "wait"));
  JR_ASSIGN(const int timeout, seconds_of(parsed.values, "timeout", -1));
  const Result<JailName> jail = find_jail(word, parsed.values);
  if (!jail && reports_on(word).empty()) return jail.error();
  if (jail) JR_TRY(wait_for(jail.value(), timeout < 0 ? 0 : time(nullptr) + timeout));
  for (const std::string& report : reports_on(word)) print(report);
  return 0;
}

}  // namespace jailrun::core::cli
