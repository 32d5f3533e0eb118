// SPDX-License-Identifier: Apache-2.0
// Planning which label the program has.
#include "core/actions/process/label.hpp"
#include "core/actions/process/new_namespace.hpp"
#include "core/base/log.hpp"
#include "core/stages/planning.hpp"
#include "core/sys/labels.hpp"
#include "core/sys/process.hpp"

namespace jailrun::core::planning {

std::string (*label_fault)(uint32_t kind) = sys::label_fault;

Result<void> label(jr_ctx& ctx, const jr_label& arguments) {
  constexpr const char* kPurpose = "labelling the program";
  std::vector<std::unique_ptr<Action>>& labels = ctx.draft->labels;
  if (ctx.draft->choice != nullptr) return not_in_alternative("label");
  JR_TRY(needs_trait(ctx, JR_TRAIT_RESTRICTS, "label needs the trait JR_TRAIT_RESTRICTS"));
  for (const std::unique_ptr<Action>& one : labels)
    if (static_cast<const LabelAction&>(*one).kind() == arguments.kind)
      return input_error("the program's label is planned already, by stage " + one->stage());
  if (!sys::is_proc_mounted()) return sys::no_proc(kPurpose);
  const std::string text = to_string(arguments.text);
  if (const std::string fault = label_fault(arguments.kind); !fault.empty()) {
    const std::string sentence = fault + ", so the program can't have the label " + text;
    if ((arguments.flags & JR_LABEL_IF_SUPPORTED) == 0)
      return Error{JR_ERROR_UNSUPPORTED, 0, sentence + "; 'unsupported = warn' goes without it"};
    log::warning("stage " + std::string(ctx.stage->id) + ": " + sentence);
    return {};
  }
  JR_ASSIGN(const OpenProcAction* const open, append<OpenProcAction>(ctx, kPurpose));
  hold_back(ctx, labels, std::make_unique<LabelAction>(arguments.kind, text, open->opened()));
  return {};
}

}  // namespace jailrun::core::planning
