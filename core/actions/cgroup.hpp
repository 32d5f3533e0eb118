// SPDX-License-Identifier: Apache-2.0
// Control groups: made, given values, joined.
#pragma once

#include "core/plan/plan.hpp"
#include "core/sys/fd.hpp"

#include <memory>
#include <vector>

namespace jailrun::core {

// One group of one hierarchy. A parent group is shared with other jails: the last one removes it, if
// jailrun made it.
class GroupAction final : public Action {
 public:
  // `above`: the actions, owned by the plan, that make the groups above this one and give them
  // what it inherits.
  GroupAction(std::string path, bool shared, std::vector<Action*> above)
      : Action(Phase::kPrepare), path_(std::move(path)), shared_(shared), above_(std::move(above)) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "cgroup"; }
  std::string object() const override { return path_; }
  Record record() const override;
  std::string remains(const std::string& root) const override;
  Result<void> survey(Survey& survey) override;
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;

 private:
  Result<void> refuse_processes() const;
  std::string path_;
  bool shared_;
  std::vector<Action*> above_;
};

class GroupValueAction final : public Action {
 public:
  // `above` as for a group: without them a version 2 group may lack the file.
  GroupValueAction(std::string file, std::string value, bool inherited, std::vector<Action*> above = {})
      : Action(Phase::kPrepare),
        file_(std::move(file)),
        value_(std::move(value)),
        inherited_(inherited),
        above_(std::move(above)) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "cgroup-value"; }
  std::string object() const override;
  Record record() const override;
  // A value has no release: it goes with its group. It is restored to show what the file holds now.
  std::string remains(const std::string& root) const override;
  Result<void> perform(Launch& launch) override;

  const std::string& file() const { return file_; }
  const std::string& value() const { return value_; }
  bool is_inherited() const { return inherited_; }

 private:
  std::string file_;
  std::string value_;
  bool inherited_;  // taken from the parent group because it was empty
  std::vector<Action*> above_;
};

// In version 2 a group has a controller's files only where the group above enables the controller for its
// child groups. It stays enabled after the jail is gone: others may rely on it by then.
class EnableControllersAction final : public Action {
 public:
  // `controllers`: "+cpuset +memory".
  EnableControllersAction(std::string group, std::string controllers)
      : Action(Phase::kPrepare), group_(std::move(group)), controllers_(std::move(controllers)) {}

  std::string_view verb() const override { return "cgroup-hand-down"; }
  std::string object() const override { return file() + " = " + controllers_; }
  Record record() const override { return Record().add("path", file()).add("value", controllers_); }
  Result<void> perform(Launch& launch) override;

 private:
  std::string file() const { return group_ + "/cgroup.subtree_control"; }
  std::string group_;
  std::string controllers_;
};

// A group that is about to be joined.
struct OpenedGroup {
  std::string path;
  uint32_t version = 1;
  bool is_shared = false;  // with processes that are not the jail's
  UniqueFd tasks;          // to be written to; of version 2: cgroup.procs
  UniqueFd directory;      // of version 2: a child can be cloned into it
  std::string origin;      // of version 2: the group that the launch comes from
};

// Joining takes two actions: the group is opened while the host's paths are in reach, joined later.
class OpenGroupAction final : public Action {
 public:
  // `group`: its path, version and whether it is shared.
  explicit OpenGroupAction(std::shared_ptr<OpenedGroup> group)
      : Action(Phase::kPrepare), group_(std::move(group)) {}
  OpenGroupAction(const std::string& group, uint32_t version, bool is_shared)
      : OpenGroupAction(std::make_shared<OpenedGroup>()) {
    group_->path = group;
    group_->version = version;
    group_->is_shared = is_shared;
  }

  std::string_view verb() const override { return "open-cgroup"; }
  std::string object() const override { return group_->path; }
  Record record() const override;
  Result<void> perform(Launch& launch) override;
  const std::shared_ptr<OpenedGroup>& group() const { return group_; }

 private:
  std::shared_ptr<OpenedGroup> group_;
};

class JoinGroupAction final : public Action {
 public:
  explicit JoinGroupAction(std::shared_ptr<OpenedGroup> group)
      : Action(Phase::kEnter), group_(std::move(group)) {}

  std::string_view verb() const override { return "join-cgroup"; }
  std::string object() const override { return group_->path; }
  Record record() const override { return Record().add("path", group_->path); }
  uint32_t traits() const override { return kCanComeBack; }
  Result<void> perform(Launch& launch) override;
  // In the process that joined: moves it back to the group it came from; in version 1, where to read which
  // that was would take longer than all else, to the hierarchy's own. It is about to exit.
  Result<void> release(Release& release) override;

 private:
  std::shared_ptr<OpenedGroup> group_;
  bool is_joined_ = false;
};

}  // namespace jailrun::core
