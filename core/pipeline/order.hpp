// SPDX-License-Identifier: Apache-2.0
// Whether these stages can run in this order. Every error is reported and none is fixed: the file
// is the order.
#pragma once

#include "core/pipeline/config.hpp"
#include "core/plugin/description.hpp"

#include <string>
#include <vector>

namespace jailrun::core {

struct OrderedStage {
  std::string where;  // "default.conf:12", for findings
  const StageDescription* stage;
};

void check_order(const std::string& file, const std::vector<OrderedStage>& stages,
                 std::vector<Finding>& findings);

}  // namespace jailrun::core
