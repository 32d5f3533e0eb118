// SPDX-License-Identifier: Apache-2.0
#include "integration/sweep/endurance.hpp"

#include "integration/support/host_snapshot.hpp"
#include "integration/support/proc.hpp"
#include "integration/support/stage.hpp"
#include "integration/sweep/launches.hpp"

#include <unistd.h>

namespace jailrun::integration::sweep {

std::string launch_and_remove_many(int count) {
  const Testbed testbed(Testbed::Mount::kPrivate);
  const Strings launch =
      launch_command(testbed, {"--pipeline", pipeline("default.conf"), "--cgroup", "cpuset.cpus=0",
                               "--cgroup", "cpuset.mems=0", "--netns", testbed.netns()});
  const Strings removal = remove_command(testbed);
  (void)run(launch);  // makes what the host keeps
  (void)run(removal);
  const HostSnapshot before = HostSnapshot::take(testbed.base());
  const size_t descriptors_before = descriptors(getpid()).size();
  for (int i = 0; i < count; ++i) {
    const Outcome launched = run(launch);
    if (launched.exit_status != kProgramStatus) return "launch " + std::to_string(i) + ": " + launched.text();
    const Outcome removed = run(removal);
    if (!removed.succeeded()) return "removal " + std::to_string(i) + ": " + removed.text();
  }
  std::string growth = changes_since(before, testbed.base());
  if (descriptors(getpid()).size() != descriptors_before) growth += "descriptors\n";
  return growth;
}

}  // namespace jailrun::integration::sweep
