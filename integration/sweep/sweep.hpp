// SPDX-License-Identifier: Apache-2.0
// The fault sweep: every system call of a launch fails in turn, or finds its process killed, and the host is
// looked at afterwards.
#pragma once

#include "integration/sweep/launches.hpp"
#include "integration/sweep/tracer.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace jailrun::integration::sweep {

struct Wanted {
  std::string launch{};    // the only one; empty: all
  size_t every = 1;        // each how manyth fault is tried
  size_t only = SIZE_MAX;  // that one fault of a launch, by its number
  bool verbose = false;    // print each fault
  std::function<void(const std::string&)> print;
};

struct Summary {
  size_t faults = 0;     // were tried
  size_t leftovers = 0;  // after so many of them something was wrong
  std::string text;      // what
};

// To be called by the init of a pid namespace: see run_isolated().
//
// Right after a fault is: the launch succeeded wholly (the program's exit status, its pid file, its ledger);
// or it failed with exit status 1 and a sentence, and the host is as it was before; or it was killed, and the
// next launch of that id, with
// --replace, or `jailrun rm` brings the host back. Where it was the taking away that was disturbed, and that
// was said, a second `rm` brings it back. Everything else is a leftover.
Summary sweep(const Wanted& wanted);

}  // namespace jailrun::integration::sweep
