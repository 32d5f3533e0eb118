// SPDX-License-Identifier: Apache-2.0
#include "core/ledger/read.hpp"

#include "core/ledger/slots.hpp"
#include "core/sys/paths.hpp"

#include <cerrno>

#include <fcntl.h>

namespace jailrun::core {
namespace {

constexpr size_t kLargestLedger = 64UL << 20;

void take_line(Ledger& ledger, std::string_view kind, const Record& record) {
  if (kind == "jail") ledger.jail = {record.text("base"), record.text("name"), record.text("id")};
  if (kind == "launch") {
    ledger.token = record.text("token");
    ledger.pipeline = record.text("pipeline");
    ledger.time = record.number("time");
  }
  if (kind == "plugin") ledger.plugins[record.text("stage")] = {record.text("path"), record.text("version")};
  if (kind == "action") ledger.actions.push_back(record);
  if (kind == "slot") ledger.slots[record.text("name")] = record.text("value");
  if (kind != "process" && kind != "supervisor") return;
  const ProcessNote note = {static_cast<pid_t>(record.number("pid")), record.number("start"),
                            record.text("boot")};
  (kind == "process" ? ledger.process : ledger.supervisor) = note;
}

}  // namespace

Result<Ledger> read_ledger(int jail_directory, const JailName& jail) {
  const std::string path = jail.directory() + "/" + kLedgerName;
  const UniqueFd fd(openat(jail_directory, kLedgerName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return system_error(errno, "open " + path);
  JR_ASSIGN(const std::string text, sys::read_all(fd.get(), path, kLargestLedger));
  std::string_view rest = text;
  if (rest.compare(0, 25, "jailrun-ledger version=1\n") != 0)
    return input_error(path + " is no ledger that this jailrun can read");
  Ledger ledger;
  for (size_t end = 0; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
    const std::string_view line = rest.substr(0, end);
    const size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    const Result<Record> record = decode(line.substr(space + 1));
    if (!record) return input_error(path + ": " + record.error().sentence);
    take_line(ledger, line.substr(0, space), record.value());
  }
  ledger.jail = jail;  // where it stands is what counts, should the directory have been moved
  return ledger;
}

}  // namespace jailrun::core
