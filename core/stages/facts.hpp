// SPDX-License-Identifier: Apache-2.0
// Typed values that one stage publishes and others read: published once, read only by stages
// that declare them.
#pragma once

#include "core/plugin/description.hpp"

#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace jailrun::core {

class Facts {
 public:
  using Value = std::variant<std::string, uint64_t>;

  Result<void> publish(const StageDescription& by, std::string_view name, Value value);
  // Borrowed; valid as long as these Facts exist.
  Result<const Value*> read(const StageDescription& by, std::string_view name, uint32_t type) const;
  bool has(const StageDescription& by, std::string_view name) const;

  // For the core, which declares nothing; nullptr if it was not published.
  const Value* find(std::string_view name) const;

  // Discards what was published while planning, so that the stages can plan again.
  void rewind();

 private:
  struct Entry {
    Value value;
    bool configured;
  };
  std::map<std::string, Entry, std::less<>> values_;
};

}  // namespace jailrun::core
