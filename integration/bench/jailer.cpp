// SPDX-License-Identifier: Apache-2.0
#include "integration/bench/jailer.hpp"

#include "integration/bench/many_jails.hpp"
#include "integration/bench/timed_launch.hpp"
#include "integration/support/cgroups.hpp"
#include "integration/support/files.hpp"

#include <cstdlib>
#include <filesystem>

#include <unistd.h>

namespace jailrun::integration::bench {
namespace {

std::string jailer_program() {
  const char* named = std::getenv("JAILRUN_BENCH_JAILER");
  return named == nullptr ? "" : named;
}

Strings jailer_words(const Testbed& testbed, const std::string& id, const Strings& options) {
  Strings words = {jailer_program(), "--id",  id,     "--exec-file",       testbed.program(), "--uid",
                   "1234",           "--gid", "4321", "--chroot-base-dir", testbed.base()};
  words.insert(words.end(), options.begin(), options.end());
  return words;
}

void remove_all(const Testbed& testbed) {
  std::filesystem::remove_all(testbed.base() + "/first");
  for (const CgroupMount& mount : cgroup_mounts())
    if (exists(mount.path + "/first")) remove_group_tree(mount.path + "/first");
}

}  // namespace

bool has_jailer() { return access(jailer_program().c_str(), X_OK) == 0; }

Contender jailer(const Testbed& testbed, const std::string& name, const Strings& options) {
  const Strings words = jailer_words(testbed, "bench", options);
  return {name, [words] { return time_to_program(words); }, [] {}, [&testbed] { remove_all(testbed); }};
}

Contender parallel_jailers(const Testbed& testbed, const std::string& name, int jails) {
  std::vector<Strings> launches;
  for (int i = 0; i < jails; ++i)
    launches.push_back(jailer_words(testbed, "parallel-" + std::to_string(i), {}));
  return {name, [launches] { return jails_per_second(launches); }, [] {},
          [&testbed] { remove_all(testbed); }};
}

}  // namespace jailrun::integration::bench
