// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/user_namespace.hpp"

#include "core/base/log.hpp"
#include "core/host/id_leases.hpp"
#include "core/plan/capabilities.hpp"
#include "core/plan/state.hpp"
#include "core/sys/paths.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::core {

std::string LeaseIdsAction::object() const {
  std::string text = std::to_string(lease_.count) + " ids from " + std::to_string(lease_.inside) +
                     " on, chosen at launch of those that no other jail has in";
  for (const jr_id_range& one : lease_.pool)
    text += " " + std::to_string(one.outside) + "-" + std::to_string(uint64_t{one.outside} + one.count - 1);
  return text;
}

Record LeaseIdsAction::record() const {
  return Record().add("inside", lease_.inside).add("count", lease_.count);
}

Result<void> LeaseIdsAction::perform(Launch& launch) {
  sys::IdMaps& maps = wanted_->maps;
  sys::IdRanges avoided = maps.uids;
  avoided.insert(avoided.end(), maps.gids.begin(), maps.gids.end());
  JR_ASSIGN(const uint32_t first, lease_ids(launch.jail.token, lease_.pool, lease_.count, avoided));
  JR_TRY(launch.slots->set("ids.first", std::to_string(first)));
  const jr_id_range leased = {lease_.inside, first, lease_.count};
  maps.uids.push_back(leased);
  maps.gids.push_back(leased);
  return {};
}

Result<void> LeaseIdsAction::release(Release& release) { return end_lease(release.jail.token); }

namespace {

std::string text_of(const UserNamespace& wanted) {
  const sys::IdMaps& maps = wanted.maps;
  std::string text = "uids " + sys::text_of(maps.uids) + "  gids " + sys::text_of(maps.gids);
  if (!wanted.missing.empty()) return text + "  (done without: " + wanted.missing + ")";
  if (maps.has_setgroups) text += "  setgroups allowed";
  if (maps.is_nestable) text += "  others in it allowed";
  return text;
}

Record record_of(const UserNamespace& wanted) {
  Record record;
  record.add("uids", sys::text_of(wanted.maps.uids)).add("gids", sys::text_of(wanted.maps.gids));
  if (wanted.maps.has_setgroups) record.add("setgroups", 1);
  if (wanted.maps.is_nestable) record.add("nested", 1);
  if (!wanted.missing.empty()) record.add("missing", 1);
  return record;
}

}  // namespace

std::string UserNamespaceAction::object() const { return text_of(*wanted_); }

Record UserNamespaceAction::record() const { return record_of(*wanted_); }

std::string FirstUserNamespaceAction::object() const {
  return text_of(*wanted_) + "  entered first, with a mount namespace";
}

Record FirstUserNamespaceAction::record() const { return record_of(*wanted_).add("first", 1); }

Result<void> FirstUserNamespaceAction::perform(Launch& launch) {
  // Only the working directory follows the process into the copy of the mounts: no descriptor of the old ones
  // can be mounted there.
  if (launch.jail.root && fchdir(launch.jail.root.get()) != 0)
    return system_error(errno, "enter the jail's root");
  JR_TRY(sys::enter_first_user_namespace(wanted_->maps, launch.processes.is_in_user_namespace));
  if (!launch.jail.root) return {};
  JR_ASSIGN(launch.root_copy, sys::open_host(".", O_PATH | O_DIRECTORY));
  return {};
}

uint64_t UserNamespaceAction::capabilities(bool /*is_roots*/) const {
  if (!wanted_->missing.empty()) return 0;
  // Since Linux 5.12: whose uid 0 is the runner's could give a file capabilities that count outside.
  const bool has_root = sys::inside_id(wanted_->maps.uids, 0).has_value();
  return capability_set(CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID) | (has_root ? capability_set(CAP_SETFCAP) : 0);
}

Result<void> UserNamespaceAction::perform(Launch&) {
  if (!wanted_->missing.empty()) {
    log::warning("the program has no user namespace of its own: " + wanted_->missing);
    return {};
  }
  JR_ASSIGN(wanted_->opened, sys::make_user_namespace(wanted_->maps));
  return {};
}

}  // namespace jailrun::core
