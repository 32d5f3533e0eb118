// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/capabilities.hpp"

#include "core/sys/capabilities.hpp"

namespace jailrun::core {
namespace {

// As /proc/PID/status shows sets.
std::string hexadecimal(uint64_t set) {
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) digits += "0123456789abcdef"[set >> shift & 15];
  return digits;
}

}  // namespace

CapabilitiesAction::CapabilitiesAction(const sys::CapabilitySets& wanted, uint32_t securebits, uint64_t known)
    : Action(Phase::kEnter), securebits_(securebits), known_(known) {
  uint64_t named = wanted.permitted | wanted.inheritable | wanted.ambient;
  // What all is, the kernel decides.
  if (wanted.bounding != UINT64_MAX) named |= wanted.bounding;
  unknown_ = named & ~known;
  sets_ = {(wanted.bounding & known) == known ? UINT64_MAX : wanted.bounding & known,
           wanted.permitted & known, wanted.inheritable & known, wanted.ambient & known};
}

// The shorter of what is in it and what is not.
std::string CapabilitiesAction::words(uint64_t set) const {
  set &= known_;
  if (set == 0) return "none";
  if (set == known_) return "all";
  const std::string names = sys::capability_names(set);
  const std::string others = "all but " + sys::capability_names(known_ & ~set);
  return names.size() <= others.size() ? names : others;
}

std::string CapabilitiesAction::object() const {
  std::string text = words(sets_.permitted);
  if (sets_.ambient != 0 && sets_.ambient == sets_.permitted)
    text += " (ambient)";
  else if (sets_.ambient != 0)
    text += "  ambient " + words(sets_.ambient);
  if (sets_.inheritable != sets_.ambient) text += "  inheritable " + words(sets_.inheritable);
  text += "  bounding " + words(sets_.bounding);
  if (securebits_ != 0) text += "  securebits " + sys::securebit_names(securebits_);
  if (unknown_ != 0) text += "  (this kernel has no " + sys::capability_names(unknown_) + ")";
  return text;
}

Record CapabilitiesAction::record() const {
  return Record()
      .add("permitted", hexadecimal(sets_.permitted))
      .add("inheritable", hexadecimal(sets_.inheritable))
      .add("ambient", hexadecimal(sets_.ambient))
      .add("bounding", hexadecimal(sets_.bounding & known_))
      .add("securebits", securebits_);
}

uint64_t CapabilitiesAction::capabilities(bool) const {
  return sets_.permitted | sets_.inheritable |
         (sys::needs_setpcap(sets_, securebits_) ? capability_set(CAP_SETPCAP) : 0);
}

Result<void> CapabilitiesAction::perform(Launch&) { return sys::set_capabilities(sets_, securebits_); }

}  // namespace jailrun::core
