// SPDX-License-Identifier: Apache-2.0
#include "core/stages/assembly.hpp"

#include "core/actions/process/credentials.hpp"
#include "core/base/log.hpp"
#include "core/base/message.hpp"
#include "core/plan/capabilities.hpp"
#include "core/stages/attribute_check.hpp"
#include "core/stages/cgroup_requests.hpp"
#include "core/stages/context.hpp"
#include "core/stages/filter_check.hpp"
#include "core/stages/jail_devices.hpp"
#include "core/stages/landlock_check.hpp"
#include "core/stages/namespace_check.hpp"
#include "core/stages/rootless.hpp"
#include "core/stages/strict.hpp"
#include "core/stages/time_limit_check.hpp"
#include "core/sys/process.hpp"
#include "jailrun/strings.hpp"

#include <algorithm>

namespace jailrun::core {

// A function of a stage: its name, and what the stage is doing in it.
struct Assembly::Step {
  const char* call;
  const char* doing;
  static const Step kConfigure;
  static const Step kPlan;
  static const Step kPerform;
  static const Step kRelease;
};
constexpr Assembly::Step Assembly::Step::kConfigure = {"configure", "configuring"};
constexpr Assembly::Step Assembly::Step::kPlan = {"plan", "planning"};
constexpr Assembly::Step Assembly::Step::kPerform = {"perform", "performing"};
constexpr Assembly::Step Assembly::Step::kRelease = {"release", "releasing"};

struct Assembly::Member {
  const StageDescription* description;
  jr_stage* instance;
  jr_ctx ctx;
  Plan part;
  std::string id() const { return std::string(description->id); }
};

Assembly::Assembly(const Pipeline& pipeline, OptionValues options, std::vector<std::string> arguments,
                   const CgroupHost& cgroup_host)
    : pipeline_(pipeline),
      options_(std::move(options)),
      arguments_(std::move(arguments)),
      cgroup_host_(cgroup_host) {
  for (const std::string& argument : arguments_) argument_list_.push_back(to_str(argument));
}

Assembly::~Assembly() {
  for (const auto& member : members_)
    if (member->instance != nullptr && member->description->ops.destroy != nullptr)
      member->description->ops.destroy(member->instance);
}

template <class Function>
Result<void> Assembly::enter(Member& member, const Step& step, Function function) {
  const log::Scope scope(member.description->id, step.call);
  const bool is_logged = log::is_on(JR_LOG_DEBUG);
  const uint64_t began = is_logged ? sys::microseconds(CLOCK_MONOTONIC) : 0;
  Result<void> done = enter_strictly(member, step, function);
  if (!done) scope.fail();
  if (is_logged)
    log::debug("stage " + member.id() + ": " + step.call + (done ? " took " : " failed after ") +
               std::to_string(sys::microseconds(CLOCK_MONOTONIC) - began) + " us");
  return done;
}

template <class Function>
Result<void> Assembly::enter_strictly(Member& member, const Step& step, Function function) {
  if (strict_ && !proc_) {
    JR_ASSIGN(proc_, open_proc());
  }
  const ProcessState before = strict_ ? ProcessState::now(proc_.get()) : ProcessState{};
  JR_TRY(member.ctx.guarded(step.doing, [&] { return function(member.instance, &member.ctx); }));
  if (!strict_) return {};
  const std::string changed = before.difference(ProcessState::now(proc_.get()));
  if (!changed.empty())
    return internal_error("stage " + member.id() + " changed " + changed +
                          " of the runner, which no stage is allowed to do");
  return {};
}

Result<void> Assembly::create_all() {
  watch_exit();
  for (const PipelineStage& stage : pipeline_.stages) {
    auto member = std::make_unique<Member>();
    member->description = stage.description;
    member->ctx.stage = stage.description;
    member->ctx.options = &options_;
    member->ctx.arguments = &argument_list_;
    member->ctx.facts = &facts_;
    member->ctx.cgroup_host = &cgroup_host_;
    {
      const AtWork at_work("stage", stage.description->id, "being created");
      member->instance = stage.description->ops.create(host_functions());
    }
    if (member->instance == nullptr) return internal_error("stage " + member->id() + " could not be created");
    members_.push_back(std::move(member));
  }
  return {};
}

Result<void> Assembly::configure(Timings& timings) {
  std::vector<Finding> findings;
  for (const PipelineStage& stage : pipeline_.stages)
    options_.fill_from(*stage.section, *stage.description, findings);
  for (const PipelineStage& stage : pipeline_.stages) options_.fill_defaults(*stage.description);
  for (const PipelineStage& stage : pipeline_.stages) options_.resolve_accounts(*stage.description, findings);
  if (!findings.empty()) return input_error(findings.front().text());
  for (const PipelineStage& stage : pipeline_.stages) options_.validate(*stage.description, findings);
  if (!findings.empty()) return input_error(findings.front().text());
  JR_TRY(create_all());
  timings.charge("start-up", Timings::kConfigure);
  for (const auto& member : members_) {
    const auto configure = member->description->ops.configure;
    if (configure != nullptr)
      JR_TRY(enter(*member, Step::kConfigure,
                   [&](jr_stage* stage, jr_ctx* ctx) { return configure(stage, ctx); }));
    timings.charge(member->id(), Timings::kConfigure);
  }
  return {};
}

Result<std::unique_ptr<Plan>> Assembly::plan(Survey& survey, Timings& timings) {
  Draft draft;
  CgroupRequests cgroups(cgroup_host_);
  draft.cgroups = &cgroups;
  draft.sole_owner = caller_;
  if (const Facts::Value* id = facts_.find("jail.id")) draft.jail_id = std::get<std::string>(*id);
  survey.jail.name.id = draft.jail_id;
  log::set_jail(draft.jail_id);
  facts_.rewind();
  if (supervised_) {
    draft.before_limits.push_back(std::make_unique<DeathSignalAction>());
    draft.before_limits.back()->set_stage("jailrun");
  }
  const Member* joins_cgroups = nullptr;  // the first stage that asks for one
  for (const auto& member : members_) {
    member->part = Plan();
    draft.part = &member->part;
    member->ctx.draft = &draft;
    member->ctx.enter({survey.jail.token, nullptr});
    const bool none_before = cgroups.empty();
    JR_TRY(enter(*member, Step::kPlan, [&](jr_stage* stage, jr_ctx* ctx) {
      return member->description->ops.plan(stage, ctx, action_functions());
    }));
    member->ctx.draft = nullptr;
    if (draft.choice != nullptr)
      return internal_error("stage " + member->id() + ": first_of has no end_first_of");
    if (none_before && !cgroups.empty()) joins_cgroups = member.get();
    timings.charge(member->id(), Timings::kPlan);
  }
  if (!draft.claimed)
    return internal_error(
        "no stage claims the jail's name, so nothing could be rolled back: validate-id does");
  if (!draft.has_exec) return internal_error("no stage plans to start a program");
  auto plan = std::make_unique<Plan>();
  for (const auto& member : members_) {
    plan->append_all(std::move(member->part));
    if (member.get() == joins_cgroups) JR_TRY(cgroups.append_to(*plan));
  }
  if (draft.device_rules_planned != nullptr) allow_nodes(*plan, *draft.device_rules_planned);
  if (caller_) JR_TRY(make_rootless(*plan));
  const std::function<std::string(const std::string&)> by_name = [this](const std::string& stage) {
    return named(stage);
  };
  JR_TRY(check_filters(*plan, supervised_, by_name));
  JR_TRY(check_namespaces(*plan, by_name));
  JR_TRY(check_attributes(*plan, supervised_, by_name));
  JR_TRY(check_time_limit(*plan, supervised_, by_name));
  Result<void> surveyed;
  plan->each([&](Action& action) {
    if (surveyed && action.filesystem().empty()) surveyed = action.survey(survey);
  });
  JR_TRY(std::move(surveyed));
  JR_TRY(check_landlock(*plan, survey, draft.is_root_mounted));
  timings.charge("survey", Timings::kPlan);
  return plan;
}

// By what it tells the others, a site's own stage in the place of user-namespace is known as well.
void Assembly::be_rootless(jr_owner caller, const std::string& base) {
  const auto makes_user_namespace = [](const PipelineStage& stage) {
    const auto& facts = stage.description->provides;
    return std::any_of(facts.begin(), facts.end(),
                       [](const auto& fact) { return fact.name == "user-namespace.uid"; });
  };
  if (std::none_of(pipeline_.stages.begin(), pipeline_.stages.end(), makes_user_namespace)) return;
  caller_ = caller;
  if (!base.empty()) options_.fill_default("chroot-base-dir", base);
}

Result<void> Assembly::make_rootless(Plan& plan) {
  return core::make_rootless(
      plan, *caller_, [this](const std::string& stage) { return named(stage); },
      [this](const std::string& stage) {
        const Member* const owner = member(stage);
        return owner == nullptr ? 0 : owner->description->capabilities;
      });
}

// With where the first of its options comes from, if any was given.
std::string Assembly::named(const std::string& stage) const {
  for (const auto& member : members_) {
    if (member->description->id != stage) continue;
    for (const OptionDescription& option : member->description->options)
      for (const OptionValue& value : options_.of(option.name))
        if (value.origin.rfind("default of ", 0) != 0) return stage + " (" + value.origin + ")";
  }
  return stage;
}

uint64_t Assembly::capabilities(const Plan& plan) const {
  if (caller_) return 0;
  const bool is_roots = keeps_root(plan);
  uint64_t all = 0;
  plan.each([&](const Action& action) {
    all |= action.capabilities(is_roots);
    if (!action.has(kPerformedByStage)) return;
    for (const auto& member : members_)
      if (member->description->id == action.stage()) all |= member->description->capabilities;
  });
  return all;
}

Assembly::Member* Assembly::member(const std::string& id) {
  for (const auto& member : members_)
    if (member->description->id == id) return member.get();
  return nullptr;
}

Result<void> Assembly::perform(const StageCall& call, const CallContext& context) {
  Member* const owner = member(call.stage);
  if (owner == nullptr || owner->description->ops.perform == nullptr)
    return internal_error("stage " + call.stage + " has no function to perform calls");
  owner->ctx.enter(context);
  return enter(*owner, Step::kPerform, [&](jr_stage* instance, jr_ctx* ctx) {
    return owner->description->ops.perform(instance, ctx, to_str(call.name),
                                           {call.payload.data(), call.payload.size()});
  });
}

Result<void> Assembly::release(const StageCall& call, const CallContext& context, uint32_t reason) {
  Member* const owner = member(call.stage);
  if (owner == nullptr || owner->description->ops.release == nullptr) return {};
  owner->ctx.enter(context);
  return enter(*owner, Step::kRelease, [&](jr_stage* instance, jr_ctx* ctx) {
    return owner->description->ops.release(instance, ctx, to_str(call.name),
                                           {call.payload.data(), call.payload.size()}, reason);
  });
}

}  // namespace jailrun::core
