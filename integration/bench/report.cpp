// SPDX-License-Identifier: Apache-2.0
#include "integration/bench/report.hpp"

#include "integration/bench/statistics.hpp"
#include "integration/support/files.hpp"

#include <cstdio>
#include <stdexcept>

#include <sys/utsname.h>
#include <unistd.h>

namespace jailrun::integration::bench {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value < 10 ? "%.2f" : "%.0f", value);
  return text;
}

std::string json_text(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted + "\"";
}

std::string json_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

std::string processor() {
  const std::string info = read_file("/proc/cpuinfo");
  const size_t name = info.find("model name");
  if (name == std::string::npos) return "unknown processor";
  const size_t value = info.find(": ", name) + 2;
  return info.substr(value, info.find('\n', value) - value);
}

// The middle half of a quiet run is closer together than that, except for cold launches, which wait
// for the kernel.
bool is_unsteady(const Series& series) { return quantile(series.us, 0.75) > 1.5 * quantile(series.us, 0.25); }

void print(const Target& target) {
  std::printf("  %-74s %9s %-5s %s %s: %s\n", target.what.c_str(), number(target.value).c_str(),
              target.unit.c_str(), target.at_most ? "target <=" : "target >=", number(target.target).c_str(),
              target.is_met() ? "met" : "MISSED");
}

std::string json(const Series& series) {
  return "{\"name\": " + json_text(series.name) + ", \"median\": " + json_number(median(series.us)) +
         ", \"p10\": " + json_number(quantile(series.us, 0.1)) +
         ", \"p90\": " + json_number(quantile(series.us, 0.9)) +
         ", \"measurements\": " + std::to_string(series.us.size()) +
         ", \"unsteady\": " + (is_unsteady(series) ? "true" : "false") + "}";
}

std::string json(const Target& target) {
  return "{\"what\": " + json_text(target.what) + ", \"value\": " + json_number(target.value) +
         ", \"unit\": " + json_text(target.unit) + ", \"target\": " + json_number(target.target) +
         ", \"at_most\": " + (target.at_most ? "true" : "false") +
         ", \"met\": " + (target.is_met() ? "true" : "false") + "}";
}

template <class List, class Write>
std::string json_list(const List& list, Write write) {
  std::string text = "[";
  for (const auto& one : list) text += (text.size() == 1 ? "\n      " : ",\n      ") + write(one);
  return text + "]";
}

std::string json(const CaseResult& result) {
  return "{\"name\": " + json_text(result.name) + ", \"title\": " + json_text(result.title) +
         ", \"unit\": " + json_text(result.unit) +
         ",\n    \"series\": " + json_list(result.series, [](const Series& one) { return json(one); }) +
         ",\n    \"targets\": " + json_list(result.targets, [](const Target& one) { return json(one); }) +
         ",\n    \"notes\": " + json_list(result.notes, json_text) + "}";
}

}  // namespace

double CaseResult::median_of(const std::string& series_name) const {
  for (const Series& one : series)
    if (one.name == series_name) return median(one.us);
  throw std::runtime_error(name + " has not measured " + series_name);
}

void CaseResult::expect_ratio(const std::string& of, const std::string& against, double at_most) {
  expect(of + " / " + against, median_of(of) / median_of(against), at_most, "x");
}

void CaseResult::expect(const std::string& what, double value, double at_most, const std::string& with_unit) {
  targets.push_back({what, value, at_most, true, with_unit});
}

void CaseResult::expect_at_least(const std::string& what, double value, double at_least,
                                 const std::string& with_unit) {
  targets.push_back({what, value, at_least, false, with_unit});
}

std::string machine() {
  utsname kernel{};
  uname(&kernel);
  return std::to_string(sysconf(_SC_NPROCESSORS_ONLN)) + " x " + processor() + ", Linux " + kernel.release;
}

std::string load() {
  const std::string text = read_file("/proc/loadavg");
  return text.substr(0, text.find(' '));
}

void print(const CaseResult& result) {
  std::printf("\n%s: %s\n", result.name.c_str(), result.title.c_str());
  if (!result.series.empty())
    std::printf("  %-60s %9s %9s %9s %5s\n", "", ("median " + result.unit).c_str(), "p10", "p90", "n");
  for (const Series& one : result.series)
    std::printf("  %-60s %9s %9s %9s %5zu\n", one.name.c_str(), number(median(one.us)).c_str(),
                number(quantile(one.us, 0.1)).c_str(), number(quantile(one.us, 0.9)).c_str(), one.us.size());
  for (const Target& one : result.targets) print(one);
  std::string unsteady;
  for (const Series& one : result.series)
    if (is_unsteady(one)) unsteady += (unsteady.empty() ? "" : "; ") + one.name;
  if (!unsteady.empty())
    std::printf("  unsteady, to be measured again where less else goes on: %s\n", unsteady.c_str());
  for (const std::string& note : result.notes) std::printf("  %s\n", note.c_str());
  std::fflush(stdout);
}

void print_summary(const std::vector<CaseResult>& all) {
  size_t met = 0;
  size_t targets = 0;
  for (const CaseResult& result : all)
    for (const Target& one : result.targets) {
      ++targets;
      if (one.is_met()) ++met;
    }
  std::printf("\n%zu targets, %zu met, %zu missed\n", targets, met, targets - met);
  for (const CaseResult& result : all)
    for (const Target& one : result.targets)
      if (!one.is_met()) print({result.name + ": " + one.what, one.value, one.target, one.at_most, one.unit});
}

void write_json(const std::string& file, const std::vector<CaseResult>& all) {
  write_file(file, "{\"machine\": " + json_text(machine()) + ",\n  \"cases\": " +
                       json_list(all, [](const CaseResult& one) { return json(one); }) + "}\n");
}

}  // namespace jailrun::integration::bench
