// SPDX-License-Identifier: Apache-2.0
// The methods by which a regular host file is put into the jail.
#pragma once

#include <jailrun/stage.hpp>

#include <string>
#include <string_view>

namespace jailrun_stages {

struct HostFile {
  std::string source;  // host path
  std::string target;  // in the jail
  jr_owner owner;      // of a new file, that is by reflink or copy
  uint32_t mode = JR_MODE_OF_SOURCE;

  void reflink(jailrun::Plan& plan) const {
    plan.copy(jailrun::on_host(source), target, owner, mode, JR_COPY_REFLINK);
  }
  void link(jailrun::Plan& plan) const { plan.link(jailrun::on_host(source), target); }
  // Writable by whoever may write the host's file, as with a hard link.
  void bind(jailrun::Plan& plan) const {
    plan.write(target, "", 0444);  // something to mount over
    plan.bind(jailrun::on_host(source), target, JR_MOUNT_NODEV | JR_MOUNT_NOSUID);
  }
  void copy(jailrun::Plan& plan) const { plan.copy(jailrun::on_host(source), target, owner, mode); }

  // By one of kMethods.
  void by(std::string_view method, jailrun::Plan& plan) const {
    if (method == "reflink") return reflink(plan);
    if (method == "link") return link(plan);
    if (method == "bind") return bind(plan);
    copy(plan);
  }
};

constexpr const char* kMethods = "reflink, link, bind, copy";

inline bool is_method(std::string_view word) {
  return word == "reflink" || word == "link" || word == "bind" || word == "copy";
}

}  // namespace jailrun_stages
