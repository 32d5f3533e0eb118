// SPDX-License-Identifier: Apache-2.0
// What an action is, as ordered fields: shown by `jailrun plan --json`, and one line of the ledger.
#pragma once

#include "jailrun/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace jailrun::core {

struct Field {
  std::string key;
  std::string value;
};

class Record {
 public:
  Record() { fields_.reserve(10); }

  Record& add(std::string key, std::string value) {
    fields_.push_back({std::move(key), std::move(value)});
    return *this;
  }
  Record& add(std::string key, uint64_t value) { return add(std::move(key), std::to_string(value)); }

  void append(Record other) {
    for (Field& field : other.fields_) fields_.push_back(std::move(field));
  }

  // Empty and 0 where there is no such field.
  const std::string& text(std::string_view key) const;
  uint64_t number(std::string_view key) const;

  const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

// "key=value key=value"; bytes of a value that would end a field or a line, and '%', are written as %XX.
std::string encode(const Record& record);
Result<Record> decode(std::string_view line);

// Octal with a leading zero, as people write modes: "0600".
std::string octal(uint32_t mode);

}  // namespace jailrun::core
