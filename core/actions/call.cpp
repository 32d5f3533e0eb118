// SPDX-License-Identifier: Apache-2.0
#include "core/actions/call.hpp"

#include "core/plan/state.hpp"

namespace jailrun::core {

std::unique_ptr<Action> CallAction::restore(const Record& record) {
  return std::make_unique<CallAction>(record.text("phase") == "enter" ? Phase::kEnter : Phase::kPrepare,
                                      record.text("name"), record.text("line"), record.text("payload"),
                                      static_cast<uint32_t>(record.number("payload-version")));
}

Record CallAction::record() const {
  Record record;
  record.add("name", name_)
      .add("line", line_)
      .add("payload", payload_)
      .add("payload-version", payload_version_);
  return record;
}

Result<void> CallAction::perform(Launch& launch) {
  return launch.stages->perform({stage(), name_, payload_}, {launch.jail.token, launch.slots});
}

Result<void> CallAction::release(Release& release) {
  return release.stages->release({stage(), name_, payload_}, {release.jail.token, release.slots},
                                 release.reason);
}

}  // namespace jailrun::core
