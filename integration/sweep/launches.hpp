// SPDX-License-Identifier: Apache-2.0
// The launches that are swept: one for each pipeline that ships, and one for each way in which a launch takes
// another path.
#pragma once

#include "integration/support/command.hpp"
#include "integration/support/network.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace jailrun::integration::sweep {

constexpr int kProgramsStatus = 7;  // what the jailed program exits with
constexpr const char* kId = "swept";

// A place for jails, and what the launches need beside it.
class Ground {
 public:
  // Shared: the base is on a mount that other namespaces share, and so has a template namespace.
  enum class Mount { kPrivate, kShared };
  explicit Ground(Mount mount);
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  ~Ground();

  std::string base() const { return directory_ + "/jails"; }
  std::string jail() const { return base() + "/probe/" + kId; }
  std::string netns() const { return directory_ + "/netns"; }
  std::string shown() const { return directory_ + "/shown"; }           // a directory to be bound into jails
  std::string image() const { return directory_ + "/image"; }           // of a disk, with a hole in it
  std::string volumes() const { return directory_ + "/volumes.conf"; }  // default.conf with the stage volume
  std::string broken() const { return directory_ + "/broken/probe"; }   // a program that can't be started
  std::string program() const {
    return directory_ + "/program/probe";
  }  // the probe, on the jails' filesystem
  std::string pipeline_with_files() const { return directory_ + "/files.conf"; }
  std::string pipeline_with_libraries() const { return directory_ + "/libraries.conf"; }
  // A symbolic link to the probe, of another name.
  std::string link() const { return directory_ + "/link-to-probe"; }

 private:
  std::string directory_;
  Mount mount_;
  std::optional<NetworkNamespace> network_;
};

enum class Kind {
  kInPlace,
  kInBackground,
  kSupervised,  // the jail is gone when the launch is over
  kHopeless,    // the exec fails, and all is taken back
  kRemoval,     // `jailrun rm`
};

struct Launch {
  std::string name;
  Kind kind = Kind::kInPlace;
  Words argv;
  int status = kProgramsStatus;  // of the caller's process, where nothing is disturbed
  // Brings about what the launch is to find. Once: that stands before it and after it. Otherwise it is what
  // the launch takes away.
  std::function<void()> before{};
  bool once = false;
  // The same before each try, for what a host keeps: it counts neither as found nor as left.
  std::function<void()> before_each{};
};

std::vector<Launch> launches(const Ground& ground);
// Those that take another way where there is a template namespace: its making, its use, in a child too.
std::vector<Launch> template_launches(const Ground& shared);

Words launch_words(const Ground& ground, const Words& options, const std::string& program);
Words launch_words(const Ground& ground, const Words& options);
Words remove_words(const Ground& ground, const Words& options = {});

}  // namespace jailrun::integration::sweep
