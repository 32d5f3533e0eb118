// SPDX-License-Identifier: Apache-2.0
// What can be counted of a launch, with the same result each time.
#pragma once

#include "integration/support/command.hpp"

#include <string>
#include <vector>

namespace jailrun::integration::bench {

struct CallCount {
  size_t total = 0;   // from the runner's exec to, and with, the program's
  size_t loader = 0;  // of them by the dynamic loader: libraries and plugins found, mapped and bound
  size_t own() const { return total - loader; }
};
// Traces that launch with strace. `trace` is the file that the trace goes to.
CallCount count_calls(const Strings& launch, const std::string& trace);

// The peak of resident memory that the launch and its program had.
size_t peak_kib(const Strings& launch);

// What a launch has touched when it is about to become its program, from the runner's exec on.
struct Touched {
  size_t faults = 0;    // minor page faults: ru_minflt
  size_t peak_kib = 0;  // of resident memory: VmHWM
};
Touched touched_before_exec(const Strings& launch);

// What a shared object costs the loader.
struct LoadCost {
  size_t relative = 0;  // relocations that add the load address
  size_t symbolic = 0;  // relocations that look a name up
  size_t bytes = 0;     // loaded, so without debug information
  size_t pages = 0;     // mapped
};
LoadCost load_cost(const std::string& file);

// The shipped pipelines' launches and the files that carry stages, counted where nothing depends on where the
// stage is installed: the lines of integration/bench/record.txt, each "calls default.conf total 204" or
// alike. Changes this process's mounts: call it inside run_isolated.
struct Count {
  std::string name;  // all but the last word
  size_t value = 0;
};
std::vector<Count> count_everything(const std::string& directory);

std::string record_text(const std::vector<Count>& counts);
std::vector<Count> read_record(const std::string& text);

// Calls are the same each time; what the compiler makes may differ by a twentieth, and what a launch touches by
// an eighth, as kernel and filesystem decide how much of a file one fault maps.
bool is_unchanged(const Count& recorded, size_t now);

}  // namespace jailrun::integration::bench
