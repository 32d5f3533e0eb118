// SPDX-License-Identifier: Apache-2.0
#include "core/ledger/read.hpp"

#include "core/ledger/open_jail.hpp"
#include "core/ledger/slots.hpp"
#include "core/sys/paths.hpp"

#include <algorithm>
#include <cstdlib>

namespace jailrun::core {
namespace {

constexpr size_t kLargestLedger = 64UL << 20;

Token token_of(const std::string& digits) {
  Token token = {};
  for (size_t i = 0; i < token.size() && 2 * i + 1 < digits.size(); ++i)
    token[i] = static_cast<uint8_t>(std::strtoul(digits.substr(2 * i, 2).c_str(), nullptr, 16));
  return token;
}

// What the rest of jailrun wants to know about an action without making one of it.
void read_action(Ledger& ledger, const Record& record) {
  const std::string& verb = record.text("action");
  if (verb == "open-cgroup" && record.number("shared") == 0)
    ledger.own_cgroups.push_back(record.text("path"));
  if (verb == "call")
    ledger.calls.push_back({record.text("stage"), record.text("name"), record.text("payload")});
  if (verb == "root" && record.text("existed") == "yes") ledger.is_root_callers = true;
}

// A root that appeared between survey and claim is noted in a slot, which comes after the actions.
bool appeared_root(const Ledger& ledger) {
  return std::any_of(ledger.actions.begin(), ledger.actions.end(), [&](const Record& record) {
    return record.text("action") == "root" && ledger.slots.count(existed_slot(record.text("path"))) > 0;
  });
}

// `planned`: how many actions there are to be.
void read_line(Ledger& ledger, std::string_view kind, const Record& record, uint64_t& planned) {
  if (kind == "jail") ledger.jail = {record.text("base"), record.text("name"), record.text("id")};
  if (kind == "launch") {
    ledger.token = token_of(record.text("token"));
    ledger.pipeline = record.text("pipeline");
    ledger.time = record.number("time");
    planned = record.number("actions");
  }
  if (kind == "plugin") ledger.plugins[record.text("stage")] = {record.text("path"), record.text("version")};
  if (kind == "action") {
    read_action(ledger, record);
    ledger.actions.push_back(record);
  }
  if (kind == "slot") ledger.slots[record.text("name")] = record.text("value");
  if (kind != "process" && kind != "supervisor") return;
  const ProcessIdentity identity = {static_cast<pid_t>(record.number("pid")), record.number("start"),
                                    record.text("boot"), record.number("noted")};
  (kind == "process" ? ledger.process : ledger.supervisor) = identity;
  if (!record.text("noted-calls").empty())
    ledger.noted_calls = static_cast<int>(record.number("noted-calls"));
}

}  // namespace

Result<Ledger> read_ledger(int jail_directory, const JailName& jail) {
  const std::string path = jail.directory() + "/" + kLedgerName;
  JR_ASSIGN(const UniqueFd fd, open_ledger(jail_directory, jail));
  JR_ASSIGN(const std::string text, sys::read_all(fd.get(), path, kLargestLedger));
  std::string_view rest = text;
  if (rest.compare(0, 25, "jailrun-ledger version=1\n") != 0)
    return input_error(path + " is not a ledger that this jailrun can read");
  Ledger ledger;
  uint64_t planned = 0;
  for (size_t end = 0; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
    const std::string_view line = rest.substr(0, end);
    const size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    const Result<Record> record = decode(line.substr(space + 1));
    if (!record) return input_error(path + ": " + record.error().sentence);
    read_line(ledger, line.substr(0, space), record.value(), planned);
  }
  if (planned > ledger.actions.size())
    return input_error(path + " is cut: it has " + std::to_string(ledger.actions.size()) + " of " +
                       std::to_string(planned) + " actions");
  ledger.is_root_callers = ledger.is_root_callers || appeared_root(ledger);
  ledger.jail = jail;  // where the ledger is counts: the directory may have been moved
  return ledger;
}

}  // namespace jailrun::core
