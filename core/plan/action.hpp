// SPDX-License-Identifier: Apache-2.0
// One thing done to the host or to the process.
#pragma once

#include "core/plan/record.hpp"
#include "jailrun/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jailrun::core {

struct Site;

enum class Phase : uint32_t { kPrepare = JR_PREPARE, kEnter = JR_ENTER };

// Whether something stood where an action will make its own. What stood is never removed.
enum class Stood : uint8_t { kNo, kYes, kUnknown };

// Alternatives, of which one is performed: core/performing/alternatives.hpp.
struct Choice {
  uint64_t number = 0;  // among those of the plan, from 1
  std::vector<std::string> names;
  std::optional<size_t> taken;  // which of them, once that is known
};

// One thing done to the host or to the process. Actions are made while planning, performed at most once, and
// released any number of times, perhaps by another process that read them from a ledger.
class Action {
 public:
  explicit Action(Phase phase) : phase_(phase) {}
  Action(const Action&) = delete;
  Action& operator=(const Action&) = delete;
  virtual ~Action() = default;

  virtual std::string_view verb() const = 0;    // "node"
  virtual std::string object() const = 0;       // what the plan shows: "/dev/kvm  char 10:232 0600 1234:100"
  virtual Record record() const { return {}; }  // all that release needs

  // Looks, without changing anything, at what stands there. Fails where it can't tell: what is not known to
  // be the launch's own could never be removed.
  virtual Result<void> survey(Site&) { return {}; }
  virtual Result<void> perform(Site& site) = 0;
  // Takes back what perform did, in part or in whole or not at all.
  virtual Result<void> release(Site&) { return {}; }

  // True if a failure with this errno says that the kernel or the filesystem has no such way; then the next
  // alternative is tried.
  virtual bool is_no_way(int error_number) const;

  // What becomes of what stands there already.
  virtual std::string_view fate_of_old() const { return "kept"; }

  Phase phase() const { return phase_; }
  Stood stood() const { return stood_; }
  void set_stood(Stood stood) { stood_ = stood; }

  // The stage that planned it; for an action of the core's own, the stage on whose behalf.
  const std::string& stage() const { return stage_; }
  void set_stage(std::string id) { stage_ = std::move(id); }

  // The alternatives that it is a part of one of; nullptr: none.
  const std::shared_ptr<Choice>& choice() const { return choice_; }
  size_t alternative() const { return alternative_; }
  void set_alternative(std::shared_ptr<Choice> choice, size_t alternative) {
    choice_ = std::move(choice);
    alternative_ = alternative;
  }
  // Another alternative was taken.
  bool is_passed_over() const {
    return choice_ != nullptr && choice_->taken && *choice_->taken != alternative_;
  }

 private:
  Phase phase_;
  Stood stood_ = Stood::kNo;
  std::string stage_;
  std::shared_ptr<Choice> choice_;
  size_t alternative_ = 0;
};

// An action in a few words, for errors: "node /dev/kvm".
std::string subject(const Action& action);

// What a plan says behind an action of an alternative: "  (alternative 1 of 4: reflink)"; else nothing.
std::string alternative_of(const Action& action);

// One action as a line of a ledger.
Record to_record(const Action& action);

}  // namespace jailrun::core
