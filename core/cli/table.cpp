// SPDX-License-Identifier: Apache-2.0
#include "core/cli/table.hpp"

#include "core/base/printable.hpp"

#include <algorithm>

namespace jailrun::core::cli {
namespace {

// Characters, not bytes: those that continue a UTF-8 sequence do not count.
size_t width(const std::string& cell) {
  return static_cast<size_t>(
      std::count_if(cell.begin(), cell.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string Table::text() const {
  std::vector<size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(printable(row[i])));
  }
  std::string text;
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      text += printable(row[i]);
      if (i + 1 < row.size()) text.append(widths[i] - width(printable(row[i])) + 2, ' ');
    }
    text += "\n";
  }
  return text;
}

}  // namespace jailrun::core::cli
