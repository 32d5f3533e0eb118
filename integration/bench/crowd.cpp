// SPDX-License-Identifier: Apache-2.0
#include "integration/bench/crowd.hpp"

#include <algorithm>
#include <memory>

#include <signal.h>
#include <unistd.h>

namespace jailrun::integration::bench {
namespace {

std::string numbered(const std::string& name, size_t number) { return name + "-" + std::to_string(number); }

double jails_per_second(const std::vector<Words>& launches) {
  const double began = now_us();
  std::vector<Shot> shots;
  shots.reserve(launches.size());
  for (const Words& launch : launches) shots.emplace_back(launch);
  double last = began;
  for (Shot& shot : shots) last = std::max(last, shot.first_instruction());
  for (Shot& shot : shots) shot.end();
  return static_cast<double>(launches.size()) / (last - began) * 1e6;
}

}  // namespace

Contender crowd(const Place& place, const std::string& name, int jails) {
  std::vector<std::string> ids;
  std::vector<Words> launches;
  for (int i = 0; i < jails; ++i) {
    ids.push_back(numbered("crowd", static_cast<size_t>(i)));
    launches.push_back(place.jailrun_words(ids.back(), {}));
  }
  return {name, [launches] { return jails_per_second(launches); }, [] {},
          [&place, ids] {
            for (const std::string& id : ids) place.remove(id);
          }};
}

void leave_dead(const Place& place, int jails) {
  for (int i = 0; i < jails; ++i)
    time_to_program(place.jailrun_words(numbered("dead", static_cast<size_t>(i)), {}));
  sync();  // or the disk would be busy with them while the next ones are measured
}

void LiveJails::be(size_t count) {
  while (alive_.size() < count) {
    Words words = place_.jailrun_words(numbered("alive", alive_.size()), {});
    words.emplace_back("stay");
    alive_.emplace_back(words);
    alive_.back().first_instruction();
  }
  while (alive_.size() > count) {
    kill(alive_.back().pid(), SIGKILL);
    alive_.back().end();
    alive_.pop_back();
    place_.remove(numbered("alive", alive_.size()));
  }
}

LiveJails::~LiveJails() {
  try {
    be(0);
  } catch (const std::exception&) {
    // Whoever looks at the measurements is told of what went wrong in them.
  }
}

}  // namespace jailrun::integration::bench
