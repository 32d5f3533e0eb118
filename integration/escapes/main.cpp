// SPDX-License-Identifier: Apache-2.0
// jailrun-escapes: what a hostile program reaches, by each pipeline that ships and by other tools. Run by
// ./dev escapes.
#include "integration/escapes/expectations.hpp"
#include "integration/support/files.hpp"
#include "integration/support/isolation.hpp"
#include "integration/support/stage.hpp"
#include "integration/support/workplace.hpp"

#include <cstdio>
#include <exception>

#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace jailrun::integration;
using namespace jailrun::integration::escapes;

// ./dev escapes runs from the clone's root.
constexpr const char* kExpected = "integration/escapes/expected.txt";

// Why what is blocked is blocked, and what is reached how.
void print_details(const std::vector<Expected>& all, const Column& column) {
  std::printf("\n== %s\n", column.name.c_str());
  for (const Expected& expected : all) {
    const auto found = column.verdicts.find(expected.probe);
    if (found == column.verdicts.end()) continue;
    std::printf("%s %s %s\n", expected.probe.c_str(), found->second.is_reached ? "reached" : "blocked",
                found->second.detail.c_str());
  }
}

void add_unlisted(std::vector<Expected>& all, const Verdicts& verdicts) {
  for (const auto& [name, verdict] : verdicts) {
    bool is_listed = false;
    for (const Expected& one : all) is_listed = is_listed || one.probe == name;
    if (!is_listed) all.push_back({name, {}});
  }
}

bool is_like(const Column& column, const Column& other) {
  for (const auto& [name, verdict] : column.verdicts) {
    const auto found = other.verdicts.find(name);
    if (found == other.verdicts.end() || found->second.is_reached != verdict.is_reached) return false;
  }
  return true;
}

// Pipelines that leave just what default.conf leaves get no columns of their own.
const Column* default_of(const std::vector<Column>& columns) {
  for (const Column& column : columns)
    if (column.name == "default.conf") return &column;
  return nullptr;
}
std::vector<Column> distinct(const std::vector<Column>& columns) {
  const Column* const standard = default_of(columns);
  std::vector<Column> kept;
  for (const Column& column : columns)
    if (&column == standard || standard == nullptr || !is_like(column, *standard)) kept.push_back(column);
  return kept;
}
std::string same_as_default(const std::vector<Column>& columns) {
  const Column* const standard = default_of(columns);
  std::string text;
  for (const Column& column : columns)
    if (standard != nullptr && &column != standard && is_like(column, *standard))
      text += column.name + ": as default.conf\n";
  return text;
}

int measure(bool with_details) {
  std::vector<Expected> all = read_expectations(read_file(kExpected));
  const std::string directory = workplace() + "/escapes";
  mkdir(directory.c_str(), 0755);
  chmod(directory.c_str(), 0755);
  const HostSide host(directory + "/host");
  std::vector<Contender> contenders = {unjailed(host, Caller::kRoot), unjailed(host, Caller::kUser)};
  for (const std::string& name : shipped_pipelines()) contenders.push_back(jailed(host, directory, name));
  for (const Contender& peer : peers(host, directory + "/peers")) contenders.push_back(peer);
  std::vector<Column> columns;
  std::string absent;
  for (const Contender& contender : contenders) {
    if (!contender.lacking.empty()) {
      absent += "not measured: " + contender.name + ", " + contender.lacking + "\n";
      continue;
    }
    try {
      columns.push_back({contender.name, contender.measure()});
      add_unlisted(all, columns.back().verdicts);
    } catch (const std::exception& exception) {
      absent += "not measured: " + contender.name + ": " + exception.what() + "\n";
    }
  }
  if (with_details)
    for (const Column& column : columns) print_details(all, column);
  std::printf("\n%s\n%s%s", markdown(all, distinct(columns)).c_str(), same_as_default(columns).c_str(),
              absent.c_str());
  for (const Column& column : columns) {
    size_t reached = 0;
    for (const auto& one : column.verdicts) reached += one.second.is_reached ? 1 : 0;
    std::printf("%s: reached %zu of %zu\n", column.name.c_str(), reached, column.verdicts.size());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bool with_details = argc == 2 && std::string(argv[1]) == "--details";
  if (argc > 1 && !with_details) return std::fputs("usage: jailrun-escapes [--details]\n", stderr), 2;
  if (geteuid() != 0) return std::fputs("jailrun-escapes needs root: sudo ./dev escapes\n", stderr), 1;
  if (access(runner().c_str(), X_OK) != 0)
    return std::fputs("JAILRUN_STAGE is not a staged tree: sudo ./dev escapes makes one\n", stderr), 1;
  return run_isolated([with_details] {
    try {
      return measure(with_details);
    } catch (const std::exception& exception) {
      std::fprintf(stderr, "jailrun-escapes: %s\n", exception.what());
      return 1;
    }
  });
}
