// SPDX-License-Identifier: Apache-2.0
// The table of docs/operator/hardening.md is what the tests hold jails to.
#include "integration/escapes/expectations.hpp"
#include "integration/support/files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace jailrun::integration {
namespace {

using escapes::Expected;

// ./dev test runs from the clone's root.
constexpr const char* kTable = "integration/escapes/expected.txt";
constexpr const char* kPage = "docs/operator/hardening.md";

// Of a row of a table, without the spaces around them.
Strings cells(const std::string& line) {
  Strings all;
  for (size_t at = line.find('|'); at != std::string::npos && at + 1 < line.size();) {
    const size_t end = line.find('|', at + 1);
    if (end == std::string::npos) break;
    std::string cell = line.substr(at + 1, end - at - 1);
    cell.erase(0, cell.find_first_not_of(' '));
    cell.erase(cell.find_last_not_of(' ') + 1);
    all.push_back(cell);
    at = end;
  }
  return all;
}

TEST(EscapesPage, ItsTableSaysWhatIsExpected) {
  Strings columns;
  std::map<std::string, Strings> rows;
  for (const std::string& line : split_lines(read_file(kPage))) {
    const Strings all = cells(line);
    if (all.size() < 2) continue;
    if (std::find(all.begin(), all.end(), "hardened.conf") != all.end() && all[0].empty()) columns = all;
    rows[all[0]] = all;
  }
  const std::vector<Expected> table = escapes::read_expectations(read_file(kTable));
  for (const Expected& expected : table) {
    ASSERT_EQ(rows.count(expected.probe), 1U) << expected.probe << " has no row";
    const auto on_page = [&](const char* name) {
      const auto column = std::find(columns.begin(), columns.end(), name) - columns.begin();
      return rows[expected.probe].at(static_cast<size_t>(column)).empty() ? "blocked" : "reached";
    };
    // The page's host may have lacked it; then jails on it did too.
    const auto was_lacking = [&](const char* who) {
      return expected.by_contender.at(who) == "perhaps" && on_page(who) == std::string("blocked");
    };
    if (was_lacking("root") || was_lacking("user")) continue;
    for (const char* name : {"default.conf", "firecracker.conf", "hardened.conf", "firecracker-hardened.conf",
                             "qemu-hardened.conf"})
      EXPECT_EQ(on_page(name), expected.by_contender.at(name)) << expected.probe << " by " << name;
  }
}

}  // namespace
}  // namespace jailrun::integration
