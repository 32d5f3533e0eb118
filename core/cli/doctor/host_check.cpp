// SPDX-License-Identifier: Apache-2.0
#include "core/cli/doctor/host_check.hpp"

#include <cstring>

namespace jailrun::core::cli {

std::string_view verdict_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk: return "ok";
    case Verdict::kWarning: return "warning";
    case Verdict::kFailure: return "failure";
    case Verdict::kNotKnown: break;
  }
  return "not known";
}

Outcome not_known(std::string_view path, const Error& error) {
  const std::string file(path);
  if (is_missing(error)) return {Verdict::kNotKnown, file + " is missing", ""};
  return {Verdict::kNotKnown, file + " can't be read: " + std::strerror(error.error_number), ""};
}

Outcome judge_value(const HostCheck& check, const HostView& host) {
  const Result<std::string> value = host.read(check.path);
  if (!value) return not_known(check.path, value.error());
  if (value.value().empty()) return {Verdict::kNotKnown, std::string(check.path) + " is empty", ""};
  const std::string found = std::string(check.path) + " is " + value.value();
  if (check.good.find(" " + value.value() + " ") != std::string_view::npos) return {Verdict::kOk, found, ""};
  return {check.otherwise, found + ": " + std::string(check.why), ""};
}

bool has_no_such_switch(const HostCheck& check, const HostView& host) {
  const Result<struct stat> file = host.status(check.path);
  // A missing file proves nothing where /proc is not mounted.
  return !file && is_missing(file.error()) && host.has("/proc/sys/kernel/osrelease");
}

Outcome judge_sysctl(const HostCheck& check, const HostView& host) {
  if (!has_no_such_switch(check, host)) return judge_value(check, host);
  return {
      check.otherwise,
      std::string(check.path) + " is missing, so this kernel can't restrict it: " + std::string(check.why),
      std::string(check.if_missing)};
}

std::vector<Checked> check_host(const HostView& host) {
  std::vector<Checked> all;
  for (const auto* checks : {&hardware_checks(), &isolation_checks(), &sysctl_checks()})
    for (const HostCheck& check : *checks) all.push_back({&check, check.judge(check, host)});
  return all;
}

}  // namespace jailrun::core::cli
