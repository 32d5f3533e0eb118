// SPDX-License-Identifier: Apache-2.0
#include "core/stages/facts.hpp"

#include <algorithm>

namespace jailrun::core {
namespace {

const FactDescription* declared(const std::vector<FactDescription>& facts, std::string_view name) {
  const auto found =
      std::find_if(facts.begin(), facts.end(), [&](const auto& one) { return one.name == name; });
  return found == facts.end() ? nullptr : &*found;
}

Error misuse(std::string_view name, const char* what) {
  return internal_error("the fact " + std::string(name) + " " + what);
}

}  // namespace

Result<void> Facts::publish(const StageDescription& by, std::string_view name, Value value) {
  const FactDescription* fact = declared(by.provides, name);
  if (fact == nullptr) return misuse(name, "is published but not declared under provides");
  if (fact->type != value.index()) return misuse(name, "is published as another type than declared");
  if (!values_.emplace(name, Entry{std::move(value), fact->is_configured()}).second)
    return misuse(name, "is published twice");
  return {};
}

Result<const Facts::Value*> Facts::read(const StageDescription& by, std::string_view name,
                                        uint32_t type) const {
  const FactDescription* fact = declared(by.consumes, name);
  if (fact == nullptr) fact = declared(by.provides, name);
  if (fact == nullptr) return misuse(name, "is read but not declared under consumes");
  if (fact->type != type) return misuse(name, "is read as another type than declared");
  const Value* value = find(name);
  if (value == nullptr) return misuse(name, "is read before it is published");
  return value;
}

bool Facts::has(const StageDescription& by, std::string_view name) const {
  return (declared(by.consumes, name) != nullptr || declared(by.provides, name) != nullptr) &&
         find(name) != nullptr;
}

void Facts::rewind() {
  std::erase_if(values_, [](const auto& one) { return !one.second.configured; });
}

const Facts::Value* Facts::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second.value;
}

}  // namespace jailrun::core
