// SPDX-License-Identifier: Apache-2.0
// A program beside the jail's, in a plan and in a ledger. Its life is tried in
// integration/stages/user_net_test.cpp.
#include "core/actions/process/helper.hpp"
#include "core/actions/process/namespaces.hpp"
#include "core/actions/process/new_namespace.hpp"
#include "core/actions/restore.hpp"
#include "core/ledger/slots.hpp"
#include "core/plan/state.hpp"
#include "core/stages/namespace_check.hpp"
#include "core/sys/process.hpp"
#include "tests/support/script.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <map>

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::tests {
namespace {

using core::FollowProgramAction;
using core::HelperAction;
using core::JoinNamespaceAction;

constexpr const char* kProgram = "/usr/bin/env";  // a file that every machine has, and that is not a link

HelperProgram wanted() { return {"sleeper", kProgram, {"a b", "c"}, {}, {997, 998}}; }

std::string plan_of(const HelperProgram& helper) {
  return planned([&](jailrun::Plan& plan) { plan.helper(helper); });
}

TEST(HelperAction, IsStartedInPrepareAndThenFollowsTheProgram) {
  EXPECT_EQ(plan_of(wanted()),
            "prepare helper sleeper  /usr/bin/env a b c  997:998\n"
            "prepare follow-program sleeper  ends with the program\n");
}

TEST(HelperAction, HasItsNetworkNamespaceJoinedInEnter) {
  HelperProgram helper = wanted();
  helper.flags = JR_HELPER_NETWORK | JR_HELPER_BACKGROUND;
  EXPECT_EQ(plan_of(helper),
            "prepare helper sleeper  /usr/bin/env a b c  997:998  makes a network namespace\n"
            "prepare follow-program sleeper  ends with the program\n"
            "enter join-namespace the network of helper sleeper\n");
}

TEST(HelperAction, IsNeverRoots) {
  for (const jr_owner owner : {jr_owner{0, 1}, jr_owner{1, 0}}) {
    HelperProgram helper = wanted();
    helper.owner = owner;
    EXPECT_EQ(plan_of(helper),
              refused("the helper sleeper can't run as " + std::to_string(owner.uid) + ":" +
                      std::to_string(owner.gid) + ": it needs a uid and a gid other than root's"));
  }
}

TEST(HelperAction, NeedsANameAndTimeToStart) {
  HelperProgram helper = wanted();
  helper.name = "a b";
  EXPECT_EQ(plan_of(helper), refused("'a b' can't be the name of a helper"));
  helper = wanted();
  helper.start_ms = 0;
  EXPECT_EQ(plan_of(helper), refused("the helper sleeper can't be given 0 ms to start: 1 to 600000"));
}

TEST(HelperAction, HasANameOfItsOwn) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.helper(wanted());
              plan.helper(wanted());
            }),
            refused("two helpers are named 'sleeper'"));
}

TEST(HelperAction, IsPartOfNoAlternative) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.first_of(
                  "one", [&] { plan.helper(wanted()); }, "two", [] {});
            }),
            refused("helper can't be planned in an alternative"));
}

TEST(HelperAction, ThatOthersCouldChangeIsRefused) {
  const TempDirectory directory;
  HelperProgram helper = wanted();
  helper.path = directory.file("program", "", 0777);
  EXPECT_EQ(plan_of(helper),
            refused(helper.path + " is writable by others, who could make jailrun run any code: chmod "
                                  "go-w it"));
  helper.path = directory / "none";
  EXPECT_NE(plan_of(helper).find("No such file or directory"), std::string::npos) << plan_of(helper);
}

class Slots final : public core::SlotStore {
 public:
  Result<void> set(const std::string& name, std::string_view value) override {
    all[name] = value;
    return {};
  }
  const std::string* find(const std::string& name) const override {
    const auto found = all.find(name);
    return found == all.end() ? nullptr : &found->second;
  }
  std::map<std::string, std::string> all;
};

// A process that waits, and what a launch would have noted of it.
class HelperInALedger : public testing::Test {
 protected:
  void SetUp() override {
    pid_ = fork();
    if (pid_ == 0)
      for (;;) pause();
    start_ = sys::start_time(pid_).value();
  }
  void TearDown() override {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  bool is_running() const { return sys::is_running(pid_, start_); }
  std::string noted(uint64_t start) const {
    return "pid=" + std::to_string(pid_) + " start=" + std::to_string(start) +
           " boot=" + sys::boot_id().value();
  }
  // As restored by another process.
  static std::unique_ptr<HelperAction> restored() {
    auto helper = std::make_shared<core::Helper>();
    helper->name = "sleeper";
    helper->path = kProgram;
    const core::Record record = core::to_record(HelperAction(helper));
    std::unique_ptr<core::Action> action = std::move(core::from_record(record).value());
    return std::unique_ptr<HelperAction>(dynamic_cast<HelperAction*>(action.release()));
  }
  static bool release(const std::string& slot) {
    Slots slots;
    if (!slot.empty()) slots.all[core::helper_slot("sleeper")] = slot;
    core::Jail jail;
    core::Release release = {jail, nullptr, &slots};
    return static_cast<bool>(restored()->release(release));
  }
  static std::string remains(const std::string& slot) {
    const std::unique_ptr<HelperAction> action = restored();
    action->take_slots({{core::helper_slot("sleeper"), slot}});
    return action->remains("");
  }

  pid_t pid_ = 0;
  uint64_t start_ = 0;
};

TEST_F(HelperInALedger, IsEndedByItsRelease) {
  EXPECT_EQ(remains(noted(start_)), "alive, kept by pid " + std::to_string(pid_));
  EXPECT_TRUE(release(noted(start_)));
  EXPECT_FALSE(is_running());
  EXPECT_EQ(remains(noted(start_)), "gone");
}

TEST_F(HelperInALedger, IsNotTakenForALaterProcessWithItsNumber) {
  EXPECT_TRUE(release(noted(start_ - 1)));
  EXPECT_TRUE(is_running());
  EXPECT_EQ(remains(noted(start_ - 1)), "gone");
}

TEST_F(HelperInALedger, IsGoneAfterAReboot) {
  const std::string before =
      "pid=" + std::to_string(pid_) + " start=" + std::to_string(start_) + " boot=another";
  EXPECT_TRUE(release(before));
  EXPECT_TRUE(is_running());
}

TEST_F(HelperInALedger, WasPerhapsNeverStarted) {
  EXPECT_TRUE(release(""));
  EXPECT_TRUE(release("pid"));
  EXPECT_EQ(remains(""), "gone");
}

TEST(HelpersNetwork, IsTheOnlyOne) {
  const auto named = [](const std::string& stage) { return stage; };
  const auto join = [](const char* path, const char* stage) {
    auto action = std::make_unique<JoinNamespaceAction>(path, uint32_t{CLONE_NEWNET}, nullptr);
    action->set_stage(stage);
    return action;
  };
  core::Plan plan;
  plan.append(join("the network of helper pasta", "user-net"));
  EXPECT_TRUE(core::check_namespaces(plan, named));
  plan.append(join("/run/netns/a", "netns"));
  EXPECT_EQ(core::check_namespaces(plan, named).error().sentence,
            "stage user-net joins the network of helper pasta, and stage netns joins "
            "/run/netns/a: leave "
            "one out");
}

}  // namespace
}  // namespace jailrun::tests
