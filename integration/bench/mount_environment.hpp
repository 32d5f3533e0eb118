// SPDX-License-Identifier: Apache-2.0
// Hosts with more or fewer mounts, side by side: each is a mount namespace that this process can enter.
#pragma once

#include <string>

namespace jailrun::integration::bench {

// All mounts shared, as systemd has them, but with nothing outside. Called once, inside run_isolated.
void share_mounts();

// This process and what it launches get the processor as soon as they want it, for slices of a
// millisecond, and their cpu group, which run_isolated has made, goes before all others: other load on the
// machine would otherwise be most of what is measured. A kernel before 6.12 knows no slices; there it matters
// more that nothing else runs.
void raise_priority();

class MountEnvironment {
 public:
  // A copy of the namespace that this process is in, with a /run of its own and so many mounts more.
  MountEnvironment(const std::string& directory, int mounts);
  MountEnvironment(const MountEnvironment&) = delete;
  MountEnvironment& operator=(const MountEnvironment&) = delete;
  ~MountEnvironment();

  // What is launched from now on is launched in it; leave() goes back to where this process began.
  void enter() const;
  static void leave();

 private:
  int fd_ = -1;
};

}  // namespace jailrun::integration::bench
