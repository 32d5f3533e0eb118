// SPDX-License-Identifier: Apache-2.0
// Namespaces of the process's own in a plan: what they show, need and contradict.
#include "core/actions/cgroup.hpp"
#include "core/actions/process/namespaces.hpp"
#include "core/actions/process/new_namespace.hpp"
#include "core/plan/capabilities.hpp"
#include "core/plan/state.hpp"
#include "core/stages/namespace_check.hpp"
#include "tests/support/script.hpp"

#include <gtest/gtest.h>

#include <sched.h>

namespace jailrun::tests {
namespace {

using core::NewNamespaceAction;

constexpr uint32_t kTime = 0x80;

NewNamespaceAction::Namespace of_type(uint32_t type) {
  NewNamespaceAction::Namespace wanted;
  wanted.type = type;
  return wanted;
}

NewNamespaceAction::Namespace missing(uint32_t type) {
  NewNamespaceAction::Namespace wanted = of_type(type);
  wanted.missing = "this kernel has none";
  return wanted;
}

std::string shown(const NewNamespaceAction::Namespace& wanted) { return NewNamespaceAction(wanted).object(); }

TEST(NewNamespaceAction, IsEnteredWhereItsStageStands) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.new_namespace(CLONE_NEWIPC);
              plan.new_uts_namespace("web-1", "(none)");
              plan.new_namespace(CLONE_NEWCGROUP);
              plan.new_namespace(CLONE_NEWNET);
              plan.credentials({1, 2});
            }),
            "enter new-namespace ipc\n"
            "enter new-namespace uts  hostname web-1  domainname (none)\n"
            "enter new-namespace cgroup\n"
            "enter new-namespace net  loopback up\n"
            "enter credentials uid 1, gid 2, no groups\n");
}

TEST(NewNamespaceAction, ShowsOffsetsInSeconds) {
  NewNamespaceAction::Namespace wanted = of_type(kTime);
  EXPECT_EQ(shown(wanted), "time");
  wanted.offsets = {86'400'000'000'000, -500'000'000};
  EXPECT_EQ(shown(wanted), "time  monotonic +86400 s  boottime -0.5 s");
  wanted.offsets = {INT64_MIN, 0};
  EXPECT_EQ(shown(wanted), "time  monotonic -9223372036.854775808 s");
}

TEST(NewNamespaceAction, SaysInThePlanWhatTheKernelLacks) {
  EXPECT_EQ(shown(missing(CLONE_NEWNET)), "net  (done without: this kernel has none)");
  EXPECT_EQ(core::encode(NewNamespaceAction(missing(CLONE_NEWNET)).record()), "type=net missing=1");
}

TEST(NewNamespaceAction, ThatTheKernelLacksIsDoneWithout) {
  NewNamespaceAction action(missing(CLONE_NEWNET));
  core::Launch launch;
  EXPECT_TRUE(action.perform(launch));
  EXPECT_EQ(action.capabilities(false), 0U);
}

TEST(NewNamespaceAction, SaysInTheLedgerWhatItWas) {
  NewNamespaceAction::Namespace uts = of_type(CLONE_NEWUTS);
  uts.hostname = "web-1";
  EXPECT_EQ(core::encode(NewNamespaceAction(uts).record()), "type=uts hostname=web-1");
  NewNamespaceAction::Namespace time = of_type(kTime);
  time.offsets = {-1, 2};
  EXPECT_EQ(core::encode(NewNamespaceAction(time).record()), "type=time monotonic=-1 boottime=2");
}

TEST(NewNamespaceAction, NeedsTheCapabilitiesOfWhatIsSetUpInIt) {
  const auto needed = [](const NewNamespaceAction::Namespace& wanted) {
    return NewNamespaceAction(wanted).capabilities(false);
  };
  EXPECT_EQ(needed(of_type(CLONE_NEWIPC)), core::capability_set(CAP_SYS_ADMIN));
  EXPECT_EQ(needed(of_type(CLONE_NEWNET)), core::capability_set(CAP_SYS_ADMIN, CAP_NET_ADMIN));
  NewNamespaceAction::Namespace time = of_type(kTime);
  EXPECT_EQ(needed(time), core::capability_set(CAP_SYS_ADMIN));
  time.offsets.boottime = 1;
  EXPECT_EQ(needed(time), core::capability_set(CAP_SYS_ADMIN, CAP_SYS_TIME));
}

// A second thread can't be led back by setns.
TEST(NewNamespaceAction, OfTimeNeedsAGuard) {
  EXPECT_FALSE(NewNamespaceAction(of_type(kTime)).has(core::kCanComeBack));
  for (const int type : {CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP, CLONE_NEWNET})
    EXPECT_TRUE(NewNamespaceAction(of_type(static_cast<uint32_t>(type))).has(core::kCanComeBack)) << type;
}

TEST(NewNamespaceAction, IsPartOfNoAlternative) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.first_of(
                  "one", [&] { plan.new_namespace(CLONE_NEWIPC); }, "two", [] {});
            }),
            refused("new_namespace can't be planned in an alternative"));
}

TEST(NewNamespaceAction, OfAnotherTypeIsRefused) {
  EXPECT_EQ(
      planned([](jailrun::Plan& plan) { plan.new_namespace(CLONE_NEWUSER); }),
      refused("new_namespace: this version of jailrun does not know this kind of new namespace; a newer "
              "one is needed"));
}

TEST(NewNamespaceAction, WithANameThatIsTooLongIsRefused) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.new_uts_namespace(std::string(65, 'a'), ""); }),
            refused("the hostname '" + std::string(65, 'a') +
                    "' has more than 64 characters, and the kernel takes no more"));
}

TEST(NewNamespaceAction, OfOneTypeTwiceIsRefused) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.new_namespace(CLONE_NEWIPC);
              plan.new_namespace(CLONE_NEWIPC);
            }),
            "refused: stage scripted makes a new ipc namespace, and stage scripted another: leave one out");
}

TEST(NewNamespaceAction, OfATypeThatIsJoinedIsRefusedInEitherOrder) {
  const std::string sentence =
      "refused: stage scripted makes a new net namespace, and stage scripted joins /run/ns: leave one out";
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.new_namespace(CLONE_NEWNET);
              plan.join(on_host("/run/ns"), CLONE_NEWNET);
            }),
            sentence);
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.join(on_host("/run/ns"), CLONE_NEWNET);
              plan.new_namespace(CLONE_NEWNET);
            }),
            sentence);
}

class NamespaceCheck : public ::testing::Test {
 protected:
  void add(const NewNamespaceAction::Namespace& wanted) {
    append(std::make_unique<NewNamespaceAction>(wanted), "isolate");
  }
  void join_group() {
    const auto group = std::make_shared<core::OpenedGroup>();
    group->path = "/sys/fs/cgroup/vmm/web-1";
    append(std::make_unique<core::JoinGroupAction>(group), "cgroup-v2");
  }
  void join_network() {
    append(std::make_unique<core::JoinNamespaceAction>("/run/netns/a", uint32_t{CLONE_NEWNET}, nullptr),
           "netns");
  }
  std::string fault() const {
    const Result<void> checked =
        check_namespaces(plan_, [](const std::string& stage) { return stage + " (" + stage + ".conf:7)"; });
    return checked ? "" : checked.error().sentence;
  }

 private:
  void append(std::unique_ptr<core::Action> action, const std::string& stage) {
    action->set_stage(stage);
    plan_.append(std::move(action));
  }
  core::Plan plan_;
};

TEST_F(NamespaceCheck, AGroupIsJoinedBeforeItsNamespaceIsMade) {
  join_group();
  add(of_type(CLONE_NEWCGROUP));
  EXPECT_EQ(fault(), "");
  join_group();
  EXPECT_EQ(
      fault(),
      "stage isolate (isolate.conf:7) makes a new cgroup namespace, and stage cgroup-v2 (cgroup-v2.conf:7) "
      "joins /sys/fs/cgroup/vmm/web-1 after it: it must come before");
}

TEST_F(NamespaceCheck, OfOneThatTheKernelLacksNothingIsAsked) {
  add(missing(CLONE_NEWCGROUP));
  join_group();
  EXPECT_EQ(fault(), "");
}

TEST_F(NamespaceCheck, TellsAllContradictionsAtOnceWithTheirLines) {
  join_network();
  add(of_type(CLONE_NEWCGROUP));
  add(of_type(CLONE_NEWNET));
  join_group();
  EXPECT_EQ(
      fault(),
      "stage isolate (isolate.conf:7) makes a new cgroup namespace, and stage cgroup-v2 (cgroup-v2.conf:7) "
      "joins /sys/fs/cgroup/vmm/web-1 after it: it must come before; stage isolate (isolate.conf:7) makes "
      "a new net namespace, and stage netns (netns.conf:7) joins /run/netns/a: leave one out");
}

}  // namespace
}  // namespace jailrun::tests
