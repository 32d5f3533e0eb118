// SPDX-License-Identifier: Apache-2.0
// The plan: every action of one launch, in order, known before the first is done.
#pragma once

#include "core/plan/action.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace jailrun::core {

class Plan {
 public:
  using Actions = std::vector<std::unique_ptr<Action>>;

  void append(std::unique_ptr<Action> action) {
    (action->phase() == Phase::kPrepare ? prepare_ : enter_).push_back(std::move(action));
  }
  void append_all(Plan other) {
    for (auto& action : other.prepare_) prepare_.push_back(std::move(action));
    for (auto& action : other.enter_) enter_.push_back(std::move(action));
  }
  // All actions, in their order, to be appended anew.
  Actions take_all() {
    Actions all = std::exchange(prepare_, {});
    for (auto& action : enter_) all.push_back(std::move(action));
    enter_.clear();
    return all;
  }
  // For people, who are shown the plan: what it does not isolate.
  std::vector<std::string> notes;

  const Actions& prepare() const { return prepare_; }
  const Actions& enter() const { return enter_; }

  // Whether an action of enter has one of these traits.
  bool enters_with(uint32_t traits) const {
    return std::any_of(enter_.begin(), enter_.end(),
                       [&](const auto& action) { return (action->traits() & traits) != 0; });
  }
  // The actions of enter that are of this class.
  template <class T>
  std::vector<const T*> entering() const {
    std::vector<const T*> found;
    for (const auto& action : enter_)
      if (const auto* one = dynamic_cast<const T*>(action.get())) found.push_back(one);
    return found;
  }

  // Both phases, in the order in which they are performed.
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& action : prepare_) visit(*action);
    for (const auto& action : enter_) visit(*action);
  }

 private:
  Actions prepare_;
  Actions enter_;
};

}  // namespace jailrun::core
