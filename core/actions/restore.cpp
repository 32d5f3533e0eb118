// SPDX-License-Identifier: Apache-2.0
#include "core/actions/restore.hpp"

#include "core/actions/alias.hpp"
#include "core/actions/call.hpp"
#include "core/actions/cgroup.hpp"
#include "core/actions/claim.hpp"
#include "core/actions/copy.hpp"
#include "core/actions/device_rules.hpp"
#include "core/actions/directory.hpp"
#include "core/actions/file.hpp"
#include "core/actions/node.hpp"
#include "core/actions/process/helper.hpp"
#include "core/actions/process/streams.hpp"
#include "core/actions/process/user_namespace.hpp"
#include "core/actions/root_mount.hpp"
#include "core/actions/symlink.hpp"
#include "core/ledger/slots.hpp"

#include <algorithm>

namespace jailrun::core {
namespace {

Existed existed_of(const std::string& text) {
  if (text == "no") return Existed::kNo;
  return text == "yes" ? Existed::kYes : Existed::kUnknown;
}

// The actions that leave something which outlives the process.
struct Restorer {
  std::string_view verb;
  std::unique_ptr<Action> (*restore)(const Record&);
};
constexpr Restorer kRestorers[] = {
    {"claim", ClaimAction::restore},
    {"root", RootAction::restore},
    {"directory", DirectoryAction::restore},
    {"write", WriteAction::restore},
    {"link", LinkAction::restore},
    {"symlink", SymlinkAction::restore},
    {"copy", CopyAction::restore},
    {"node", NodeAction::restore},
    {"pid-file", PidFileAction::restore},
    {"cgroup", GroupAction::restore},
    {"cgroup-value", GroupValueAction::restore},
    {"call", CallAction::restore},
    {"alias", AliasAction::restore},
    {"open", OpenStreamAction::restore},
    {"lease-ids", LeaseIdsAction::restore},
    {"mount-root", MountRootAction::restore},
    {"overlay-root", OverlayRootAction::restore},
    {"device-rules", DeviceRulesAction::restore},
    {"helper", HelperAction::restore},
};

}  // namespace

Result<std::unique_ptr<Action>> from_record(const Record& record) {
  // Gone with that filesystem. What is at its path in the root is another's.
  if (!record.text("in-filesystem").empty()) return std::unique_ptr<Action>();
  const std::string& verb = record.text("action");
  for (const Restorer& restorer : kRestorers) {
    if (restorer.verb != verb) continue;
    std::unique_ptr<Action> action = restorer.restore(record);
    action->set_stage(record.text("stage"));
    action->set_existed(existed_of(record.text("existed")));
    return action;
  }
  return std::unique_ptr<Action>();
}

void RestoredChoices::join(const Record& record, Action& action) {
  const std::string& name = record.text("alternative");
  if (name.empty()) return;
  const uint64_t number = record.number("first-of");
  std::shared_ptr<Choice>& choice = choices_[number];
  if (choice == nullptr) {
    choice = std::make_shared<Choice>(Choice{number, {}, {}});
    // First, as the alternative that was taken may have left nothing to release.
    if (const auto slot = slots_.find(choice_slot(number)); slot != slots_.end()) {
      choice->names.push_back(slot->second);
      choice->taken = 0;
    }
  }
  auto found = std::find(choice->names.begin(), choice->names.end(), name);
  if (found == choice->names.end()) found = choice->names.insert(found, name);
  action.set_alternative(choice, static_cast<size_t>(found - choice->names.begin()));
}

Result<std::unique_ptr<Plan>> restore_plan(const Ledger& ledger) {
  auto plan = std::make_unique<Plan>();
  RestoredChoices choices(ledger.slots);
  for (const Record& record : ledger.actions) {
    JR_ASSIGN(std::unique_ptr<Action> action, from_record(record));
    if (action == nullptr) continue;
    // What appeared between planning and performing was noted by the launch.
    if (const std::string slot = action->existed_slot(); !slot.empty() && ledger.slots.count(slot) > 0)
      action->set_existed(Existed::kYes);
    choices.join(record, *action);
    plan->append(std::move(action));
  }
  return plan;
}

}  // namespace jailrun::core
