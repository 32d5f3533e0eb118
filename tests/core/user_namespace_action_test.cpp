// SPDX-License-Identifier: Apache-2.0
// A user namespace in a plan: what it shows, needs and refuses.
#include "core/actions/process/credentials.hpp"
#include "core/actions/process/user_namespace.hpp"
#include "core/plan/capabilities.hpp"
#include "core/plan/state.hpp"
#include "tests/support/script.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

using core::CredentialsAction;
using core::UserNamespaceAction;

std::shared_ptr<core::UserNamespace> of_root(uint32_t uid = 1000, uint32_t gid = 100) {
  auto wanted = std::make_shared<core::UserNamespace>();
  wanted->maps.uids = {{0, uid, 1}};
  wanted->maps.gids = {{0, gid, 1}};
  return wanted;
}

std::string planned_with(const std::vector<jr_id_range>& uids, const std::vector<jr_id_range>& gids,
                         uint32_t flags = 0) {
  return planned([&](jailrun::Plan& plan) {
    plan.user_namespace(uids, gids, flags);
    plan.credentials({1000, 100});
  });
}

TEST(UserNamespaceAction, IsMadeFirstAndEnteredWithTheCredentials) {
  EXPECT_EQ(
      planned_with({{0, 1000, 1}}, {{5, 100, 1}}, JR_USER_NAMESPACE_NESTED | JR_USER_NAMESPACE_SETGROUPS),
      "prepare user-namespace uids 0:1000:1  gids 5:100:1  setgroups allowed  others in it allowed\n"
      "enter credentials uid 1000, gid 100, no groups  in its user namespace uid 0, gid 5\n");
}

TEST(UserNamespaceAction, SaysInTheLedgerWhatItWas) {
  const auto wanted = of_root();
  EXPECT_EQ(core::encode(UserNamespaceAction(wanted).record()), "uids=0:1000:1 gids=0:100:1");
  wanted->maps.has_setgroups = wanted->maps.is_nestable = true;
  EXPECT_EQ(core::encode(UserNamespaceAction(wanted).record()),
            "uids=0:1000:1 gids=0:100:1 setgroups=1 nested=1");
}

TEST(UserNamespaceAction, ThatTheKernelLacksIsDoneWithout) {
  const auto wanted = of_root();
  wanted->missing = "this kernel has none";
  UserNamespaceAction action(wanted);
  core::Launch launch;
  EXPECT_TRUE(action.perform(launch));
  EXPECT_FALSE(wanted->opened);
  EXPECT_EQ(action.object(), "uids 0:1000:1  gids 0:100:1  (done without: this kernel has none)");
  EXPECT_EQ(action.capabilities(false), 0U);
  const CredentialsAction credentials({1000, 100}, {}, wanted);
  EXPECT_EQ(credentials.object(), "uid 1000, gid 100, no groups");
  EXPECT_TRUE(credentials.has(core::kCanComeBack));
  EXPECT_FALSE(credentials.has(core::kEntersUser));
}

TEST(UserNamespaceAction, LeavesNoWayBack) {
  const CredentialsAction credentials({1000, 100}, {}, of_root());
  EXPECT_FALSE(credentials.has(core::kCanComeBack));
  EXPECT_TRUE(credentials.has(core::kEntersUser));
}

TEST(UserNamespaceAction, NeedsTheCapabilitiesOfItsMaps) {
  const uint64_t usual = core::capability_set(CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID);
  EXPECT_EQ(UserNamespaceAction(of_root()).capabilities(false), usual);
  EXPECT_EQ(UserNamespaceAction(of_root(0, 0)).capabilities(true), usual | core::capability_set(CAP_SETFCAP));
}

TEST(UserNamespaceAction, RefusesMapsThatTheKernelWould) {
  EXPECT_EQ(planned_with({}, {{0, 100, 1}}),
            "refused: stage scripted: no uid is mapped in the user namespace");
  EXPECT_EQ(planned_with({{0, 1000, 1}}, {{0, 100, 0}}),
            "refused: stage scripted: the range of gids '0:100:0' has no ids");
  EXPECT_EQ(
      planned_with({{1, 1000, 4294967295}}, {{0, 100, 1}}),
      "refused: stage scripted: the range of uids '1:1000:4294967295' goes beyond 4294967294, the last id");
  EXPECT_EQ(planned_with({{0, 1000, 10}, {9, 2000, 1}}, {{0, 100, 1}}),
            "refused: stage scripted: the ranges of uids '0:1000:10' and '9:2000:1' overlap inside");
  EXPECT_EQ(planned_with({{0, 1000, 10}, {10, 1009, 1}}, {{0, 100, 1}}),
            "refused: stage scripted: the ranges of uids '0:1000:10' and '10:1009:1' overlap outside");
  std::vector<jr_id_range> many;
  for (uint32_t i = 0; i < 341; ++i) many.push_back({2 * i, 1000 + 2 * i, 1});
  EXPECT_EQ(planned_with(many, {{0, 100, 1}}),
            "refused: stage scripted: the user namespace has 341 ranges of uids, and the kernel takes 340");
}

TEST(UserNamespaceAction, RefusesIdsThatAreNotMapped) {
  EXPECT_EQ(planned_with({{0, 1001, 1}}, {{0, 100, 1}}),
            "refused: stage scripted: the program's uid 1000 is not mapped in its user namespace, which "
            "stage scripted plans");
  EXPECT_EQ(planned_with({{0, 1000, 1}}, {{0, 101, 5}}),
            "refused: stage scripted: the program's gid 100 is not mapped in its user namespace, which stage "
            "scripted plans");
}

TEST(UserNamespaceAction, CanHaveIdsThatAreChosenAtLaunch) {
  const auto with = [](const jailrun::Plan::IdLease& lease) {
    return planned([&](jailrun::Plan& plan) {
      plan.user_namespace({{0, 1, 1}}, {{0, 2, 1}}, lease, 0);
      plan.credentials({1, 2});
    });
  };
  EXPECT_EQ(with({{{0, 1000, 500}, {0, 5000, 100}}, 1, 200})
                .find("prepare lease-ids 200 ids from 1 on, chosen at launch of those that no other jail has "
                      "in 1000-1499 "
                      "5000-5099\nprepare user-namespace uids 0:1:1  gids 0:2:1\n"),
            0U)
      << with({{{0, 1000, 500}, {0, 5000, 100}}, 1, 200});
  EXPECT_EQ(with({{{0, 1000, 500}}, 0, 200}),
            "refused: stage scripted: the ids that are leased overlap others inside the user namespace");
  EXPECT_EQ(with({{{0, 1000, 500}}, 1, 501}),
            "refused: stage scripted: no range of the ids to lease has 501 of them");
}

TEST(UserNamespaceAction, IsPlannedOnceAndBeforeTheCredentials) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.user_namespace({{0, 1, 1}}, {{0, 2, 1}});
              plan.user_namespace({{0, 1, 1}}, {{0, 2, 1}});
            }),
            "refused: stage scripted: a user namespace is planned already, by stage scripted");
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.credentials({1, 2});
              plan.user_namespace({{0, 1, 1}}, {{0, 2, 1}});
            }),
            "refused: stage scripted: a user namespace must be planned before the credentials, which enter "
            "it; stage scripted has "
            "planned them");
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.first_of(
                  "one",
                  [&] {
                    plan.user_namespace({{0, 1, 1}}, {{0, 2, 1}});
                  },
                  "two", [] {});
            }),
            "refused: stage scripted: user_namespace can't be planned in an alternative");
}

}  // namespace
}  // namespace jailrun::tests
