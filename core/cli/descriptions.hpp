// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/pipeline/pipeline.hpp"

#include <vector>

namespace jailrun::core::cli {

// Of a pipeline's stages, in their order; none if there is no pipeline.
inline std::vector<const StageDescription*> descriptions(const Pipeline* pipeline) {
  std::vector<const StageDescription*> all;
  if (pipeline != nullptr)
    for (const PipelineStage& stage : pipeline->stages) all.push_back(stage.description);
  return all;
}

}  // namespace jailrun::core::cli
