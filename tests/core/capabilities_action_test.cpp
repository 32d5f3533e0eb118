// SPDX-License-Identifier: Apache-2.0
// Capabilities in a plan, and what the action does to a process.
#include "core/actions/process/capabilities.hpp"
#include "core/plan/state.hpp"
#include "core/seccomp/compile.hpp"
#include "core/sys/capabilities.hpp"
#include "core/sys/filters.hpp"
#include "tests/support/child.hpp"
#include "tests/support/script.hpp"

#include <gtest/gtest.h>

#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

namespace jailrun::tests {
namespace {

constexpr uint64_t set_of(unsigned capability) { return uint64_t{1} << capability; }
constexpr uint64_t kKnown = (uint64_t{1} << 41) - 1;

Script restricting(const PlanFunction& plan) {
  Script one = script(plan);
  one.descriptor = Descriptor("scripted", "1.0.0", "restricts").traits(JR_TRAIT_RESTRICTS);
  return one;
}

core::CapabilitiesAction action(const sys::CapabilitySets& sets, uint32_t securebits = 0,
                                uint64_t known = kKnown) {
  return core::CapabilitiesAction(sets, securebits, known);
}

TEST(CapabilitiesAction, ComesAfterCredentialsAndLimitsAndBeforeFilters) {
  EXPECT_EQ(restricting([](jailrun::Plan& plan) {
              plan.filter("all", "", std::string("\x06\0\0\0\0\0\xff\x7f", 8));
              plan.capabilities({});
              plan.limit(7, 3, 4);
              plan.credentials({1, 2});
            }).planned(),
            "enter credentials uid 1, gid 2, no groups\n"
            "enter limit nofile  3:4\n"
            "enter capabilities none  bounding none\n"
            "enter filter all  1 instructions\n");
}

TEST(CapabilitiesAction, NeedsTheTrait) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.capabilities({}); }),
            refused("capabilities needs the trait JR_TRAIT_RESTRICTS"));
}

TEST(CapabilitiesAction, IsPartOfNoAlternative) {
  EXPECT_EQ(restricting([](jailrun::Plan& plan) {
              plan.first_of(
                  "one", [&] { plan.capabilities({}); }, "two", [] {});
            }).planned(),
            refused("capabilities can't be planned in an alternative"));
}

TEST(CapabilitiesAction, IsPlannedOnce) {
  EXPECT_EQ(restricting([](jailrun::Plan& plan) {
              plan.capabilities({});
              plan.capabilities({});
            }).planned(),
            refused("the program's capabilities are planned already, by stage scripted"));
}

TEST(CapabilitiesAction, WithWhatTheKernelCantDoIsRefused) {
  EXPECT_EQ(restricting([](jailrun::Plan& plan) {
              plan.capabilities({1, 1, 0, 1, 0});
            }).planned(),
            refused("what is ambient must be permitted and inheritable, too"));
  EXPECT_EQ(
      restricting([](jailrun::Plan& plan) {
        plan.capabilities({0, 0, 0, 0, 256});
      }).planned(),
      refused("capabilities: this version of jailrun does not know one of its securebits; a newer one is "
              "needed"));
}

TEST(CapabilitiesAction, ShowsEachSetThatDiffers) {
  const uint64_t kill = set_of(CAP_KILL);
  EXPECT_EQ(action({}).object(), "none  bounding none");
  EXPECT_EQ(action({UINT64_MAX, kKnown, 0, 0}).object(), "all  bounding all");
  EXPECT_EQ(action({kill, kill, kill, kill}).object(), "CAP_KILL (ambient)  bounding CAP_KILL");
  EXPECT_EQ(action({kKnown & ~kill, 3, 7, 1}, SECBIT_NOROOT).object(),
            "CAP_CHOWN CAP_DAC_OVERRIDE  ambient CAP_CHOWN  inheritable CAP_CHOWN CAP_DAC_OVERRIDE "
            "CAP_DAC_READ_SEARCH  bounding all but CAP_KILL  securebits noroot");
}

TEST(CapabilitiesAction, LeavesOutWhatTheKernelDoesNotKnowAndSaysSo) {
  const uint64_t older = set_of(CAP_PERFMON) - 1;
  const uint64_t set = set_of(CAP_KILL) | set_of(CAP_BPF);
  EXPECT_EQ(action({set, set, set, set}, 0, older).object(),
            "CAP_KILL (ambient)  bounding CAP_KILL  (this kernel has no CAP_BPF)");
  EXPECT_EQ(action({UINT64_MAX, 0, 0, 0}, 0, older).object(), "none  bounding all");
  EXPECT_EQ(action({kKnown, 0, 0, 0}, 0, older).object(),
            "none  bounding all  (this kernel has no CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE)");
}

TEST(CapabilitiesAction, SaysInTheLedgerWhatItWas) {
  EXPECT_EQ(core::encode(action({UINT64_MAX, 1, 2, 0}, SECBIT_NOROOT).record()),
            "permitted=0000000000000001 inheritable=0000000000000002 ambient=0000000000000000 "
            "bounding=000001ffffffffff securebits=1");
}

TEST(CapabilitiesAction, NeedsWhatItGivesAndSetpcapToTakeForGood) {
  const uint64_t setpcap = set_of(CAP_SETPCAP);
  EXPECT_EQ(action({}).capabilities(false), setpcap);
  EXPECT_EQ(action({UINT64_MAX, 1, 2, 0}).capabilities(false), 3U);
  EXPECT_EQ(action({UINT64_MAX, 0, 0, 0}, SECBIT_NOROOT).capabilities(false), setpcap);
}

TEST(CapabilitiesAction, CantComeBackByATicket) {
  EXPECT_FALSE(action({}).has(core::kCanComeBack));
  EXPECT_TRUE(action({}).has(core::kOnlyRestricts));
}

std::string done(const sys::CapabilitySets& sets, uint32_t securebits) {
  const Result<void> set = sys::set_capabilities(sets, securebits);
  return set ? "done" : set.error().sentence;
}

TEST(CapabilitiesAction, OfAProcessThatLacksWhatItNeedsFails) {
  EXPECT_EQ(as_ordinary_user([] { return done({}, 0); }), "give up the other capabilities");
  EXPECT_EQ(as_ordinary_user([] {
              return done({UINT64_MAX, 1, 0, 0}, 0);
            }),
            "give up the other capabilities");
  EXPECT_EQ(as_ordinary_user([] {
              return done({UINT64_MAX, 0, 0, 0}, SECBIT_NOROOT);
            }),
            "give up the other capabilities");
  EXPECT_EQ(as_ordinary_user([] { return done({UINT64_MAX, 0, 0, 0}, 0); }), "done");
}

TEST(Securebits, HaveNames) {
  EXPECT_EQ(sys::securebit_names(SECBIT_NOROOT | SECBIT_KEEP_CAPS_LOCKED | 256),
            "noroot keep-caps-locked securebit-8");
  EXPECT_EQ(sys::securebit("no-setuid-fixup-locked"), static_cast<uint32_t>(SECBIT_NO_SETUID_FIXUP_LOCKED));
  EXPECT_EQ(sys::securebit("NOROOT"), 0U);
}

TEST(KnownCapabilities, AreWhatTheKernelSays) {
  const uint64_t known = sys::known_capabilities();
  EXPECT_EQ(known & (known + 1), 0U);  // from 0 on, without a gap
  for (unsigned number = 0; number < 64; ++number)
    EXPECT_EQ((known >> number & 1) == 1, prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0) << number;
}

// Else nothing would be dropped where a container's filter forbids to ask.
TEST(KnownCapabilities, AreThoseOfTheHeaderWhereThatCantBeAsked) {
  seccomp::Policy policy;
  policy.otherwise = policy.foreign = SECCOMP_RET_ALLOW;
  policy.architectures = {seccomp::kNative};
  policy.rules = {{seccomp::find_call("prctl"), SECCOMP_RET_ERRNO | EPERM, 0, 0}};
  const seccomp::Program program = seccomp::compile(policy);
  const auto ask = [&]() -> std::string {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!sys::load_filter({program.data(), static_cast<uint16_t>(program.size()), 0})) return "no filter";
    return std::to_string(sys::known_capabilities());
  };
  EXPECT_EQ(in_child(ask), std::to_string(set_of(CAP_LAST_CAP + 1) - 1));
}

}  // namespace
}  // namespace jailrun::tests
