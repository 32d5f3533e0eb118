// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/label.hpp"

#include "core/plan/state.hpp"
#include "core/sys/labels.hpp"
#include "jailrun/plugin.h"

namespace jailrun::core {

const char* LabelAction::module() const { return kind_ == JR_LABEL_SELINUX ? "selinux" : "apparmor"; }

std::string LabelAction::object() const { return std::string(module()) + " " + text_; }

Record LabelAction::record() const { return Record().add("module", module()).add("text", text_); }

Result<void> LabelAction::perform(Launch& launch) {
  JR_TRY(sys::label_next_exec(proc_->get(), kind_, text_));
  launch.processes.is_labelled = true;
  return {};
}

}  // namespace jailrun::core
