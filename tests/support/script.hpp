// SPDX-License-Identifier: Apache-2.0
// A pipeline of three stages in this process: one that claims a jail and plans its root, one that does what a
// test says, and one that starts a program.
#pragma once

#include <jailrun/stage.hpp>

#include <functional>
#include <optional>
#include <string>

namespace jailrun::tests {

struct Script {
  std::function<Result<void>(Context&)> configure = [](Context&) -> Result<void> { return {}; };
  std::function<Result<void>(jailrun::Plan&)> plan = [](jailrun::Plan&) -> Result<void> { return {}; };
  // The scripted stage's, and whether the two others are there.
  Descriptor descriptor = Descriptor("scripted", "1.0.0", "does what a test says");
  bool opens = true;
  bool closes = true;
  // With these functions in place of a C++ stage's, where not null.
  const jr_stage_ops* ops = nullptr;
  bool strict = false;
  std::optional<jr_owner> caller{};  // who is not root; then the scripted stage plans a user namespace
  int times = 1;                     // how often all stages plan

  // The scripted stage's actions, one line each, or "refused: ...".
  std::string planned() const;
  // Those of all stages.
  std::string full_plan() const;
};

// One whose stage plans that and succeeds.
using PlanFunction = std::function<void(jailrun::Plan&)>;
Script script(const PlanFunction& plan);
inline std::string planned(const PlanFunction& plan) { return script(plan).planned(); }

// As planned() gives it.
inline std::string refused(const std::string& sentence) { return "refused: stage scripted: " + sentence; }

}  // namespace jailrun::tests
