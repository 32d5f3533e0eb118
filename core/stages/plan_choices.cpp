// SPDX-License-Identifier: Apache-2.0
// Planning alternatives, of which one is performed, and calls back into the stage.
#include "core/actions/call.hpp"
#include "core/stages/planning.hpp"
#include "jailrun/strings.hpp"

#include <algorithm>

namespace jailrun::core::planning {
namespace {

// The alternative that was planned last can't fail while preparing: those after it would never be tried.
bool can_not_fail(const Draft& draft) {
  const Plan::Actions& prepare = draft.part->prepare();
  return prepare.empty() || prepare.back()->choice() != draft.choice ||
         prepare.back()->alternative() + 1 != draft.choice->names.size();
}

}  // namespace

Result<void> call(jr_ctx& ctx, const jr_call& arguments) {
  if (!ctx.draft->claimed) return internal_error("a call is planned before the jail's name is claimed");
  JR_TRY(append<CallAction>(ctx, arguments.phase == JR_ENTER ? Phase::kEnter : Phase::kPrepare,
                            to_string(arguments.name), to_string(arguments.line),
                            std::string(to_view(arguments.payload)), arguments.payload_version));
  return {};
}

Result<void> first_of(jr_ctx& ctx) {
  if (ctx.draft->choice != nullptr) return not_in_alternative("first_of");
  ctx.draft->choice = std::make_shared<Choice>();
  ctx.draft->choice->number = ++ctx.draft->choices;
  return {};
}

Result<void> alternative(jr_ctx& ctx, jr_str given) {
  const std::string name = to_string(given);
  Choice* const choice = ctx.draft->choice.get();
  if (choice == nullptr) return internal_error("the alternative '" + name + "' is not inside a first_of");
  if (name.empty()) return internal_error("an alternative has no name");
  if (std::find(choice->names.begin(), choice->names.end(), name) != choice->names.end())
    return internal_error("two alternatives are named '" + name + "'");
  if (!choice->names.empty() && can_not_fail(*ctx.draft))
    return internal_error("the alternative '" + choice->names.back() +
                          "' prepares nothing; only the last alternative may do so");
  choice->names.push_back(name);
  return {};
}

Result<void> end_first_of(jr_ctx& ctx) {
  const std::shared_ptr<Choice> choice = std::move(ctx.draft->choice);
  ctx.draft->choice = nullptr;
  if (choice == nullptr || choice->names.empty())
    return internal_error("end_first_of has no alternatives before it");
  return {};
}

}  // namespace jailrun::core::planning
