// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/filter.hpp"

#include "core/plan/state.hpp"

#include <linux/seccomp.h>

namespace jailrun::core {

std::string FilterAction::object() const {
  std::string text = filter_.name + "  " + std::to_string(filter_.program.size()) + " instructions";
  if (!filter_.line.empty()) text += ", " + filter_.line;
  if (filter_.is_exec_once) text += ", exec once";
  if (learns())
    text += ", learns: allows everything and writes " + filter_.notifications->learned;
  else if (filter_.notifications)
    text += ", violations noted";
  if ((filter_.flags & SECCOMP_FILTER_FLAG_LOG) != 0) text += " (log)";
  if ((filter_.flags & SECCOMP_FILTER_FLAG_SPEC_ALLOW) != 0) text += " (spec-allow)";
  return text;
}

Record FilterAction::record() const {
  Record record;
  record.add("name", filter_.name).add("instructions", filter_.program.size()).add("flags", filter_.flags);
  // Never the key, which the program must not learn.
  if (filter_.is_exec_once) record.add("exec", "once");
  if (filter_.notifications) record.add("notifies", learns() ? "learn" : "refuse");
  if (learns()) record.add("learns", filter_.notifications->learned);
  return record;
}

Result<void> FilterAction::perform(Launch& launch) {
  if (filter_.notifications) launch.processes.listener = static_cast<int>(launch.processes.filters.size());
  launch.processes.filters.push_back(
      {filter_.program.data(), static_cast<uint16_t>(filter_.program.size()), filter_.flags});
  if (filter_.key) launch.processes.exec_key = *filter_.key;
  return {};
}

}  // namespace jailrun::core
