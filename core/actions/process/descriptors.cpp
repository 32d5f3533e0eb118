// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/descriptors.hpp"

#include "core/plan/state.hpp"

#include <algorithm>

#include <unistd.h>

namespace jailrun::core {

std::string CloseInheritedAction::object() const {
  std::string text = "all but 0 1 2";
  for (const uint32_t fd : keep_) text.append(" ").append(std::to_string(fd));
  return text;
}

Result<void> CloseInheritedAction::perform(Launch& launch) {
  std::vector<int>& inherited = launch.inherited;
  for (const uint32_t wanted : keep_) {
    const int fd = static_cast<int>(wanted);
    const bool is_open = fd < 3 || std::find(inherited.begin(), inherited.end(), fd) != inherited.end();
    if (!is_open)
      return input_error("descriptor " + std::to_string(fd) +
                         " is to be kept, but jailrun was started without it");
    // Not yet open across an exec: a supervisor would hold it too, and who waits for its end would wait for
    // ever.
    if (fd > 2) launch.kept.push_back(fd);
  }
  for (const int fd : inherited)
    if (std::find(keep_.begin(), keep_.end(), static_cast<uint32_t>(fd)) == keep_.end()) close(fd);
  inherited.clear();
  return {};
}

}  // namespace jailrun::core
