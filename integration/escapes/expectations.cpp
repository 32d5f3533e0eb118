// SPDX-License-Identifier: Apache-2.0
#include "integration/escapes/expectations.hpp"

#include <sstream>
#include <stdexcept>

namespace jailrun::integration::escapes {
namespace {

Strings words_of(const std::string& line) {
  std::istringstream stream(line);
  Strings words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

bool reaches(const Verdicts& verdicts, const std::string& probe) {
  const auto found = verdicts.find(probe);
  return found != verdicts.end() && found->second.is_reached;
}

}  // namespace

std::vector<Expected> read_expectations(const std::string& text) {
  std::vector<Expected> all;
  Strings columns;
  for (const std::string& line : split_lines(text)) {
    const Strings words = words_of(line);
    if (words.empty() || words[0][0] == '#') continue;
    if (columns.empty()) {
      columns = words;
      continue;
    }
    if (words.size() != columns.size()) throw std::runtime_error("not a row of expectations: " + line);
    Expected expected;
    expected.probe = words[0];
    for (size_t i = 1; i < words.size(); ++i) {
      if (words[i] != "reached" && words[i] != "blocked" && words[i] != "perhaps")
        throw std::runtime_error("none of reached, blocked and perhaps: " + line);
      expected.by_contender[columns[i]] = words[i];
    }
    all.push_back(expected);
  }
  return all;
}

bool is_kept_by_host(const Expected& expected, const Verdicts& root, const Verdicts& user) {
  const auto is_kept_from = [&](const char* who, const Verdicts& verdicts) {
    return expected.by_contender.at(who) != "blocked" && !reaches(verdicts, expected.probe);
  };
  return is_kept_from("root", root) || is_kept_from("user", user);
}

std::string differences(const std::vector<Expected>& all, const std::string& contender,
                        const Verdicts& verdicts, const Verdicts& root, const Verdicts& user) {
  std::string text;
  Verdicts unknown = verdicts;
  for (const Expected& expected : all) {
    unknown.erase(expected.probe);
    const auto found = verdicts.find(expected.probe);
    if (found == verdicts.end()) {
      text += expected.probe + ": the probe does not try it\n";
      continue;
    }
    const std::string wanted = expected.by_contender.at(contender);
    const std::string got = found->second.is_reached ? "reached" : "blocked";
    if (got == wanted) continue;
    // Then it may be blocked here, and never reached.
    if (got == "blocked" && is_kept_by_host(expected, root, user)) continue;
    text += expected.probe + ": expected " + wanted + ", now " + got + " " + found->second.detail + "\n";
  }
  for (const auto& one : unknown) text += one.first + ": has no row in the table\n";
  return text;
}

std::string markdown(const std::vector<Expected>& all, const std::vector<Column>& columns) {
  std::string head = "| |";
  std::string line = "|---|";
  for (const Column& column : columns) {
    head += " " + column.name + " |";
    line += ":-:|";
  }
  std::string text = head + "\n" + line + "\n";
  std::map<std::string, size_t> sums;
  for (const Expected& expected : all) {
    std::string row = "| " + expected.probe + " |";
    for (const Column& column : columns) {
      const bool is_reached = reaches(column.verdicts, expected.probe);
      row += is_reached ? " reached |" : " |";
      if (is_reached) ++sums[column.name];
    }
    text += row + "\n";
  }
  text += "| **reached of " + std::to_string(all.size()) + "** |";
  for (const Column& column : columns) text += " **" + std::to_string(sums[column.name]) + "** |";
  return text + "\n";
}

}  // namespace jailrun::integration::escapes
