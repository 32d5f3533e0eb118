// SPDX-License-Identifier: Apache-2.0
// Columns as wide as their widest cell.
#pragma once

#include <string>
#include <vector>

namespace jailrun::core::cli {

class Table {
 public:
  explicit Table(std::vector<std::string> header) { add(std::move(header)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  // Control characters in cells are shown as '?': a name from a hostile tenant must not control the terminal.
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace jailrun::core::cli
