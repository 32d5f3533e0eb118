// Control groups: made, given values, joined.
#pragma once

#include "core/plan.hpp"
#include "core/sys/fd.hpp"

#include <memory>
#include <vector>

namespace jailrun::core {

// One group of one hierarchy. A parent group is shared with other jails: the last to go removes it, if
// jailrun made it.
class GroupAction final : public Action {
 public:
  // `above`: the actions, owned by the plan, that make the groups above this one and give them what it
  // inherits.
  GroupAction(std::string path, bool shared, std::vector<Action*> above)
      : Action(Phase::kPrepare), path_(std::move(path)), shared_(shared), above_(std::move(above)) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "cgroup"; }
  std::string object() const override { return path_; }
  Record record() const override;
  Result<void> survey(Site& site) override;
  Result<void> perform(Site& site) override;
  Result<void> release(Site& site) override;

 private:
  std::string path_;
  bool shared_;
  std::vector<Action*> above_;
};

class GroupValueAction final : public Action {
 public:
  GroupValueAction(std::string file, std::string value, bool inherited)
      : Action(Phase::kPrepare), file_(std::move(file)), value_(std::move(value)), inherited_(inherited) {}

  std::string_view verb() const override { return "cgroup-value"; }
  std::string object() const override;
  Record record() const override;
  Result<void> perform(Site& site) override;

 private:
  std::string file_;
  std::string value_;
  bool inherited_;  // taken from the parent group because it was empty
};

// Joining takes two actions: the group's task list is opened while the host's paths are in reach, written to
// later.
class OpenGroupAction final : public Action {
 public:
  explicit OpenGroupAction(std::string group)
      : Action(Phase::kPrepare), group_(std::move(group)), tasks_(std::make_shared<UniqueFd>()) {}

  std::string_view verb() const override { return "open-cgroup"; }
  std::string object() const override { return group_; }
  Record record() const override { return Record().add("path", group_); }
  Result<void> perform(Site& site) override;
  const std::shared_ptr<UniqueFd>& tasks() const { return tasks_; }

 private:
  std::string group_;
  std::shared_ptr<UniqueFd> tasks_;
};

class JoinGroupAction final : public Action {
 public:
  JoinGroupAction(std::string group, std::shared_ptr<UniqueFd> tasks)
      : Action(Phase::kEnter), group_(std::move(group)), tasks_(std::move(tasks)) {}

  std::string_view verb() const override { return "join-cgroup"; }
  std::string object() const override { return group_; }
  Record record() const override { return Record().add("path", group_); }
  Result<void> perform(Site& site) override;

 private:
  std::string group_;
  std::shared_ptr<UniqueFd> tasks_;
};

}  // namespace jailrun::core
