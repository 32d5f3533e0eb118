// SPDX-License-Identifier: Apache-2.0
// jailrun-sweep: the whole fault sweep, or a part of it. Run by ./dev sweep.
#include "integration/support/isolation.hpp"
#include "integration/support/stage.hpp"
#include "integration/sweep/endurance.hpp"
#include "integration/sweep/sweep.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>

#include <unistd.h>

namespace {

using namespace jailrun::integration;

constexpr const char* kUsage =
    "usage: jailrun-sweep [--sample K] [--launch NAME [--fault N]] [--verbose]\n"
    "  --sample K     only each Kth fault, without the thousand launches afterwards\n"
    "  --launch NAME  only that launch; a name that is not one's is answered with all of them\n"
    "  --fault N      only its fault of that number, as leftovers are numbered\n"
    "  --verbose      print each fault and its result\n";

int run_sweep(const sweep::Options& options, bool whole) {
  try {
    sweep::Summary summary = sweep::sweep(options);
    if (whole) {
      constexpr int kLaunches = 1000;
      const std::string growth = sweep::launch_and_remove_many(kLaunches);
      std::printf("%d launches and removals in a row: %s\n", kLaunches,
                  growth.empty() ? "nothing grew" : growth.c_str());
      if (!growth.empty()) ++summary.leftovers;
    }
    std::printf("%zu faults, %zu leftovers\n", summary.faults, summary.leftovers);
    return summary.leftovers == 0 && summary.faults > 0 ? 0 : 1;
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "jailrun-sweep: %s\n", exception.what());
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  sweep::Options options;
  options.print = [](const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
  };
  bool whole = true;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (word == "--verbose") {
      options.verbose = true;
      continue;
    }
    if (value == nullptr || (word != "--sample" && word != "--launch" && word != "--fault"))
      return std::fputs(kUsage, stderr), 1;
    if (word == "--sample") options.every = static_cast<size_t>(std::max(1L, std::atol(value)));
    if (word == "--launch") options.launch = value;
    if (word == "--fault") options.only = static_cast<size_t>(std::atol(value));
    whole = false;
    ++i;
  }
  if (geteuid() != 0 || access(runner().c_str(), X_OK) != 0)
    return std::fputs("jailrun-sweep: needs root and a staged tree: sudo ./dev sweep\n", stderr), 1;
  return run_isolated([&] { return run_sweep(options, whole); });
}
