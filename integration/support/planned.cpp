// SPDX-License-Identifier: Apache-2.0
#include "integration/support/planned.hpp"

#include <boost/property_tree/json_parser.hpp>
#include <boost/property_tree/ptree.hpp>

#include <sstream>
#include <stdexcept>

namespace jailrun::integration {

std::string PlannedAction::field(const std::string& name) const {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

const PlannedAction& PlannedLaunch::action(const std::string& verb) const {
  for (const PlannedAction& one : actions)
    if (one.verb == verb) return one;
  throw std::runtime_error("no '" + verb + "' is planned");
}

PlannedLaunch parse_plan(const std::string& json) {
  boost::property_tree::ptree tree;
  std::istringstream stream(json);
  boost::property_tree::read_json(stream, tree);
  PlannedLaunch plan;
  plan.directory = tree.get<std::string>("directory");
  for (const auto& [unnamed, node] : tree.get_child("actions")) {
    PlannedAction action;
    for (const auto& [key, value] : node) action.fields[key] = value.data();
    action.phase = action.field("phase");
    action.stage = action.field("stage");
    action.verb = action.field("action");
    action.object = action.field("object");
    action.existed = action.field("existed");
    plan.actions.push_back(action);
  }
  return plan;
}

std::vector<std::string> outline(const PlannedLaunch& plan) {
  std::vector<std::string> lines;
  for (const PlannedAction& one : plan.actions)
    lines.push_back(one.phase + " " + one.stage + " " + one.verb + " " + one.object);
  return lines;
}

}  // namespace jailrun::integration
