// SPDX-License-Identifier: Apache-2.0
// Alternatives: which one is taken, and what is left of those that were not.
#include "core/performing/alternatives.hpp"

#include "core/base/message.hpp"
#include "core/performing/release.hpp"
#include "core/plan/state.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <map>

namespace jailrun::core {
namespace {

// Notes what becomes of it.
class Noted final : public Action {
 public:
  Noted(std::string name, int error_number, std::string& notes, Phase phase = Phase::kPrepare)
      : Action(phase), name_(std::move(name)), error_number_(error_number), notes_(notes) {}
  std::string_view verb() const override { return "noted"; }
  std::string object() const override { return name_; }
  Result<void> perform(Launch&) override {
    notes_ += " +" + name_;
    return error_number_ == 0 ? Result<void>{} : system_error(error_number_, "noted");
  }
  Result<void> release(Release&) override {
    notes_ += " -" + name_;
    return {};
  }

 private:
  std::string name_;
  int error_number_;
  std::string& notes_;
};

class Slots final : public SlotStore {
 public:
  Result<void> set(const std::string& name, std::string_view value) override {
    slots[name] = value;
    return {};
  }
  const std::string* find(const std::string&) const override { return nullptr; }
  std::map<std::string, std::string> slots;
};

class Alternatives : public testing::Test {
 protected:
  Alternatives() { launch_.slots = &slots_; }

  void add(size_t alternative, const std::string& name, int error_number = 0, Phase phase = Phase::kPrepare) {
    auto action = std::make_unique<Noted>(name, error_number, notes_, phase);
    while (choice_->names.size() <= alternative)
      choice_->names.push_back("method-" + std::to_string(choice_->names.size()));
    action->set_alternative(choice_, alternative);
    plan_.append(std::move(action));
  }
  // What was done, and the error if there was one.
  std::string perform() {
    size_t at = 0;
    const Result<void> done = perform_first_of(plan_.prepare(), at, launch_,
                                               [this](Action& action) { return action.perform(launch_); });
    EXPECT_TRUE(!done || at == plan_.prepare().size());
    return notes_.substr(notes_.empty() ? 0 : 1) + (done ? "" : " " + message(done.error()));
  }
  std::string taken() { return slots_.slots["jailrun/first-of/3"]; }

  std::string notes_;
  Slots slots_;
  Launch launch_;
  Plan plan_;
  std::shared_ptr<Choice> choice_ = std::make_shared<Choice>(Choice{3, {}, {}});
};

TEST_F(Alternatives, TheFirstThatWorksIsTakenAndNoted) {
  add(0, "a");
  add(1, "b");
  EXPECT_EQ(perform(), "+a");
  EXPECT_EQ(taken(), "method-0");
}

TEST_F(Alternatives, OneThatThisHostDoesNotSupportIsRolledBackBeforeTheNext) {
  add(0, "a");
  add(0, "b", EXDEV);
  add(0, "never");
  add(1, "c", EOPNOTSUPP);
  add(2, "d", ENOSYS);
  add(3, "e");
  add(3, "f");
  EXPECT_EQ(perform(), "+a +b -b -a +c -c +d -d +e +f");
  EXPECT_EQ(taken(), "method-3");
}

TEST_F(Alternatives, AnyOtherFailureIsTheLaunchs) {
  for (const int error_number : {ENOSPC, EPERM, EEXIST, ENOENT, EIO, EINVAL}) {
    plan_ = Plan();
    notes_.clear();
    add(0, "a", error_number);
    add(1, "b");
    EXPECT_EQ(perform(), "+a noted: " + std::string(std::strerror(error_number)));
    EXPECT_EQ(taken(), "");
  }
}

TEST_F(Alternatives, TheLastOnesFailureIsTheLaunchs) {
  add(0, "a", EXDEV);
  add(1, "b", EOPNOTSUPP);
  EXPECT_EQ(perform(), "+a -a +b -b noted: Operation not supported");
  EXPECT_EQ(taken(), "");
}

TEST_F(Alternatives, OneWithoutActionsIsTakenWhereNoOtherWorks) {
  add(0, "a", EXDEV);
  choice_->names.emplace_back("none");
  EXPECT_EQ(perform(), "+a -a");
  EXPECT_EQ(taken(), "none");
}

TEST_F(Alternatives, OnlyWhatWasTakenIsReleased) {
  launch_.jail.directory = UniqueFd(0);
  add(0, "a", EXDEV);
  add(0, "A", 0, Phase::kEnter);
  add(1, "b");
  add(1, "B", 0, Phase::kEnter);
  add(2, "c");
  EXPECT_EQ(perform(), "+a -a +b");
  for (const auto& action : plan_.enter()) EXPECT_EQ(action->is_passed_over(), action->object() == "A");
  notes_.clear();
  Release rollback = rollback_of(launch_);
  EXPECT_TRUE(release(plan_, rollback).empty());
  EXPECT_EQ(notes_, " -B -b");
  (void)launch_.jail.directory.release();
}

}  // namespace
}  // namespace jailrun::core
