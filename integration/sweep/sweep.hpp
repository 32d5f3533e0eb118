// SPDX-License-Identifier: Apache-2.0
// The fault sweep: every system call of a launch fails in turn, or its process is killed there, and the host
// is checked afterwards.
#pragma once

#include "integration/sweep/launches.hpp"
#include "integration/sweep/tracer.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace jailrun::integration::sweep {

struct Options {
  std::string launch{};    // the only one; empty: all
  size_t every = 1;        // only each Nth fault is tried
  size_t only = SIZE_MAX;  // that one fault of a launch, by its number
  bool verbose = false;    // print each fault
  std::function<void(const std::string&)> print;
};

struct Summary {
  size_t faults = 0;     // tried
  size_t leftovers = 0;  // faults after which something was wrong
  std::string text;      // what was wrong
};

// To be called by the init of a pid namespace: see run_isolated().
//
// These results are right after a fault:
//   - the launch succeeded completely: the program's exit status, its pid file, its ledger;
//   - it failed with exit status 1 and a sentence, and the host is as it was before;
//   - it was killed, and the next launch of that id, with --replace, or `jailrun rm` brings the host back;
//   - removing the jail failed and said so, and a second `rm` brings the host back.
// Everything else is a leftover.
Summary sweep(const Options& options);

}  // namespace jailrun::integration::sweep
