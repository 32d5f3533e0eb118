// SPDX-License-Identifier: Apache-2.0
// The launches that are swept: one for each pipeline that ships, and one for each other path that a
// launch can take.
#pragma once

#include "integration/support/command.hpp"
#include "integration/support/network.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace jailrun::integration::sweep {

constexpr int kProgramStatus = 7;  // what the jailed program exits with
constexpr const char* kId = "swept";

// A place for jails, and what the launches need beside it.
class Testbed {
 public:
  // Shared: the base is on a mount that other namespaces share.
  enum class Mount { kPrivate, kShared };
  explicit Testbed(Mount mount);
  Testbed(const Testbed&) = delete;
  Testbed& operator=(const Testbed&) = delete;
  ~Testbed();

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
  std::string pipeline_with_filter() const { return directory_ + "/filter.conf"; }
  std::string pipeline_with_rules() const { return directory_ + "/rules.conf"; }
  std::string pipeline_with_capabilities() const { return directory_ + "/capabilities.conf"; }
  std::string pipeline_with_namespaces() const { return directory_ + "/namespaces.conf"; }
  std::string pipeline_with_user_namespace() const { return directory_ + "/user-namespace.conf"; }
  std::string pipeline_with_mapped_bind() const { return directory_ + "/mapped-bind.conf"; }
  std::string pipeline_with_attributes() const { return directory_ + "/attributes.conf"; }
  std::string pipeline_with_device_access() const { return directory_ + "/device-access.conf"; }
  std::string pipeline_with_user_net() const { return directory_ + "/user-net.conf"; }
  std::string pipeline_with_time_limit() const { return directory_ + "/time-limit.conf"; }
  std::string pipeline_that_learns() const { return directory_ + "/learn.conf"; }
  std::string pipeline_that_notifies() const { return directory_ + "/notify.conf"; }
  std::string pipeline_with_proc() const { return directory_ + "/proc.conf"; }
  std::string pipeline_with_filesystems() const { return directory_ + "/filesystems.conf"; }
  std::string pipeline_with_libraries() const { return directory_ + "/libraries.conf"; }
  // A symbolic link to the probe, of another name.
  std::string link() const { return directory_ + "/link-to-probe"; }

 private:
  std::string directory_;
  Mount mount_;
  std::optional<NetworkNamespace> network_;
  std::optional<OpenTun> tun_;
};

enum class Kind {
  kInPlace,
  kInBackground,
  kSupervised,   // the jail is gone when the launch is over
  kFailingExec,  // the exec fails, and the launch is rolled back
  kRemoval,      // `jailrun rm`
};

struct Launch {
  std::string name;
  Kind kind = Kind::kInPlace;
  Strings argv;
  int status = kProgramStatus;  // of the caller's process, without a fault
  // Makes what the launch is to find. Once: that exists before it and after it. Otherwise the
  // launch removes it.
  std::function<void()> before{};
  bool once = false;
  // The same before each try, for what a host keeps: it counts neither as found nor as left over.
  std::function<void()> before_each{};
};

std::vector<Launch> launches(const Testbed& testbed);
// Makes what the host keeps, so that the launches swept all find it.
void keep_template(const Testbed& testbed);
// Those that don't find it: the template namespace is made, or done without.
std::vector<Launch> template_launches(const Testbed& testbed);

Strings launch_command(const Testbed& testbed, const Strings& options, const std::string& program);
Strings launch_command(const Testbed& testbed, const Strings& options);
Strings remove_command(const Testbed& testbed, const Strings& options = {});

}  // namespace jailrun::integration::sweep
