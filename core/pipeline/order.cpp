// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/order.hpp"

#include "core/pipeline/builtin_options.hpp"
#include "core/plugin/jail_facts.hpp"

#include <algorithm>
#include <string_view>

namespace jailrun::core {
namespace {

class OrderCheck {
 public:
  OrderCheck(const std::string& file, const std::vector<OrderedStage>& stages, std::vector<Finding>& findings)
      : file_(file), stages_(stages), findings_(findings) {}

  void run() {
    for (size_t i = 0; i < stages_.size(); ++i) {
      check_neighbours(i);
      check_facts(i);
      check_traits(i);
    }
    if (std::none_of(stages_.begin(), stages_.end(),
                     [](const auto& one) { return one.stage->has_trait(JR_TRAIT_TERMINAL); }))
      findings_.push_back({file_, "no stage starts the program; the last stage must, such as exec"});
  }

 private:
  size_t position(std::string_view id) const {
    const auto same = [&](const OrderedStage& one) { return one.stage->id == id; };
    return static_cast<size_t>(std::find_if(stages_.begin(), stages_.end(), same) - stages_.begin());
  }

  void check_neighbours(size_t i) {
    const StageDescription& stage = *stages_[i].stage;
    for (const std::string_view other : stage.after)
      if (position(other) < stages_.size() && position(other) > i) fault(i, "must come after ", other);
    for (const std::string_view other : stage.before)
      if (position(other) < i) fault(i, "must come before ", other);
    for (const std::string_view other : stage.conflicts)
      if (position(other) < stages_.size()) fault(i, "can't be in one pipeline with ", other);
    for (const OptionDescription& option : stage.options)
      if (is_builtin_option(option.name))
        fault(i, "declares --" + std::string(option.name) + ", which is one of jailrun's own options", "");
    // Two stages may share an option only if they declare the same.
    for (size_t j = 0; j < i; ++j)
      for (const OptionDescription& option : stage.options)
        if (const OptionDescription* twin = stages_[j].stage->option(option.name);
            twin != nullptr && !(*twin == option))
          fault(i, "declares --" + std::string(option.name) + " differently from stage ",
                stages_[j].stage->id);
  }

  void check_facts(size_t i) {
    const StageDescription& stage = *stages_[i].stage;
    for (const FactDescription& wanted : stage.consumes) {
      const size_t provider = provider_of(wanted.name);
      if (provider == stages_.size()) {
        if (!wanted.is_optional())
          fault(i, "needs the fact " + std::string(wanted.name) + ", which no stage provides", "");
        continue;
      }
      const FactDescription& given = fact_of(provider, wanted.name);
      if (given.type != wanted.type)
        fault(i,
              "expects another type of the fact " + std::string(wanted.name) +
                  " than the stage that provides it, ",
              stages_[provider].stage->id);
      if (provider > i && !given.is_configured())
        fault(i,
              "needs the fact " + std::string(wanted.name) +
                  " and must come after the stage that provides it, ",
              stages_[provider].stage->id);
    }
    for (const FactDescription& given : stage.provides)
      if (is_foreign_jail_fact(given.name))
        fault(i, "provides the fact " + std::string(given.name) + ", whose name begins as jailrun's own do",
              "");
    for (const FactDescription& given : stage.provides)
      if (const size_t first = provider_of(given.name); first < i)
        fault(i, "provides the fact " + std::string(given.name) + ", as does ", stages_[first].stage->id);
  }

  void check_traits(size_t i) {
    const StageDescription& stage = *stages_[i].stage;
    if (stage.has_trait(JR_TRAIT_TERMINAL) && i + 1 < stages_.size())
      fault(i, "starts the program and must be last, but is followed by ", stages_[i + 1].stage->id);
    for (size_t j = 0; j < i; ++j) {
      const StageDescription& earlier = *stages_[j].stage;
      if (earlier.has_trait(JR_TRAIT_CHANGES_ROOT) && stage.has_trait(JR_TRAIT_CHANGES_ROOT))
        fault(i, "changes the root, as does ", earlier.id);
      if (earlier.has_trait(JR_TRAIT_RESTRICTS) && !stage.has_trait(JR_TRAIT_RESTRICTS) &&
          !stage.has_trait(JR_TRAIT_TERMINAL))
        fault(i, "must come before " + std::string(earlier.id) + ", which restricts the process", "");
      if (earlier.has_trait(JR_TRAIT_DROPS_PRIVILEGE) && stage.capabilities != 0)
        fault(i, "needs capabilities and must come before the stage that drops them, ", earlier.id);
    }
  }

  size_t provider_of(std::string_view fact) const {
    const auto provides = [&](const OrderedStage& one) {
      const auto& facts = one.stage->provides;
      return std::any_of(facts.begin(), facts.end(),
                         [&](const FactDescription& given) { return given.name == fact; });
    };
    return static_cast<size_t>(std::find_if(stages_.begin(), stages_.end(), provides) - stages_.begin());
  }
  const FactDescription& fact_of(size_t provider, std::string_view name) const {
    const auto& facts = stages_[provider].stage->provides;
    return *std::find_if(facts.begin(), facts.end(),
                         [&](const FactDescription& given) { return given.name == name; });
  }
  void fault(size_t i, const std::string& what, std::string_view other) {
    findings_.push_back(
        {stages_[i].where, "stage " + std::string(stages_[i].stage->id) + " " + what + std::string(other)});
  }

  const std::string& file_;
  const std::vector<OrderedStage>& stages_;
  std::vector<Finding>& findings_;
};

}  // namespace

void check_order(const std::string& file, const std::vector<OrderedStage>& stages,
                 std::vector<Finding>& findings) {
  OrderCheck(file, stages, findings).run();
}

}  // namespace jailrun::core
