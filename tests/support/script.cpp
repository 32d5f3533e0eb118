// SPDX-License-Identifier: Apache-2.0
#include "tests/support/script.hpp"

#include "core/actions/mount.hpp"
#include "core/base/message.hpp"
#include "core/stages/assembly.hpp"
#include "tests/support/cgroup_host_double.hpp"

namespace jailrun::tests {
namespace {

const Script*& current() {
  static const Script* instance = nullptr;
  return instance;
}

class Scripted final : public Stage {
  Result<void> configure(Context& context) override { return current()->configure(context); }
  Result<void> plan(jailrun::Plan& plan) override { return current()->plan(plan); }
};

class Opening final : public Stage {
  Result<void> configure(Context& context) override {
    context.publish("opening.early", "known while configuring");
    return {};
  }
  Result<void> plan(jailrun::Plan& plan) override {
    plan.claim("/base", "name", "id");
    plan.root(on_host("/base/name/id/root"), 0700, {0, 0});
    plan.publish("opening.late", uint64_t{7});
    return {};
  }
};

class Closing final : public Stage {
  Result<void> plan(jailrun::Plan& plan) override {
    plan.exec("/program", {}, {}, 0);
    return {};
  }
};

constexpr Fact kOpeningFacts[] = {Fact::text("opening.early").while_configuring(),
                                  Fact::number("opening.late")};

core::StageDescription described(const jr_stage_descriptor& raw) {
  const jr_stage_descriptor* stages[] = {&raw};
  const jr_plugin plugin = {sizeof plugin, JR_ABI_MINOR, raw.id, raw.version, stages, 1};
  return core::describe_plugin(plugin).value().at(0);
}

// "prepare opening: claim /base/name/id" a line.
Result<std::string> plan_text(const Script& script) {
  const jr_stage_descriptor opening =
      Descriptor("opening", "1", "claims").provides(kOpeningFacts).with_ops(&detail::kOps<Opening>);
  const jr_stage_descriptor scripted =
      script.descriptor.with_ops(script.ops != nullptr ? script.ops : &detail::kOps<Scripted>);
  const jr_stage_descriptor closing =
      Descriptor("closing", "1", "starts").traits(JR_TRAIT_TERMINAL).with_ops(&detail::kOps<Closing>);
  std::vector<core::StageDescription> stages;
  if (script.opens) stages.push_back(described(opening));
  stages.push_back(described(scripted));
  if (script.closes) stages.push_back(described(closing));
  core::Pipeline pipeline;
  for (const core::StageDescription& stage : stages)
    pipeline.config.stages.push_back({std::string(stage.id), "test.conf:1", {}});
  for (size_t i = 0; i < stages.size(); ++i)
    pipeline.stages.push_back({&pipeline.config.stages[i], &stages[i], "in this process"});

  core::Timings timings;
  core::Survey survey;
  const CgroupHostDouble host;
  core::Assembly assembly(pipeline, {}, {"an", "argument"}, host);
  if (script.strict) assembly.be_strict();
  if (script.caller) assembly.be_rootless(*script.caller, "");
  JR_TRY(assembly.configure(timings));
  std::unique_ptr<core::Plan> plan;
  for (int i = 0; i < script.times; ++i) {
    JR_ASSIGN(plan, assembly.plan(survey, timings));
  }
  std::string text;
  plan->each([&](const core::Action& action) {
    // Whether there can be a template depends on the host's mounts.
    if (dynamic_cast<const core::OpenTemplateAction*>(&action) != nullptr) return;
    text.append(action.phase() == core::Phase::kPrepare ? "prepare " : "enter ")
        .append(action.stage())
        .append(": ");
    text.append(action.verb())
        .append(" ")
        .append(action.object())
        .append(alternative_of(action))
        .append("\n");
  });
  return text;
}

}  // namespace

std::string Script::full_plan() const {
  current() = this;
  const Result<std::string> text = plan_text(*this);
  return text ? text.value() : "refused: " + core::message(text.error());
}

std::string Script::planned() const {
  std::string rest = full_plan();
  if (rest.compare(0, 9, "refused: ") == 0) return rest;
  std::string own;
  for (size_t end = 0; (end = rest.find('\n')) != std::string::npos; rest.erase(0, end + 1)) {
    std::string line = rest.substr(0, end + 1);
    if (const size_t at = line.find(" scripted: "); at != std::string::npos) own += line.replace(at, 11, " ");
  }
  return own;
}

Script script(const PlanFunction& plan) {
  Script script;
  script.plan = [=](jailrun::Plan& given) -> Result<void> {
    plan(given);
    return {};
  };
  return script;
}

}  // namespace jailrun::tests
