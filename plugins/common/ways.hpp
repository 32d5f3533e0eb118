// SPDX-License-Identifier: Apache-2.0
// The ways in which a regular host file comes into the jail.
#pragma once

#include <jailrun/stage.hpp>

#include <string>
#include <string_view>

namespace jailrun_stages {

struct HostFile {
  std::string source;  // host path
  std::string target;  // in the jail
  jr_owner owner;      // of a file of its own: by reflink or copy
  uint32_t mode = JR_MODE_OF_SOURCE;

  void reflink(jailrun::Plan& plan) const {
    plan.copy(jailrun::on_host(source), target, owner, mode, JR_COPY_REFLINK);
  }
  void link(jailrun::Plan& plan) const { plan.link(jailrun::on_host(source), target); }
  // Writable for whom the file itself is, as by a hard link.
  void bind(jailrun::Plan& plan) const {
    plan.write(target, "", 0444);  // something to mount over
    plan.bind(jailrun::on_host(source), target, JR_MOUNT_NODEV | JR_MOUNT_NOSUID);
  }
  void copy(jailrun::Plan& plan) const { plan.copy(jailrun::on_host(source), target, owner, mode); }

  // By one of kWays.
  void by(std::string_view way, jailrun::Plan& plan) const {
    if (way == "reflink") return reflink(plan);
    if (way == "link") return link(plan);
    if (way == "bind") return bind(plan);
    copy(plan);
  }
};

constexpr const char* kWays = "reflink, link, bind, copy";

inline bool is_way(std::string_view word) {
  return word == "reflink" || word == "link" || word == "bind" || word == "copy";
}

}  // namespace jailrun_stages
