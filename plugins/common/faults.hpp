// SPDX-License-Identifier: Apache-2.0
// All that is wrong with a stage's options, told at once.
#pragma once

#include <jailrun/result.hpp>

#include <string>
#include <utility>

namespace jailrun_stages {

class Faults {
 public:
  // `where`: the origin of the option, or empty. An empty fault is none.
  void add(const std::string& where, const std::string& fault) {
    if (!fault.empty()) text_ += (text_.empty() ? "" : "; ") + where + (where.empty() ? "" : ": ") + fault;
  }
  jailrun::Result<void> result() const {
    return text_.empty() ? jailrun::Result<void>() : jailrun::Result<void>(jailrun::input_error(text_));
  }

 private:
  std::string text_;
};

}  // namespace jailrun_stages
