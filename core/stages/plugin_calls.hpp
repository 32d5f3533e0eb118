// SPDX-License-Identifier: Apache-2.0
// Releases a jail's `call` actions, and passes commands to them, through the plugins that planned them, in a
// process that is not the launch.
#pragma once

#include "core/ledger/read.hpp"
#include "core/plan/stage_calls.hpp"
#include "core/plugin/loader.hpp"
#include "core/plugin/trust.hpp"

#include <map>
#include <memory>

namespace jailrun::core {

class PluginCalls final : public StageCalls, public SlotStore {
 public:
  // The ledger is borrowed.
  explicit PluginCalls(const Ledger& ledger);
  PluginCalls(const PluginCalls&) = delete;
  PluginCalls& operator=(const PluginCalls&) = delete;
  ~PluginCalls() override;

  Result<void> perform(const StageCall& call, const CallContext& context) override;
  // Loads the plugin that the ledger names, by the same rules of trust as a launch.
  Result<void> release(const StageCall& call, const CallContext& context, uint32_t reason) override;
  // An operator's command to the jail. False: another call of the stage is meant.
  Result<bool> command(const StageCall& call, const std::string& verb, const std::vector<std::string>& words);

  Result<void> set(const std::string& name, std::string_view value) override;
  const std::string* find(const std::string& name) const override;

 private:
  struct Member;
  Result<Member*> member(const std::string& stage);

  const Ledger& ledger_;
  Trust trust_;
  Loader loader_;
  std::map<std::string, std::unique_ptr<Member>> members_;
};

}  // namespace jailrun::core
