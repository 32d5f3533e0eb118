// SPDX-License-Identifier: Apache-2.0
// A plan, as `jailrun plan --json` prints it.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace jailrun::integration {

struct PlannedAction {
  std::string phase;
  std::string stage;
  std::string verb;
  std::string object;
  std::string existed;  // "yes", "no", "?"
  std::map<std::string, std::string> fields;

  std::string field(const std::string& name) const;
};

struct PlannedLaunch {
  std::string directory;  // <base>/<exec name>/<id>
  std::vector<PlannedAction> actions;

  // The first with this verb; throws where there is none.
  const PlannedAction& action(const std::string& verb) const;
};

// Throws where it is not JSON of that form.
PlannedLaunch parse_plan(const std::string& json);

// One line an action: what two plans of one launch must have in common, whoever asks.
std::vector<std::string> outline(const PlannedLaunch& plan);

}  // namespace jailrun::integration
