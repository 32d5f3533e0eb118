// SPDX-License-Identifier: Apache-2.0
#include "core/jails/tell.hpp"

#include "core/jails/find.hpp"
#include "core/ledger/read.hpp"
#include "core/plan/site.hpp"
#include "core/stages/plugin_calls.hpp"

namespace jailrun::core {

Result<void> tell_jail(const JailName& jail, const std::string& stage, const std::string& verb,
                       const std::vector<std::string>& words) {
  Site site;
  site.jail = jail;
  JR_ASSIGN(site.claim, lock_jail(jail));
  JR_ASSIGN(const Ledger ledger, read_ledger(site.claim.get(), jail));
  PluginCalls calls(ledger, site);
  site.slots = &calls;
  bool has_calls = false;
  for (const Record& action : ledger.actions) {
    if (action.text("action") != "call" || action.text("stage") != stage) continue;
    has_calls = true;
    JR_ASSIGN(const bool is_done,
              calls.command(stage, verb, words, action.text("name"), action.text("payload")));
    if (is_done) return {};
  }
  if (!has_calls)
    return input_error("jail " + jail.id + " has nothing that stage " + stage + " could be told about");
  std::string said = verb;
  for (const std::string& word : words) said += " " + word;
  return input_error("jail " + jail.id + " has nothing of stage " + stage + " that '" + said + "' is about");
}

}  // namespace jailrun::core
