// SPDX-License-Identifier: Apache-2.0
// The label that a Linux security module gives the program.
#pragma once

#include "core/plan/plan.hpp"
#include "core/sys/fd.hpp"

#include <memory>
#include <string>

namespace jailrun::core {

class LabelAction final : public Action {
 public:
  // `kind`: JR_LABEL_... of plugin.h; `proc`: opened by an action of prepare.
  LabelAction(uint32_t kind, std::string text, std::shared_ptr<UniqueFd> proc)
      : Action(Phase::kEnter), kind_(kind), text_(std::move(text)), proc_(std::move(proc)) {}

  std::string_view verb() const override { return "label"; }
  std::string object() const override;
  Record record() const override;
  // No kCanComeBack: a thread that has asked for a label is not to execute anything else.
  uint32_t traits() const override { return kOnlyRestricts; }
  Result<void> perform(Launch& launch) override;

  uint32_t kind() const { return kind_; }

 private:
  const char* module() const;
  uint32_t kind_;
  std::string text_;
  std::shared_ptr<UniqueFd> proc_;
};

}  // namespace jailrun::core
