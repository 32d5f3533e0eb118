// SPDX-License-Identifier: Apache-2.0
// What each probe is expected to reach, and where: integration/escapes/expected.txt.
#pragma once

#include "integration/escapes/contenders.hpp"

#include <map>
#include <string>
#include <vector>

namespace jailrun::integration::escapes {

struct Expected {
  std::string probe;
  std::map<std::string, std::string> by_contender;  // "reached", "blocked" or "perhaps"
};

// Its first line that is not a comment names the columns. Throws on a line that it can't read.
std::vector<Expected> read_expectations(const std::string& text);

// The host's kernel lacks it, or its settings forbid it: then a jail may be without it too. It shows in what
// the probe reaches without one.
bool is_kept_by_host(const Expected& expected, const Verdicts& root, const Verdicts& user);

// Lines that say what is other than expected, both ways, for a test to fail with; empty: nothing is.
std::string differences(const std::vector<Expected>& all, const std::string& contender,
                        const Verdicts& verdicts, const Verdicts& root, const Verdicts& user);

// The table of docs/operator/hardening.md: a row a probe, a column a contender, and the sums.
struct Column {
  std::string name;
  Verdicts verdicts;
};
std::string markdown(const std::vector<Expected>& all, const std::vector<Column>& columns);

}  // namespace jailrun::integration::escapes
