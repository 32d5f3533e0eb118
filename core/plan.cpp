#include "core/plan.hpp"

#include "core/actions/alias.hpp"
#include "core/actions/cgroup.hpp"
#include "core/actions/claim.hpp"
#include "core/actions/directory.hpp"
#include "core/actions/file.hpp"
#include "core/actions/node.hpp"
#include "core/actions/process.hpp"
#include "core/actions/root_mount.hpp"

#include <cerrno>

namespace jailrun::core {
namespace {

const char* word(Stood stood) {
  switch (stood) {
    case Stood::kNo: return "no";
    case Stood::kYes: return "yes";
    case Stood::kUnknown: return "?";
  }
  return "?";
}

Stood stood_of(const std::string& text) {
  if (text == "no") return Stood::kNo;
  return text == "yes" ? Stood::kYes : Stood::kUnknown;
}

// Verbs whose actions leave something that outlives the process.
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
    {"copy", CopyAction::restore},
    {"node", NodeAction::restore},
    {"pid-file", PidFileAction::restore},
    {"cgroup", GroupAction::restore},
    {"call", CallAction::restore},
    {"alias", AliasAction::restore},
    {"open", OpenStreamAction::restore},
    {"mount-root", MountRootAction::restore},
    {"overlay-root", OverlayRootAction::restore},
};

}  // namespace

std::string subject(const Action& action) {
  const std::string object = action.object();
  return std::string(action.verb()) + " " +
         object.substr(0, object.find("  "));  // what follows are its properties
}

bool Action::is_no_way(int error_number) const {
  return error_number == EXDEV || error_number == EOPNOTSUPP || error_number == ENOSYS;
}

std::string alternative_of(const Action& action) {
  const Choice* choice = action.choice().get();
  if (choice == nullptr) return {};
  return "  (alternative " + std::to_string(action.alternative() + 1) + " of " +
         std::to_string(choice->names.size()) + ": " + choice->names[action.alternative()] + ")";
}

Record to_record(const Action& action) {
  Record line;
  line.add("phase", action.phase() == Phase::kPrepare ? "prepare" : "enter");
  line.add("stage", action.stage()).add("action", std::string(action.verb()));
  line.add("stood", word(action.stood()));
  if (const Choice* choice = action.choice().get(); choice != nullptr)
    line.add("first-of", choice->number).add("alternative", choice->names[action.alternative()]);
  line.append(action.record());
  return line;
}

Result<std::unique_ptr<Action>> from_record(const Record& record) {
  const std::string& verb = record.text("action");
  for (const Restorer& restorer : kRestorers) {
    if (restorer.verb != verb) continue;
    std::unique_ptr<Action> action = restorer.restore(record);
    action->set_stage(record.text("stage"));
    action->set_stood(stood_of(record.text("stood")));
    return action;
  }
  return std::unique_ptr<Action>();
}

}  // namespace jailrun::core
