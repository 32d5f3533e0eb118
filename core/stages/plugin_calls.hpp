// SPDX-License-Identifier: Apache-2.0
// Releases a dead launch's `call` actions, and hands commands to those of a jail that stands, through the
// plugins that made them, in a process that is not the launch.
#pragma once

#include "core/ledger/read.hpp"
#include "core/plan/site.hpp"
#include "core/plugin/loader.hpp"
#include "core/plugin/trust.hpp"

#include <map>
#include <memory>

namespace jailrun::core {

class PluginCalls final : public StageCalls, public SlotStore {
 public:
  // Both are lent.
  PluginCalls(const Ledger& ledger, Site& site);
  PluginCalls(const PluginCalls&) = delete;
  PluginCalls& operator=(const PluginCalls&) = delete;
  ~PluginCalls() override;

  Result<void> perform(const std::string& stage, std::string_view name, std::string_view payload) override;
  // Loads the plugin that the ledger names, by the same rules of trust as a launch.
  Result<void> release(const std::string& stage, std::string_view name, std::string_view payload,
                       uint32_t why) override;
  // What an operator asks of the jail that stands. False: another call of the stage is meant.
  Result<bool> command(const std::string& stage, const std::string& verb,
                       const std::vector<std::string>& words, const std::string& name,
                       const std::string& payload);

  Result<void> set(const std::string& name, std::string_view value) override;
  const std::string* find(const std::string& name) const override;

 private:
  struct Member;
  Result<Member*> member(const std::string& stage);

  const Ledger& ledger_;
  Site& site_;
  Trust trust_;
  Loader loader_;
  std::map<std::string, std::unique_ptr<Member>> members_;
};

}  // namespace jailrun::core
