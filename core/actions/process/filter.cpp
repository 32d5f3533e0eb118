// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/filter.hpp"

#include "core/plan/state.hpp"

#include <linux/seccomp.h>

namespace jailrun::core {

std::string FilterAction::object() const {
  std::string text = filter_.name + "  " + std::to_string(filter_.program.size()) + " instructions";
  if (!filter_.line.empty()) text += ", " + filter_.line;
  if (filter_.exec_key) text += ", exec once";
  if ((filter_.flags & SECCOMP_FILTER_FLAG_LOG) != 0) text += " (log)";
  if ((filter_.flags & SECCOMP_FILTER_FLAG_SPEC_ALLOW) != 0) text += " (spec-allow)";
  return text;
}

Record FilterAction::record() const {
  Record record;
  record.add("name", filter_.name).add("instructions", filter_.program.size()).add("flags", filter_.flags);
  // Never the key, which the program must not learn.
  if (filter_.exec_key) record.add("exec", "once");
  return record;
}

Result<void> FilterAction::perform(Launch& launch) {
  launch.processes.filters.push_back(
      {filter_.program.data(), static_cast<uint16_t>(filter_.program.size()), filter_.flags});
  if (filter_.exec_key) launch.processes.exec_key = *filter_.exec_key;
  return {};
}

}  // namespace jailrun::core
