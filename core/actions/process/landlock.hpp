// SPDX-License-Identifier: Apache-2.0
// Landlock: what the program can do with files and TCP ports, and what can't leave the jail.
#pragma once

#include "core/plan/plan.hpp"
#include "core/sys/fd.hpp"

#include <string>
#include <vector>

namespace jailrun::core {

// The bits are JR_LANDLOCK_... of plugin.h.
struct LandlockRules {
  struct Path {
    std::string path;  // in the jail
    uint64_t access;
  };
  struct Port {
    uint64_t port;
    uint64_t access;
  };
  uint64_t files = 0;  // denied but for `paths`
  uint64_t ports = 0;  // denied but for `port_rules`
  uint64_t scopes = 0;
  std::vector<Path> paths;
  std::vector<Port> port_rules;
};

class LandlockAction final : public Action {
 public:
  // `abi`: the kernel's, 0 for none. What it can't restrict stays free.
  LandlockAction(const LandlockRules& wanted, int abi);

  std::string_view verb() const override { return "landlock"; }
  std::string object() const override;
  Record record() const override;
  // What it opens is close-on-exec from the start. No kCanComeBack: a thread can't be freed again, so a
  // launch that fails is taken back by the guard or the parent.
  uint32_t traits() const override { return kOnlyRestricts; }
  // Makes the ruleset, with the program's own rights; the exec enforces it, when all else is done.
  Result<void> perform(Launch& launch) override;

  // As this kernel has them.
  const LandlockRules& rules() const { return rules_; }
  // What it can't restrict, in words; empty: it can restrict all.
  const std::string& lost() const { return lost_; }
  // What is allowed at that path, by all rules on the way to it.
  uint64_t allowed_at(const std::string& path) const;

 private:
  bool is_void() const { return rules_.files == 0 && rules_.ports == 0 && rules_.scopes == 0; }
  Result<void> allow_paths(Launch& launch);
  LandlockRules rules_;
  int abi_;
  std::string lost_;
  UniqueFd ruleset_;
};

}  // namespace jailrun::core
