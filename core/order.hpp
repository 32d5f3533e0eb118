// Can these stages run in this order? Every fault is found, none is mended: the file is the order.
#pragma once

#include <string>
#include <vector>

#include "core/config.hpp"
#include "core/description.hpp"

namespace jailrun::core {

struct OrderedStage {
  std::string where;  // "default.conf:12", for findings
  const StageDescription* stage;
};

void check_order(const std::string& file, const std::vector<OrderedStage>& stages, std::vector<Finding>& findings);

}  // namespace jailrun::core
