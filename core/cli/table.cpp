#include "core/cli/table.hpp"

#include <algorithm>

namespace jailrun::core::cli {
namespace {

std::string printable(std::string cell) {
  std::replace_if(
      cell.begin(), cell.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, '?');
  return cell;
}

}  // namespace

std::string Table::text() const {
  std::vector<size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      text += printable(row[i]);
      if (i + 1 < row.size()) text.append(widths[i] - row[i].size() + 2, ' ');
    }
    text += "\n";
  }
  return text;
}

}  // namespace jailrun::core::cli
