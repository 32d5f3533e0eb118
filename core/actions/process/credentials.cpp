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

jr_owner CredentialsAction::inside() const {
  const sys::IdMaps& maps = user_namespace_->maps;
  return {sys::inside_id(maps.uids, owner_.uid).value_or(UINT32_MAX),
          sys::inside_id(maps.gids, owner_.gid).value_or(UINT32_MAX)};
}

std::string CredentialsAction::object() const {
  std::string text = "uid " + std::to_string(owner_.uid) + ", gid " + std::to_string(owner_.gid) +
                     (is_in_user_namespace() ? ", the caller's groups"
                      : groups_.empty()      ? ", no groups"
                                             : ", groups " + group_list());
  if (enters_user_namespace())
    text += "  in its user namespace uid " + std::to_string(inside().uid) + ", gid " +
            std::to_string(inside().gid);
  return text;
}

Record CredentialsAction::record() const {
  return Record().add("uid", owner_.uid).add("gid", owner_.gid).add("groups", group_list());
}

Result<void> CredentialsAction::perform(Launch& launch) {
  const sys::Capabilities capabilities =
      leaves_capabilities_ ? sys::Capabilities::kStillPermitted : sys::Capabilities::kDropped;
  if (enters_user_namespace())
    return sys::set_credentials_in(user_namespace_->opened.get(), inside(), groups_, capabilities);
  if (is_in_user_namespace()) return sys::set_credentials_inside(inside(), capabilities);
  if (launch.has_return_ticket) return sys::lend_credentials(owner_, groups_);
  return sys::set_credentials(owner_, groups_, capabilities);
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
