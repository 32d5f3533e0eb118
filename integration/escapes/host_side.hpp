// SPDX-License-Identifier: Apache-2.0
// What a jailed program must not get hold of: put up on the host, and taken down again.
#pragma once

#include "integration/support/command.hpp"

#include <string>

#include <sys/types.h>

namespace jailrun::integration::escapes {

constexpr uid_t kUid = 1234;
constexpr gid_t kGid = 4321;

// Who starts the probe: root, as it starts jails, or an ordinary user.
enum class Caller { kRoot, kUser };

class HostSide {
 public:
  // Files go below `directory`, which others must be able to enter.
  explicit HostSide(const std::string& directory);
  HostSide(const HostSide&) = delete;
  HostSide& operator=(const HostSide&) = delete;
  ~HostSide();

  // The probe's arguments, where it finds itself and the set-user-ID file at these paths.
  Strings words(const std::string& program, const std::string& setuid_file) const;
  // Gives the command all that a caller can pass on: a terminal, descriptors, groups, keys, environment.
  Command furnished(const Strings& argv, Caller caller) const;
  // The probe's copy with root's set-user-ID bit, for a root that holds one.
  void put_setuid_file(const std::string& path) const;

 private:
  void make_files();
  void make_sockets();
  void make_ipc();
  void start_victim();

  std::string directory_;
  pid_t victim_ = 0;
  int sockets_[3] = {-1, -1, -1};
  std::string port_;
  std::string network_;
};

}  // namespace jailrun::integration::escapes
