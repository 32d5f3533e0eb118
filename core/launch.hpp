// SPDX-License-Identifier: Apache-2.0
// A launch, from its command line to its program.
#pragma once

#include "core/pipeline/command_line.hpp"
#include "core/pipeline/pipeline.hpp"
#include "core/plugin/loader.hpp"
#include "core/plugin/trust.hpp"
#include "core/stages/assembly.hpp"

#include <memory>
#include <vector>

namespace jailrun::core {

// A launch that is known but not begun: what `jailrun plan` shows and `jailrun` performs.
struct Intent {
  Trust trust;
  std::unique_ptr<Loader> loader;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<Assembly> assembly;
  std::unique_ptr<Plan> plan;
  Survey survey;
  Timings timings;
  bool json = false;
  bool replace = false;
  bool supervise = false;
  bool durable = false;
};

// Reads the pipeline, loads its plugins, validates all options, lets every stage configure and
// plan. Changes nothing.
Result<std::unique_ptr<Intent>> intend(const CommandLine& line);

// Performs it. Returns 0 where the program runs in another process, 1 after an error that was reported; not
// at all where this process becomes the program.
int launch(const CommandLine& line, std::vector<int> inherited);

}  // namespace jailrun::core
