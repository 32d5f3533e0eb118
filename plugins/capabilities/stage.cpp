// SPDX-License-Identifier: Apache-2.0
// Which capabilities the program has, and which it and its children can ever have.
#include "../common/faults.hpp"
#include "core/sys/capability_sets.hpp"
#include "names.hpp"

#include <jailrun/stage.hpp>

#include <unistd.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;
using jailrun_stages::CapabilityList;
using jailrun_stages::Faults;
using jailrun_stages::SecurebitList;

constexpr Option kOptions[] = {
    Option::text(
        "keep-capabilities", "NAMES",
        "the capabilities that the program has, whatever its uid: names as in capabilities(7), with or "
        "without CAP_, none, or all that jailrun has")
        .repeatable()
        .defaults_to("none"),
    Option::text(
        "bounding", "NAMES",
        "those that the program and its children can ever gain, by a set-user-ID program for example: "
        "names, none or all; if not given, those that are kept or inheritable")
        .repeatable(),
    Option::text("inheritable", "NAMES",
                 "those that a file's inheritable capabilities can give: names or none; if not given, those "
                 "that are kept if the program's uid is not 0, as the kernel needs that, else none")
        .repeatable(),
    Option::text("securebits", "WORDS",
                 "noroot (a uid of 0 gives no capability), no-setuid-fixup, no-cap-ambient-raise, each with "
                 "-locked to lock it; keep-caps-locked; or locked, to lock all that are named")
        .repeatable()};

// The second is what the stage user-namespace makes of the first.
constexpr Fact kConsumes[] = {Fact::number("jail.uid").optional(),
                              Fact::number("user-namespace.uid").optional()};
constexpr Fact kProvides[] = {Fact::number("jail.capabilities").while_configuring()};

// Of the caller's bits those that can't be cleared, as the launch clears the others: each is followed by the
// one that locks it.
uint32_t locked(uint32_t securebits) {
  const uint32_t locks = securebits & SECURE_ALL_LOCKS;
  return locks | (securebits & locks >> 1);
}

std::string names(uint64_t set) { return jailrun::sys::capability_names(set); }

class Capabilities final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    Faults faults;
    const auto read = [&](const char* option, auto& list) {
      uint64_t index = 0;
      for (const std::string& value : context.options(option))
        faults.add(context.origin(option, index++), list.add(value));
    };
    read("keep-capabilities", keep_);
    read("bounding", bounding_);
    read("inheritable", inheritable_);
    read("securebits", securebits_);
    if (inheritable_.is_all()) faults.add(context.origin("inheritable"), "name those that are meant");
    faults.add(context.origin("securebits"), securebits_.fault());
    JR_TRY(faults.result());
    // Who is not root is shown root's plan.
    const uint64_t known = jailrun::sys::known_capabilities();
    const uint64_t own = geteuid() == 0 ? jailrun::sys::effective_capabilities() : known;
    kept_ = keep_.is_all() ? own : keep_.set();
    context.publish("jail.capabilities", kept_ & known);
    return {};
  }

  Result<void> plan(Plan& plan) override {
    const bool stays_root = !plan.has_fact("jail.uid") || plan.number_fact("jail.uid") == 0;
    const uint32_t callers = locked(jailrun::sys::securebits());
    const bool is_inside = plan.has_fact("user-namespace.uid");
    const bool is_root_inside = is_inside ? plan.number_fact("user-namespace.uid") == 0 : stays_root;
    const bool root_is_special = ((securebits_.bits() | callers) & SECBIT_NOROOT) == 0;
    const bool is_special = stays_root && is_root_inside && root_is_special;
    Plan::Capabilities sets;
    sets.permitted = kept_;
    sets.ambient = is_special ? 0 : kept_;
    sets.inheritable = inheritable_.is_given() ? inheritable_.set() : sets.ambient;
    sets.bounding = bounding_.is_given() ? bounding_.set() : kept_ | sets.inheritable;
    sets.securebits = securebits_.bits();
    Faults faults;
    judge(plan, sets, faults);
    // Either, as the launch may go without the user namespace.
    if ((stays_root || is_root_inside) && root_is_special) judge_roots(plan, sets, faults);
    if (sets.ambient != 0 && (callers & SECBIT_NO_CAP_AMBIENT_RAISE) != 0)
      faults.add(
          plan.origin("keep-capabilities"),
          "nothing can be kept for a program that is not root, as jailrun was started with the securebit "
          "no-cap-ambient-raise");
    if (!stays_root && (callers & (SECBIT_KEEP_CAPS | SECBIT_KEEP_CAPS_LOCKED)) == SECBIT_KEEP_CAPS_LOCKED)
      faults.add(
          "",
          "jailrun was started with the securebit keep-caps-locked, and so can't drop capabilities from "
          "the bounding set after the change of uid");
    JR_TRY(faults.result());
    plan.capabilities(sets);
    return {};
  }

  static void judge(Plan& plan, const Plan::Capabilities& sets, Faults& faults) {
    if (const uint64_t beyond = sets.permitted & ~sets.bounding; beyond != 0)
      faults.add(plan.origin("bounding"), names(beyond) + " is to be kept, and so must be in it");
    if (const uint64_t beyond = sets.inheritable & ~sets.bounding & ~sets.permitted; beyond != 0)
      faults.add(plan.origin("bounding"), names(beyond) + " is to be inheritable, and so must be in it");
    if (const uint64_t beyond = sets.ambient & ~sets.inheritable; beyond != 0)
      faults.add(plan.origin("inheritable"),
                 names(beyond) +
                     " is to be kept, and a program whose uid gives it nothing keeps only what is "
                     "inheritable, too");
  }

  // The exec gives a program with uid 0 whatever is in these two sets.
  void judge_roots(Plan& plan, const Plan::Capabilities& sets, Faults& faults) const {
    if (keep_.is_all()) return;
    constexpr const char* kWhy =
        ", and the program stays root, which gets all that is in it: keep it too, leave it out here, or set "
        "the "
        "securebit noroot";
    const auto tell = [&](const char* option, uint64_t set) {
      const uint64_t beyond = set & ~sets.permitted;
      if (beyond == 0) return;
      faults.add(plan.origin(option), set == UINT64_MAX ? "not all capabilities are kept" + std::string(kWhy)
                                                        : names(beyond) + " is not kept" + kWhy);
    };
    if (bounding_.is_given()) tell("bounding", sets.bounding);
    tell("inheritable", sets.inheritable);
  }

  CapabilityList keep_;
  CapabilityList bounding_;
  CapabilityList inheritable_;
  SecurebitList securebits_;
  uint64_t kept_ = 0;
};

}  // namespace

JAILRUN_STAGE(Capabilities, jailrun::Descriptor("capabilities", "1.0.0", "limits the program's capabilities")
                                .options(kOptions)
                                .consumes(kConsumes)
                                .provides(kProvides)
                                .traits(JR_TRAIT_RESTRICTS))
