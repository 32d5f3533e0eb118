// SPDX-License-Identifier: Apache-2.0
// What a user's choices cost: docs/operator/performance.md is written from these.
#include "integration/bench/cases/cases.hpp"
#include "integration/bench/testbed.hpp"
#include "integration/bench/timed_launch.hpp"
#include "integration/support/stage.hpp"

#include <sys/wait.h>

namespace jailrun::integration::bench {
namespace {

// The caller gets it back when the program's exec has succeeded; the program's stdout is /dev/null.
Contender until_return(const Testbed& testbed, const std::string& name, const Strings& options) {
  Contender contender = testbed.jailrun(name);
  const Strings words = testbed.jailrun_words("bench", options);
  contender.measure = [words] {
    const double us = time_to_exit(words);
    while (waitpid(-1, nullptr, 0) > 0) continue;
    return us;
  };
  return contender;
}

CaseResult measure_options(const Settings& settings) {
  CaseResult result = {"choices", "the default pipeline with one thing different"};
  constexpr size_t kProgram = 3U << 20;  // about a VMM's
  const std::string program = program_of(settings.sub("large"), kProgram);
  const Tmpfs memory(settings.sub("choices-tmpfs"));
  const Testbed testbed(settings.sub("choices"));
  const Testbed large(settings.sub("choices-large"), program);
  const Testbed tmpfs(memory.path() + "/jails");
  const Testbed large_on_tmpfs(memory.path() + "/large", program);
  Contender supervised = testbed.jailrun("--supervise", {"--supervise"});
  supervised.after = [] {};  // the supervisor has removed it
  result.series = interleave(
      {testbed.jailrun("as it is"), testbed.jailrun("--device none", {"--device", "none"}),
       tmpfs.jailrun("the base on a tmpfs"), large.jailrun("a program of 3 MiB"),
       large_on_tmpfs.jailrun("a program of 3 MiB, the base on a tmpfs"), supervised,
       testbed.jailrun("firecracker.conf", {}, pipeline("firecracker.conf")),
       testbed.jailrun("firecracker.conf --new-pid-ns", {"--new-pid-ns"}, pipeline("firecracker.conf")),
       until_return(testbed, "--daemonize, until it returns", {"--daemonize"})},
      settings.rounds);
  return result;
}

}  // namespace

std::vector<Case> option_cases() { return {{"choices", false, measure_options}}; }

}  // namespace jailrun::integration::bench
