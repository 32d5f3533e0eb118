// SPDX-License-Identifier: Apache-2.0
// jailrun check-plugin FILE: what a plugin's author should know before anybody else does.
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

const char* word(Verdict verdict) {
  return verdict == Verdict::kOk ? "ok" : verdict == Verdict::kFailed ? "failed" : "not done";
}

Result<Settings> settings(const Parsed& parsed, const char* option) {
  Settings all;
  for (const OptionValue& value : parsed.values.of(option)) {
    const size_t equals = value.text.find('=');
    if (equals == 0 || equals == std::string::npos)
      return input_error(value.origin + ": '" + value.text + "' is not NAME=VALUE");
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
    text += std::string(word(one.outcome.verdict)) + "  " + subject + one.check.promise + "\n";
    if (!one.outcome.reason.empty()) text += "    " + printable(one.outcome.reason) + "\n";
  }
  return text + printable(path) + ": " + std::to_string(findings.size()) + " checks, " +
         std::to_string(count(findings, Verdict::kFailed)) + " failed, " +
         std::to_string(count(findings, Verdict::kNotDone)) + " not done\n";
}

std::string as_json(const std::string& path, const std::vector<Checked>& findings) {
  std::string list;
  for (const Checked& one : findings)
    list += (list.empty() ? "\n" : ",\n") + std::string("{\"stage\":") + json_string(one.check.stage) +
            ",\"check\":" + json_string(one.check.name) + ",\"promise\":" + json_string(one.check.promise) +
            ",\"verdict\":" + json_string(word(one.outcome.verdict)) +
            ",\"reason\":" + json_string(one.outcome.reason) + "}";
  return "{\"file\":" + json_string(path) +
         ",\"failed\":" + std::to_string(count(findings, Verdict::kFailed)) + ",\"checks\":[" + list + "]}\n";
}

}  // namespace

int check_plugin(const CommandLine& line) {
  const Result<Parsed> parsed = parse(line, check_plugin_options(), {}, true);
  if (!parsed) return fail(parsed.error());
  std::vector<Finding> wrong;
  parsed.value().values.validate(check_plugin_options(), wrong);
  if (!wrong.empty()) return fail(input_error(wrong.front().text()));
  if (parsed.value().operands.size() != 1)
    return fail(input_error("check-plugin takes one file: jailrun check-plugin FILE.so"));
  Subject subject;
  subject.path = parsed.value().operands.front();
  Result<Settings> options = settings(parsed.value(), "set");
  if (!options) return fail(options.error());
  Result<Settings> facts = settings(parsed.value(), "fact");
  if (!facts) return fail(facts.error());
  subject.options = std::move(options).value();
  subject.facts = std::move(facts).value();
  // Loading runs a plugin's code: one that is not trusted is named, not loaded.
  Trust trust;
  const Result<int> file = trust.open_file(subject.path);
  if (!file) return fail(file.error());
  subject.fd = file.value();
  const auto& timeout = parsed.value().values.of("timeout");
  constexpr int kPatience = 10000;
  const int patience_ms = timeout.empty() ? kPatience : std::stoi(timeout.front().text) * 1000;
  const Result<std::vector<Checked>> findings = check_all(subject, patience_ms);
  if (!findings) return fail(findings.error());
  const bool json = !parsed.value().values.of("json").empty();
  print((json ? as_json : as_text)(subject.path, findings.value()));
  return count(findings.value(), Verdict::kFailed) == 0 ? 0 : 1;
}

}  // namespace jailrun::core::cli
