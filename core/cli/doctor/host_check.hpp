// SPDX-License-Identifier: Apache-2.0
// A check of the host: one row of a table.
#pragma once

#include "core/cli/doctor/host_view.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace jailrun::core::cli {

// kNotKnown: it could not be read, or says something that doctor does not know. It is never taken for good.
enum class Verdict { kOk, kWarning, kFailure, kNotKnown };

// "ok", "warning", "failure", "not known".
std::string_view verdict_word(Verdict verdict);

struct Outcome {
  Verdict verdict;
  std::string sentence;  // names the file and what was found
  std::string remedy;    // empty: the check's
};

struct HostCheck {
  std::string_view id;
  std::string_view topic;
  std::string_view path;  // what it looks at
  Outcome (*judge)(const HostCheck&, const HostView&);
  std::string_view remedy;
  std::string_view source;
  // For checks of a file with one value, judge_value() and judge_sysctl():
  std::string_view good = {};  // the good values, each with a space on both sides
  Verdict otherwise = Verdict::kWarning;
  std::string_view why = {};  // what another value allows; ends the sentence
  std::string_view if_missing =
      "use a kernel that has it";  // the remedy where judge_sysctl() finds no such file
};

// "FILE is VALUE", judged by `good`; a missing file is not known.
Outcome judge_value(const HostCheck& check, const HostView& host);
// The same; but where /proc is there and the file is not, the kernel has no such switch: `otherwise`.
Outcome judge_sysctl(const HostCheck& check, const HostView& host);
// True where /proc is there and the file is not.
bool has_no_such_switch(const HostCheck& check, const HostView& host);
// "FILE is missing", or why it can't be read.
Outcome not_known(std::string_view path, const Error& error);

const std::vector<HostCheck>& hardware_checks();
const std::vector<HostCheck>& sysctl_checks();
const std::vector<HostCheck>& isolation_checks();

struct Checked {
  const HostCheck* check;
  Outcome outcome;
};
// All checks, in the order in which they are shown.
std::vector<Checked> check_host(const HostView& host);

}  // namespace jailrun::core::cli
