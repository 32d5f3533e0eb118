// SPDX-License-Identifier: Apache-2.0
#include "core/plan/action.hpp"

#include <cerrno>

namespace jailrun::core {
namespace {

const char* word(Existed existed) {
  switch (existed) {
    case Existed::kNo: return "no";
    case Existed::kYes: return "yes";
    case Existed::kUnknown: return "?";
  }
  return "?";
}

}  // namespace

std::string object_name(const Action& action) {
  const std::string object = action.object();
  return object.substr(0, object.find("  "));
}

std::string subject(const Action& action) { return std::string(action.verb()) + " " + object_name(action); }

bool Action::is_unsupported(int error_number) const {
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
  line.add("existed", word(action.existed()));
  if (const Choice* choice = action.choice().get(); choice != nullptr)
    line.add("first-of", choice->number).add("alternative", choice->names[action.alternative()]);
  if (!action.filesystem().empty()) line.add("in-filesystem", action.filesystem());
  line.append(action.record());
  return line;
}

}  // namespace jailrun::core
