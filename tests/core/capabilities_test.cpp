// SPDX-License-Identifier: Apache-2.0
#include "core/sys/capabilities.hpp"

#include "core/actions/process/credentials.hpp"
#include "core/plan/capabilities.hpp"

#include <gtest/gtest.h>

#include <linux/capability.h>

namespace jailrun::core {
namespace {

TEST(Capabilities, AreNamedForPeopleAndForSetpriv) {
  const uint64_t set = 1U << CAP_CHOWN | 1U << CAP_MKNOD | 1U << CAP_SYS_ADMIN;
  EXPECT_EQ(sys::capability_names(set), "CAP_CHOWN CAP_SYS_ADMIN CAP_MKNOD");
  EXPECT_EQ(sys::setpriv_words(set), "-all,+chown,+sys_admin,+mknod");
  EXPECT_EQ(sys::setpriv_words(0), "-all");
}

Plan with_credentials(jr_owner owner) {
  Plan plan;
  plan.append(std::make_unique<CredentialsAction>(owner, std::vector<uint32_t>()));
  return plan;
}

TEST(Capabilities, ToGiveThingsAwayAreNeededForATenantOnly) {
  const Plan tenants = with_credentials({1234, 100});
  const Plan roots = with_credentials({0, 0});
  const Plan groups = with_credentials({0, 100});
  EXPECT_FALSE(keeps_root(tenants));
  EXPECT_FALSE(keeps_root(groups));
  EXPECT_TRUE(keeps_root(roots));
  EXPECT_EQ(tenants.enter().front()->capabilities(false), uint64_t{1U << CAP_SETUID | 1U << CAP_SETGID});
  EXPECT_EQ(roots.enter().front()->capabilities(true), uint64_t{1U << CAP_SETGID});
}

}  // namespace
}  // namespace jailrun::core
