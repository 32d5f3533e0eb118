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

struct Survey;
struct Launch;
struct Release;

enum class Phase : uint32_t { kPrepare = JR_PREPARE, kEnter = JR_ENTER };

// Whether something existed where an action will make its own. What existed is never removed.
enum class Existed : uint8_t { kNo, kYes, kUnknown };

// What the core must know about an action to plan, perform and release it at the right time, in
// the right process.
enum Trait : uint32_t {
  kClaims = 1U << 0,            // publishes the ledger; released last, and only if everything else was
  kRepeatable = 1U << 1,        // can be performed and released many times: may be part of an alternative
  kNewSession = 1U << 2,        // is performed in a process that leads a session of its own
  kNewPidNamespace = 1U << 3,   // is performed in the first process of a new pid namespace
  kNeedsProgramPid = 1U << 4,   // is performed once the program's process exists
  kStartsProgram = 1U << 5,     // turns the process into the program; does not return
  kPerformedByStage = 1U << 6,  // only its stage's plugin can perform and release it
  kOnlyRestricts = 1U << 7,     // takes from the process; opens nothing that the program could inherit
  kKeepsRoot = 1U << 8,         // leaves the program uid 0 and gid 0
  kDropsRoot = 1U << 9,         // leaves the program another uid than 0
  kEntersRoot = 1U << 10,       // a mount namespace of its own, and a root in it
  kEntersNetwork = 1U << 11,    // another network namespace
  // A process that has done this can still take the launch back, with a return ticket, and this gives the
  // exec no file that grants capabilities: core/performing/return_ticket.hpp. Nothing has it that was not
  // looked at.
  kCanComeBack = 1U << 12,
  kGivesPrivileges = 1U << 13,  // an exec may give the program some
  kEntersIpc = 1U << 14,        // another namespace of that type
  kEntersUts = 1U << 15,
  kEntersCgroup = 1U << 16,
  kShowsPath = 1U << 17,   // puts something at a path in the jail, its object's name
  kEntersUser = 1U << 18,  // a user namespace, which no process with a second thread can enter
};

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
  virtual uint32_t traits() const { return 0; }
  bool has(Trait trait) const { return (traits() & trait) != 0; }

  // The capabilities that it needs of a process with uid 0: see core/plan/capabilities.hpp. `is_roots`: the
  // jail's files and its program are root's, so that nothing is given away. A `call` needs what its stage's
  // descriptor says besides.
  virtual uint64_t capabilities(bool /*is_roots*/) const { return 0; }

  // Looks, without changing anything, at what exists already. Fails where it can't find out: what is not
  // known to be the launch's own could never be removed.
  virtual Result<void> survey(Survey&) { return {}; }
  virtual Result<void> perform(Launch& launch) = 0;
  // Undoes what perform did, whether that was all, a part or nothing.
  virtual Result<void> release(Release&) { return {}; }

  // True if a failure with this errno says that the kernel or the filesystem does not support this; then the
  // next alternative is tried.
  virtual bool is_unsupported(int error_number) const;

  // What the launch does with something that exists already, for people.
  virtual std::string_view policy_for_existing() const { return "kept"; }

  // The root's directory or mount is the launch's own, and all that it holds is removed with it.
  virtual bool owns_root() const { return false; }

  // The slot that says that something was found at performing which the survey had not seen; empty: none.
  virtual std::string existed_slot() const { return {}; }

  // What is there now, for people: "exists", "gone", "mounted", "= 0-1"; empty for an action that leaves
  // nothing. `root`: the host path of the jail's root.
  virtual std::string remains(const std::string& /*root*/) const { return {}; }

  Phase phase() const { return phase_; }
  void set_phase(Phase phase) { phase_ = phase; }
  Existed existed() const { return existed_; }
  void set_existed(Existed existed) { existed_ = existed; }

  // The stage that planned it; for an action of the core, the stage that it was planned for.
  const std::string& stage() const { return stage_; }
  void set_stage(std::string id) { stage_ = std::move(id); }

  // The path of the filesystem that it makes something in, which is mounted there in enter and gone with the
  // jail's last process: nothing exists in it before, and nothing is left of it. Empty: none.
  const std::string& filesystem() const { return filesystem_; }
  void set_filesystem(std::string path) { filesystem_ = std::move(path); }

  // The choice of alternatives that it belongs to; nullptr: none.
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
  Existed existed_ = Existed::kNo;
  std::string stage_;
  std::string filesystem_;
  std::shared_ptr<Choice> choice_;
  size_t alternative_ = 0;
};

// The object without its properties: "/dev/kvm".
std::string object_name(const Action& action);

// An action in a few words, for errors: "node /dev/kvm".
std::string subject(const Action& action);

// What a plan shows after an action of an alternative: "  (alternative 1 of 4: reflink)"; otherwise nothing.
std::string alternative_of(const Action& action);

// One action as a line of a ledger.
Record to_record(const Action& action);

}  // namespace jailrun::core
