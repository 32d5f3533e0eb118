// SPDX-License-Identifier: Apache-2.0
#include "core/jails/tell.hpp"

#include "core/base/text.hpp"
#include "core/jails/find.hpp"
#include "core/ledger/read.hpp"
#include "core/stages/plugin_calls.hpp"

namespace jailrun::core {

Result<void> tell_jail(const JailName& jail, const std::string& stage, const std::string& verb,
                       const std::vector<std::string>& words) {
  JR_ASSIGN(const LockedJail locked, lock_jail(jail));
  JR_ASSIGN(const Ledger ledger, read_ledger(locked.directory.get(), jail));
  PluginCalls calls(ledger);
  std::vector<std::string> names;
  for (const StageCall& call : ledger.calls) {
    if (call.stage != stage) continue;
    names.push_back(call.name);
    JR_ASSIGN(const bool is_done, calls.command(call, verb, words));
    if (is_done) return {};
  }
  if (names.empty())
    return input_error("jail " + jail.id + " has nothing of stage " + stage + " that takes commands");
  std::string said = verb;
  for (const std::string& word : words) said += " " + word;
  return input_error("jail " + jail.id + " has nothing of stage " + stage + " that takes '" + said +
                     "'; it has " + joined(names, ", "));
}

}  // namespace jailrun::core
