// SPDX-License-Identifier: Apache-2.0
// From a pipeline and its options to a plan: every stage is created, configured, and plans. Nothing on the
// host changes.
#pragma once

#include "core/base/timings.hpp"
#include "core/pipeline/options.hpp"
#include "core/pipeline/pipeline.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/site.hpp"
#include "core/stages/cgroup_host.hpp"
#include "core/stages/facts.hpp"

#include <memory>
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

  // Looks at the process after each call into a plugin and names the stage that changed something.
  void be_strict() { strict_ = true; }

  // Plans for a program whose parent stays.
  void be_supervised() { supervised_ = true; }

  // Every finding of every stage's options, then every stage's configure; ends at the first stage that
  // refuses.
  Result<void> configure(Timings& timings);

  // The whole plan; survey of what stands there already included.
  Result<std::unique_ptr<Plan>> plan(Site& site, Timings& timings);

  // StageCalls
  Result<void> perform(const std::string& stage, std::string_view name, std::string_view payload) override;
  Result<void> release(const std::string& stage, std::string_view name, std::string_view payload,
                       uint32_t why) override;

 private:
  struct Member;

  Result<void> create_all();
  // One call into a plugin: its failure as an error that names the stage, whatever way it was said.
  template <class Function>
  Result<void> call(Member& member, Function function);
  Member* member(const std::string& id);

  const Pipeline& pipeline_;
  OptionValues options_;
  std::vector<std::string> arguments_;
  std::vector<jr_str> argument_list_;
  const CgroupHost& cgroup_host_;
  Facts facts_;
  std::vector<std::unique_ptr<Member>> members_;
  bool strict_ = false;
  bool supervised_ = false;
};

}  // namespace jailrun::core
