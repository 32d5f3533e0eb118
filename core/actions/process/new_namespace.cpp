// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/new_namespace.hpp"

#include "core/base/log.hpp"
#include "core/plan/capabilities.hpp"
#include "core/plan/state.hpp"

#include <sched.h>

namespace jailrun::core {
namespace {

// "+86400 s", "-0.5 s".
std::string offset_text(int64_t nanoseconds) {
  constexpr uint64_t kSecond = 1'000'000'000;
  const bool is_negative = nanoseconds < 0;
  const uint64_t size =
      is_negative ? 0 - static_cast<uint64_t>(nanoseconds) : static_cast<uint64_t>(nanoseconds);
  std::string text = (is_negative ? "-" : "+") + std::to_string(size / kSecond);
  if (const uint64_t rest = size % kSecond; rest != 0) {
    const std::string digits = std::to_string(kSecond + rest).substr(1);
    text += "." + digits.substr(0, digits.find_last_not_of('0') + 1);
  }
  return text + " s";
}

}  // namespace

Result<void> OpenProcAction::perform(Launch&) {
  JR_ASSIGN(*opened_, sys::open_proc(purpose_));
  return {};
}

std::string NewNamespaceAction::object() const {
  std::string text = sys::namespace_name(wanted_.type);
  if (is_missing()) return text + "  (done without: " + wanted_.missing + ")";
  if (wanted_.type == CLONE_NEWNET) text += "  loopback up";
  if (!wanted_.hostname.empty()) text += "  hostname " + wanted_.hostname;
  if (!wanted_.domainname.empty()) text += "  domainname " + wanted_.domainname;
  if (wanted_.offsets.monotonic != 0) text += "  monotonic " + offset_text(wanted_.offsets.monotonic);
  if (wanted_.offsets.boottime != 0) text += "  boottime " + offset_text(wanted_.offsets.boottime);
  return text;
}

Record NewNamespaceAction::record() const {
  Record record;
  record.add("type", sys::namespace_name(wanted_.type));
  if (!wanted_.hostname.empty()) record.add("hostname", wanted_.hostname);
  if (!wanted_.domainname.empty()) record.add("domainname", wanted_.domainname);
  if (wanted_.offsets.monotonic != 0) record.add("monotonic", std::to_string(wanted_.offsets.monotonic));
  if (wanted_.offsets.boottime != 0) record.add("boottime", std::to_string(wanted_.offsets.boottime));
  if (is_missing()) record.add("missing", 1);
  return record;
}

uint32_t NewNamespaceAction::traits() const {
  if (is_missing()) return kCanComeBack;
  switch (wanted_.type) {
    case CLONE_NEWIPC: return kCanComeBack | kEntersIpc;
    case CLONE_NEWUTS: return kCanComeBack | kEntersUts;
    case CLONE_NEWCGROUP: return kCanComeBack | kEntersCgroup;
    case CLONE_NEWNET: return kCanComeBack | kEntersNetwork;
    // Only the exec enters it, but the children of a rollback would be in it: setns, which leads back, is
    // refused to a process with threads, and a plugin may have started one.
    default: return 0;
  }
}

uint64_t NewNamespaceAction::capabilities(bool /*is_roots*/) const {
  if (is_missing()) return 0;
  return capability_set(CAP_SYS_ADMIN) | (wanted_.type == CLONE_NEWNET ? capability_set(CAP_NET_ADMIN) : 0) |
         (wanted_.offsets.are_none() ? 0 : capability_set(CAP_SYS_TIME));
}

Result<void> NewNamespaceAction::perform(Launch& launch) {
  if (is_missing()) {
    log::warning("the program has no " + std::string(sys::namespace_name(wanted_.type)) +
                 " namespace of its own: " + wanted_.missing);
    return {};
  }
  JR_TRY(sys::unshare_namespace(wanted_.type));
  return set_up(launch);
}

Result<void> NewNamespaceAction::set_up(Launch& launch) const {
  if (wanted_.type == CLONE_NEWNET) return sys::bring_up_loopback();
  if (!wanted_.hostname.empty()) JR_TRY(sys::set_host_name(wanted_.hostname));
  if (!wanted_.domainname.empty()) JR_TRY(sys::set_domain_name(wanted_.domainname));
  if (wanted_.offsets.are_none()) return {};
  JR_TRY(sys::set_clock_offsets(wanted_.proc->get(), wanted_.offsets));
  launch.processes.monotonic_offset_us = wanted_.offsets.monotonic / 1000;
  return {};
}

}  // namespace jailrun::core
