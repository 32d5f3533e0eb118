// SPDX-License-Identifier: Apache-2.0
#include "integration/bench/many_jails.hpp"

#include <algorithm>
#include <memory>

#include <signal.h>
#include <unistd.h>

namespace jailrun::integration::bench {
namespace {

std::string numbered(const std::string& name, size_t number) { return name + "-" + std::to_string(number); }

}  // namespace

double jails_per_second(const std::vector<Strings>& launches) {
  const double began = now_us();
  std::vector<TimedLaunch> running;
  running.reserve(launches.size());
  for (const Strings& launch : launches) running.emplace_back(launch);
  double last = began;
  for (TimedLaunch& launch : running) last = std::max(last, launch.first_instruction());
  for (TimedLaunch& launch : running) launch.end();
  return static_cast<double>(launches.size()) / (last - began) * 1e6;
}

Contender parallel_launches(const Testbed& testbed, const std::string& name, int jails) {
  std::vector<std::string> ids;
  std::vector<Strings> launches;
  for (int i = 0; i < jails; ++i) {
    ids.push_back(numbered("parallel", static_cast<size_t>(i)));
    launches.push_back(testbed.jailrun_words(ids.back(), {}));
  }
  return {name, [launches] { return jails_per_second(launches); }, [] {},
          [&testbed, ids] {
            for (const std::string& id : ids) testbed.remove(id);
          }};
}

void make_dead_jails(const Testbed& testbed, int jails) {
  for (int i = 0; i < jails; ++i)
    time_to_program(testbed.jailrun_words(numbered("dead", static_cast<size_t>(i)), {}));
  sync();  // or the disk would be busy with them while the next ones are measured
}

void LiveJails::set_count(size_t count) {
  while (alive_.size() < count) {
    Strings words = testbed_.jailrun_words(numbered("alive", alive_.size()), {});
    words.emplace_back("stay");
    alive_.emplace_back(words);
    alive_.back().first_instruction();
  }
  while (alive_.size() > count) {
    kill(alive_.back().pid(), SIGKILL);
    alive_.back().end();
    alive_.pop_back();
    testbed_.remove(numbered("alive", alive_.size()));
  }
}

LiveJails::~LiveJails() {
  try {
    set_count(0);
  } catch (const std::exception&) {
    // What went wrong shows in the measurements.
  }
}

}  // namespace jailrun::integration::bench
