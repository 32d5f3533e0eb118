// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/credentials.hpp"

#include "core/plan/state.hpp"
#include "core/sys/credentials.hpp"

#include <cerrno>

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>

namespace jailrun::core {

std::string CredentialsAction::group_list() const {
  std::string text;
  for (const uint32_t group : groups_) text.append(text.empty() ? "" : ",").append(std::to_string(group));
  return text;
}

std::string CredentialsAction::object() const {
  return "uid " + std::to_string(owner_.uid) + ", gid " + std::to_string(owner_.gid) +
         (groups_.empty() ? ", no groups" : ", groups " + group_list());
}

Record CredentialsAction::record() const {
  return Record().add("uid", owner_.uid).add("gid", owner_.gid).add("groups", group_list());
}

Result<void> CredentialsAction::perform(Launch& launch) {
  if (launch.has_return_ticket) return sys::lend_credentials(owner_, groups_);
  return sys::set_credentials(
      owner_, groups_,
      leaves_capabilities_ ? sys::Capabilities::kStillPermitted : sys::Capabilities::kDropped);
}

Result<void> DeathSignalAction::perform(Launch& launch) {
  // After the credentials, whose change clears it.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return system_error(errno, "");
  // Not by getppid, which is 0 in a pid namespace of its own.
  pollfd supervisor = {launch.processes.supervisor.get(), POLLIN, 0};
  if (poll(&supervisor, 1, 0) != 0) return internal_error("the supervisor has already exited");
  return {};
}

}  // namespace jailrun::core
