// SPDX-License-Identifier: Apache-2.0
// Text templates: marks in them are replaced. For completions, man pages and new stages.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace jailrun::core::cli {

using Marks = std::vector<std::pair<std::string, std::string>>;

inline std::string replace_marks(std::string text, const Marks& marks) {
  for (const auto& [mark, content] : marks)
    for (size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += content.size())
      text.replace(at, mark.size(), content);
  return text;
}

}  // namespace jailrun::core::cli
