// The plan: every action of one launch, in order, known before the first is done.
#pragma once

#include "core/record.hpp"
#include "jailrun/result.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jailrun::core {

struct Site;

enum class Phase : uint32_t { kPrepare = JR_PREPARE, kEnter = JR_ENTER };

// Whether something stood where an action will make its own. What stood is never removed.
enum class Stood : uint8_t { kNo, kYes, kUnknown };

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

  // What becomes of what stands there already.
  virtual std::string_view fate_of_old() const { return "kept"; }

  Phase phase() const { return phase_; }
  Stood stood() const { return stood_; }
  void set_stood(Stood stood) { stood_ = stood; }

  // The stage that planned it; for an action of the core's own, the stage on whose behalf.
  const std::string& stage() const { return stage_; }
  void set_stage(std::string id) { stage_ = std::move(id); }

 private:
  Phase phase_;
  Stood stood_ = Stood::kNo;
  std::string stage_;
};

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
  const Actions& prepare() const { return prepare_; }
  const Actions& enter() const { return enter_; }

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

// An action in a few words, for errors: "node /dev/kvm".
std::string subject(const Action& action);

// One action as a line of a ledger, and back: nullptr for a verb that leaves nothing to release.
Record to_record(const Action& action);
Result<std::unique_ptr<Action>> from_record(const Record& record);

}  // namespace jailrun::core
