// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/user_namespace.hpp"

#include "core/base/log.hpp"
#include "core/plan/capabilities.hpp"

namespace jailrun::core {

std::string UserNamespaceAction::object() const {
  const sys::IdMaps& maps = wanted_->maps;
  std::string text = "uids " + sys::text_of(maps.uids) + "  gids " + sys::text_of(maps.gids);
  if (!wanted_->missing.empty()) return text + "  (done without: " + wanted_->missing + ")";
  if (maps.has_setgroups) text += "  setgroups allowed";
  if (maps.is_nestable) text += "  others in it allowed";
  return text;
}

Record UserNamespaceAction::record() const {
  Record record;
  record.add("uids", sys::text_of(wanted_->maps.uids)).add("gids", sys::text_of(wanted_->maps.gids));
  if (wanted_->maps.has_setgroups) record.add("setgroups", 1);
  if (wanted_->maps.is_nestable) record.add("nested", 1);
  if (!wanted_->missing.empty()) record.add("missing", 1);
  return record;
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
