// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"
#include "tests/support/script.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

Launch launch(const std::string& settings = "") {
  return Launch().pipeline(
      "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[limits]\nresource-limit = "
      "nproc=1\n[pid-namespace]\n" +
      settings + "[drop-privs]\n[exec]\n");
}

TEST(PidNamespace, PlansNothingWithoutItsOption) {
  EXPECT_EQ(launch().plan_of("pid-namespace"), "");
  EXPECT_EQ(launch("init = yes\n").plan_of("pid-namespace"), "");
}

TEST(PidNamespace, MakesTheProgramProcess1) {
  EXPECT_EQ(launch().flag("new-pid-ns").plan_of("pid-namespace"), "enter pid-namespace new\n");
}

TEST(PidNamespace, MakesInitProcess1) {
  EXPECT_EQ(launch("init = yes\n").flag("new-pid-ns").plan_of("pid-namespace"),
            "prepare open-init jailrun-init  read-only\n"
            "enter pid-namespace new\n"
            "enter init jailrun-init is process 1, and the program its child\n");
}

TEST(PidNamespace, InitHasTheProgramsCredentialsAndNoneOfItsLimits) {
  const std::string text = launch().flag("new-pid-ns").flag("init").plan();
  const size_t init = text.find("enter pid-namespace: init ");
  EXPECT_LT(text.find("enter drop-privs: credentials "), init) << text;
  EXPECT_LT(init, text.find("enter limits: limit nproc")) << text;
}

TEST(PidNamespace, InitNeedsOne) {
  EXPECT_EQ(launch().flag("init").plan(),
            "refused: stage pid-namespace: --init: without --new-pid-ns there is no process 1 to be\n");
}

std::string planned_with_fork(const PlanFunction& plan) {
  Script script = tests::script(plan);
  script.descriptor = script.descriptor.traits(JR_TRAIT_FORKS);
  return script.planned();
}

TEST(InitAction, NeedsANewPidNamespace) {
  EXPECT_EQ(planned_with_fork([](jailrun::Plan& plan) { plan.init(); }),
            refused("init is planned without a new pid namespace"));
}

TEST(InitAction, IsPlannedOnce) {
  EXPECT_EQ(planned_with_fork([](jailrun::Plan& plan) {
              plan.pid_namespace();
              plan.init();
              plan.init();
            }),
            refused("init is planned twice"));
}

}  // namespace
}  // namespace jailrun::tests
