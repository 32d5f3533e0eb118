// SPDX-License-Identifier: Apache-2.0
// What else runs on a host while a launch is measured.
#pragma once

#include <vector>

#include <sys/types.h>

namespace jailrun::integration::bench {

// Processes that compete with what is measured for every processor, at the same priority; until this object
// goes.
class BusyNeighbours {
 public:
  explicit BusyNeighbours(int for_each_processor);
  BusyNeighbours(const BusyNeighbours&) = delete;
  BusyNeighbours& operator=(const BusyNeighbours&) = delete;
  ~BusyNeighbours();

 private:
  std::vector<pid_t> pids_;
};

// A process with so many threads that sleep, until this object goes. Throws where the host has no room for
// them.
class SleepingThreads {
 public:
  explicit SleepingThreads(int count);
  SleepingThreads(const SleepingThreads&) = delete;
  SleepingThreads& operator=(const SleepingThreads&) = delete;
  ~SleepingThreads();

 private:
  pid_t pid_ = -1;
};

}  // namespace jailrun::integration::bench
