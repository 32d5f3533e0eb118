// SPDX-License-Identifier: Apache-2.0
// From a pipeline and its options to a plan: every stage is created, configured, and plans. Nothing on
// the host changes.
#pragma once

#include "core/base/timings.hpp"
#include "core/pipeline/options.hpp"
#include "core/pipeline/pipeline.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/state.hpp"
#include "core/stages/cgroup_host.hpp"
#include "core/stages/facts.hpp"
#include "core/sys/fd.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jailrun::core {

class Assembly final : public StageCalls {
 public:
  Assembly(const Pipeline& pipeline, OptionValues options, std::vector<std::string> arguments,
           const CgroupHost& cgroup_host = this_host());
  Assembly(const Assembly&) = delete;
  Assembly& operator=(const Assembly&) = delete;
  ~Assembly() override;

  // Compares the process before and after each call into a plugin, and names a stage that changed something.
  void be_strict() { strict_ = true; }

  // Plans for a program whose parent stays.
  void be_supervised() { supervised_ = true; }

  // Plans for a caller who is not root, if a stage of the pipeline plans a user namespace. `base`: where his
  // jails are made, unless an option says so; empty: as for root.
  void be_rootless(jr_owner caller, const std::string& base);
  bool is_rootless() const { return caller_.has_value(); }

  // Reports every finding of every stage's options, then calls every stage's configure, up to the
  // first that refuses.
  Result<void> configure(Timings& timings);

  // The whole plan, with the survey of what exists already.
  Result<std::unique_ptr<Plan>> plan(Survey& survey, Timings& timings);

  // StageCalls
  // The capabilities that this plan of the pipeline needs, one bit each.
  uint64_t capabilities(const Plan& plan) const;

  Result<void> perform(const StageCall& call, const CallContext& context) override;
  Result<void> release(const StageCall& call, const CallContext& context, uint32_t reason) override;

 private:
  struct Member;
  struct Step;

  Result<void> create_all();
  // One call into a plugin: its failure as an error that names the stage, in whatever form it came.
  template <class Function>
  Result<void> enter(Member& member, const Step& step, Function function);
  template <class Function>
  Result<void> enter_strictly(Member& member, const Step& step, Function function);
  Member* member(const std::string& id);
  Result<void> make_rootless(Plan& plan);
  std::string named(const std::string& stage) const;

  const Pipeline& pipeline_;
  OptionValues options_;
  std::vector<std::string> arguments_;
  std::vector<jr_str> argument_list_;
  const CgroupHost& cgroup_host_;
  Facts facts_;
  std::vector<std::unique_ptr<Member>> members_;
  bool strict_ = false;
  UniqueFd proc_;  // the host's, for the strict run
  bool supervised_ = false;
  std::optional<jr_owner> caller_;
};

}  // namespace jailrun::core
