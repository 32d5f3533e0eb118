// SPDX-License-Identifier: Apache-2.0
// How a `call` action reaches the stage that planned it, and what that stage can ask about the launch.
#pragma once

#include "core/plan/jail.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <string_view>

namespace jailrun::core {

// Where values that become known only by performing are kept: appended to the ledger before the next action.
class SlotStore {
 public:
  virtual ~SlotStore() = default;
  virtual Result<void> set(const std::string& name, std::string_view value) = 0;
  // nullptr where it was never set; borrowed until the next set.
  virtual const std::string* find(const std::string& name) const = 0;
};

// A `call` action: the stage that planned it, the name and the payload that it was planned with.
struct StageCall {
  std::string stage;
  std::string name;
  std::string payload;
};

// What a stage can ask about the launch while one of its calls is performed or released. All borrowed.
struct CallContext {
  const Token& token;
  SlotStore* slots;
};

class StageCalls {
 public:
  virtual ~StageCalls() = default;
  virtual Result<void> perform(const StageCall& call, const CallContext& context) = 0;
  // `reason`: JR_RELEASE_...
  virtual Result<void> release(const StageCall& call, const CallContext& context, uint32_t reason) = 0;
};

}  // namespace jailrun::core
