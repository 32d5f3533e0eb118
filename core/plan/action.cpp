// SPDX-License-Identifier: Apache-2.0
#include "core/plan/action.hpp"

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

}  // namespace jailrun::core
