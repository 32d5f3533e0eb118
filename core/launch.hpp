// The launch, from words to program.
#pragma once

#include "core/assembly.hpp"
#include "core/command_line.hpp"
#include "core/loader.hpp"
#include "core/pipeline.hpp"
#include "core/trust.hpp"

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
  Site site;
  Timings timings;
  bool json = false;
  bool replace = false;
  bool supervise = false;
};

// Reads the pipeline, loads its plugins, judges all options, lets every stage configure and plan. Changes
// nothing.
Result<std::unique_ptr<Intent>> intend(const Words& words);

// Performs it. Returns 0 where the program runs in another process, 1 after an error that was reported; not
// at all where this process becomes the program.
int launch(const Words& words, std::vector<int> inherited);

}  // namespace jailrun::core
