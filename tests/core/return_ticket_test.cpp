// SPDX-License-Identifier: Apache-2.0
// Which launches can come back by themselves: only those of whose every action that is known.
#include "core/performing/return_ticket.hpp"

#include "core/actions/call.hpp"
#include "core/actions/mount.hpp"
#include "core/actions/process/credentials.hpp"
#include "core/actions/process/exec.hpp"
#include "core/actions/process/landlock.hpp"
#include "core/actions/process/limits.hpp"
#include "core/actions/process/namespaces.hpp"
#include "core/actions/process/new_namespace.hpp"
#include "core/actions/process/numa.hpp"
#include "core/actions/process/streams.hpp"

#include <gtest/gtest.h>

#include <sched.h>

namespace jailrun::core {
namespace {

class ReturnTicketTest : public testing::Test {
 protected:
  template <class Made, class... Arguments>
  void add(Arguments&&... arguments) {
    plan_.append(std::make_unique<Made>(std::forward<Arguments>(arguments)...));
  }
  void add_root() { add<NewRootAction>("/base/name/id/root", std::make_shared<Origin>()); }
  void add_bind(uint32_t flags) {
    auto tree = std::make_shared<sys::DetachedTree>();
    tree->flags = flags;
    add<BindAction>("/tools", tree);
  }
  void add_end(uint32_t uid = 1234, bool new_privileges = false) {
    add<CredentialsAction>(jr_owner{uid, 0}, std::vector<uint32_t>{});
    add<ExecAction>(ExecAction::Program{"/program", {}, {}, new_privileges, {}});
  }
  void add_new_namespace(int type) {
    NewNamespaceAction::Namespace wanted;
    wanted.type = static_cast<uint32_t>(type);
    add<NewNamespaceAction>(std::move(wanted));
  }
  bool has_ticket() const { return ReturnTicket::take(plan_, launch_).has_value(); }

  Plan plan_;
  Launch launch_;
};

TEST_F(ReturnTicketTest, IsTakenWhereEveryActionCanBeUndoneFromInside) {
  add_root();
  add_bind(JR_MOUNT_NOSUID);
  add_bind(JR_MOUNT_NOEXEC);
  add<MountAction>("/tmp", sys::NewMount{"tmpfs", "", "", JR_MOUNT_NOSUID});
  add<NumaAction>(0U, "0");
  add<JoinNamespaceAction>("/run/netns/a", uint32_t{CLONE_NEWNET}, std::make_shared<UniqueFd>());
  add<RaiseLimitAction>(7U, uint64_t{2048});
  add<LimitAction>(7U, sys::Limit{2048, 2048});
  add_end();
  EXPECT_TRUE(has_ticket());
}

TEST_F(ReturnTicketTest, IsTakenWithNamespacesOfTheProcesssOwn) {
  add_root();
  for (const int type : {CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP, CLONE_NEWNET}) add_new_namespace(type);
  add_end();
  EXPECT_TRUE(has_ticket());
}

TEST_F(ReturnTicketTest, IsNotTakenWithATimeNamespace) {
  add_root();
  add_new_namespace(0x80);
  add_end();
  EXPECT_FALSE(has_ticket());
}

TEST_F(ReturnTicketTest, IsNotTakenForRoot) {
  add_root();
  add_end(0);
  EXPECT_FALSE(has_ticket());
}

TEST_F(ReturnTicketTest, IsNotTakenWhereTheUidIsKept) {
  add_root();
  add<ExecAction>(ExecAction::Program{"/program", {}, {}, false, {}});
  EXPECT_FALSE(has_ticket());
}

TEST_F(ReturnTicketTest, IsNotTakenOutsideAJailsOwnRoot) {
  add_end();
  EXPECT_FALSE(has_ticket());
}

TEST_F(ReturnTicketTest, IsNotTakenWhereNewPrivilegesAreAllowed) {
  add_root();
  add_end(1234, true);
  EXPECT_FALSE(has_ticket());
}

TEST_F(ReturnTicketTest, IsNotTakenWithABindThatCanGiveCapabilities) {
  add_root();
  add_bind(JR_MOUNT_READ_ONLY | JR_MOUNT_NODEV);
  add_end();
  EXPECT_FALSE(has_ticket());
}

TEST_F(ReturnTicketTest, IsNotTakenWithAMountThatCanGiveCapabilities) {
  add_root();
  add<MountAction>("/tmp", sys::NewMount{"tmpfs", "", "", JR_MOUNT_NODEV});
  add_end();
  EXPECT_FALSE(has_ticket());
}

TEST_F(ReturnTicketTest, IsNotTakenWhereLandlockWouldForbidTheWayBack) {
  add_root();
  add<LandlockAction>(LandlockRules{4, 0, 0, {}, {}}, 6);
  add_end();
  EXPECT_FALSE(has_ticket());
}

TEST_F(ReturnTicketTest, IsNotTakenWhereANamespaceOtherThanTheNetworksIsJoined) {
  for (const int type :
       {CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWCGROUP}) {
    plan_ = Plan();
    add_root();
    add<JoinNamespaceAction>("/run/ns", static_cast<uint32_t>(type), std::make_shared<UniqueFd>());
    add_end();
    EXPECT_FALSE(has_ticket()) << type;
  }
}

TEST_F(ReturnTicketTest, IsNotTakenWithWorkOfAPlugins) {
  add_root();
  add<CallAction>(Phase::kEnter, "filter", "", "", 1U);
  add_end();
  EXPECT_FALSE(has_ticket());
}

TEST_F(ReturnTicketTest, IsNotTakenWithASessionOrAPidNamespace) {
  for (const bool is_session : {true, false}) {
    plan_ = Plan();
    add_root();
    if (is_session)
      add<SessionAction>(SessionAction::Streams{});
    else
      add<PidNamespaceAction>();
    add_end();
    EXPECT_FALSE(has_ticket());
  }
}

}  // namespace
}  // namespace jailrun::core
