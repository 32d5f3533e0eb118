// SPDX-License-Identifier: Apache-2.0
// jailrun check-plugin FILE: finds a plugin's faults before its users do.
#include "core/base/json.hpp"
#include "core/base/printable.hpp"
#include "core/cli/checker/checker.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/output.hpp"
#include "core/plugin/trust.hpp"

#include <algorithm>

namespace jailrun::core::cli {
namespace {

using namespace checker;

const char* verdict_word(Verdict verdict) {
  return verdict == Verdict::kOk ? "ok" : verdict == Verdict::kFailed ? "failed" : "not done";
}

Result<Settings> settings(const Parsed& parsed, const char* option) {
  Settings all;
  for (const OptionValue& value : parsed.values.of(option)) {
    const size_t equals = value.text.find('=');
    if (equals == 0 || equals == std::string::npos)
      return input_error(value.origin + ": '" + value.text + "' is not of the form NAME=VALUE");
    all.emplace_back(value.text.substr(0, equals), value.text.substr(equals + 1));
  }
  return all;
}

size_t count(const std::vector<Checked>& findings, Verdict verdict) {
  const auto same = [=](const Checked& one) { return one.outcome.verdict == verdict; };
  return static_cast<size_t>(std::count_if(findings.begin(), findings.end(), same));
}

std::string as_text(const std::string& path, const std::vector<Checked>& findings) {
  std::string text;
  for (const Checked& one : findings) {
    const std::string subject = one.check.stage.empty() ? "" : one.check.stage + ": ";
    text += std::string(verdict_word(one.outcome.verdict)) + "  " + subject + one.check.promise + "\n";
    if (!one.outcome.reason.empty()) text += "    " + printable(one.outcome.reason) + "\n";
  }
  return text + printable(path) + ": " + std::to_string(findings.size()) + " checks, " +
         std::to_string(count(findings, Verdict::kFailed)) + " failed, " +
         std::to_string(count(findings, Verdict::kNotDone)) + " not done\n";
}

std::string as_json(const std::string& path, const std::vector<Checked>& findings) {
  JsonArray checks(JsonArray::Layout::kOneItemPerLine);
  for (const Checked& one : findings)
    checks.add_raw(JsonObject()
                       .add("stage", one.check.stage)
                       .add("check", one.check.name)
                       .add("promise", one.check.promise)
                       .add("verdict", verdict_word(one.outcome.verdict))
                       .add("reason", one.outcome.reason)
                       .text());
  return JsonObject()
             .add("file", path)
             .add("failed", count(findings, Verdict::kFailed))
             .add("not_done", count(findings, Verdict::kNotDone))
             .add_raw("checks", checks.text())
             .text() +
         "\n";
}

Result<Parsed> parsed_and_valid(const CommandLine& line) {
  JR_ASSIGN(Parsed parsed, parse(line, check_plugin_options(), {}, true));
  std::vector<Finding> wrong;
  parsed.values.validate(check_plugin_options(), wrong);
  if (!wrong.empty()) return input_error(wrong.front().text());
  if (parsed.operands.size() != 1)
    return input_error("check-plugin takes one file: jailrun check-plugin FILE.so");
  return parsed;
}

}  // namespace

Result<int> check_plugin(const CommandLine& line) {
  JR_ASSIGN(const Parsed parsed, parsed_and_valid(line));
  Subject subject;
  subject.path = parsed.operands.front();
  JR_ASSIGN(subject.options, settings(parsed, "set"));
  JR_ASSIGN(subject.facts, settings(parsed, "fact"));
  // Loading runs a plugin's code: a file that is not trusted is named, not loaded.
  Trust trust;
  JR_ASSIGN(subject.fd, trust.open_file(subject.path));
  const auto& timeout = parsed.values.of("timeout");
  constexpr int kDefaultMs = 10000;
  const int timeout_ms = timeout.empty() ? kDefaultMs : std::stoi(timeout.front().text) * 1000;
  JR_ASSIGN(const std::vector<Checked> findings, check_all(subject, timeout_ms));
  const bool json = !parsed.values.of("json").empty();
  print((json ? as_json : as_text)(subject.path, findings));
  if (count(findings, Verdict::kFailed) != 0) return 1;
  constexpr int kSomeNotDone = 2;  // what was not looked at is not known to be right
  return count(findings, Verdict::kNotDone) == 0 ? 0 : kSomeNotDone;
}

}  // namespace jailrun::core::cli
