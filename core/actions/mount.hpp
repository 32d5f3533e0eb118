// SPDX-License-Identifier: Apache-2.0
// The jail's own mount namespace and what is mounted in it.
#pragma once

#include "core/host/template_namespace.hpp"
#include "core/plan/capabilities.hpp"
#include "core/plan/plan.hpp"
#include "core/sys/fd.hpp"
#include "core/sys/mounts.hpp"

#include <memory>

namespace jailrun::core {

struct UserNamespace;

// A path in the jail, opened in the new root. launch.jail.root still names the mount in the namespace that
// was left, where the guard needs it.
Result<UniqueFd> open_inside(Launch& launch, const std::string& path, int flags);

// JR_MOUNT_... as fstab(5) has them, "ro,nosuid", and back.
std::string flag_words(uint32_t flags);
uint32_t flags_of(const std::string& words);

// Traits of what mounts with these: no file there can give the program that is executed capabilities.
inline uint32_t comes_back_with(uint32_t flags) {
  return (flags & (JR_MOUNT_NOSUID | JR_MOUNT_NOEXEC)) != 0 ? kCanComeBack : 0U;
}

// The namespace from which the jail's own is copied.
struct Origin {
  UniqueFd template_namespace;  // the template, where there is one
  UniqueFd own_namespace;       // then: the launch's own, to come back to
};

// Looks for the template, or makes it. Without one the launch is only slower.
class OpenTemplateAction final : public Action {
 public:
  OpenTemplateAction() : Action(Phase::kPrepare), origin_(std::make_shared<Origin>()) {}

  std::string_view verb() const override { return "template"; }
  // setns(2) to a mount namespace needs both.
  uint64_t capabilities(bool is_roots) const override {
    return capability_set(CAP_SYS_ADMIN, CAP_SYS_CHROOT) | (is_roots ? 0 : capability_set(CAP_DAC_OVERRIDE));
  }
  std::string object() const override;
  Record record() const override { return Record().add("path", place_.file); }
  Result<void> survey(Survey& survey) override;
  Result<void> perform(Launch& launch) override;
  const std::shared_ptr<Origin>& origin() const { return origin_; }

 private:
  Result<void> open();
  TemplatePlace place_;
  std::shared_ptr<Origin> origin_;
};

class NewRootAction final : public Action {
 public:
  NewRootAction(std::string root, std::shared_ptr<Origin> origin)
      : Action(Phase::kEnter), root_(std::move(root)), origin_(std::move(origin)) {}

  std::string_view verb() const override { return "new-root"; }
  uint64_t capabilities(bool is_roots) const override {
    return capability_set(CAP_SYS_ADMIN, CAP_SYS_CHROOT) | (is_roots ? 0 : capability_set(CAP_DAC_OVERRIDE));
  }
  uint32_t traits() const override { return kEntersRoot | kCanComeBack; }
  std::string object() const override { return root_; }
  Record record() const override { return Record().add("path", root_); }
  Result<void> perform(Launch& launch) override;

 private:
  std::string root_;
  std::shared_ptr<Origin> origin_;
};

// A bind takes two actions: the source's mount tree is copied while the host's paths are in reach, and placed
// inside the jail's namespace.
class TakeTreeAction final : public Action {
 public:
  TakeTreeAction(std::string source, uint32_t flags)
      : Action(Phase::kPrepare),
        source_(std::move(source)),
        flags_(flags),
        tree_(std::make_shared<sys::DetachedTree>()) {}

  std::string_view verb() const override { return "take-tree"; }
  uint64_t capabilities(bool /*is_roots*/) const override { return capability_set(CAP_SYS_ADMIN); }
  uint32_t traits() const override { return kRepeatable; }
  std::string object() const override;
  Record record() const override;
  Result<void> perform(Launch& launch) override;
  const std::shared_ptr<sys::DetachedTree>& tree() const { return tree_; }
  // While planning: the source is looked up now, and taken in enter, in a user namespace.
  Result<void> move_to_enter();
  const std::string& source() const { return source_; }

 private:
  std::string source_;
  uint32_t flags_;
  std::unique_ptr<sys::PinnedSource> pinned_;
  std::shared_ptr<sys::DetachedTree> tree_;
};

class BindAction final : public Action {
 public:
  // `mapping`: the user namespace by which its owners are mapped; nullptr: they are not.
  BindAction(std::string path, std::shared_ptr<sys::DetachedTree> tree,
             std::shared_ptr<const UserNamespace> mapping = nullptr, bool goes_without = false)
      : Action(Phase::kEnter),
        path_(std::move(path)),
        tree_(std::move(tree)),
        mapping_(std::move(mapping)),
        goes_without_(goes_without) {}

  std::string_view verb() const override { return "bind"; }
  uint64_t capabilities(bool is_roots) const override {
    return capability_set(CAP_SYS_ADMIN) | (is_roots ? 0 : capability_set(CAP_DAC_OVERRIDE));
  }
  // The tree's own: known once it was taken. In a plan from a ledger there is none.
  uint32_t traits() const override {
    return kRepeatable | kShowsPath | (tree_ != nullptr ? comes_back_with(tree_->flags) : 0U);
  }
  std::string object() const override { return path_; }
  Record record() const override { return Record().add("path", path_); }
  Result<void> perform(Launch& launch) override;
  const UserNamespace* mapping() const { return mapping_.get(); }
  bool goes_without() const { return goes_without_; }

 private:
  Result<void> map_owners() const;
  std::string path_;
  std::shared_ptr<sys::DetachedTree> tree_;
  std::shared_ptr<const UserNamespace> mapping_;
  bool goes_without_;
};

// Only the mount of the root itself: what the caller has mounted below it keeps its own options.
class ReadOnlyRootAction final : public Action {
 public:
  explicit ReadOnlyRootAction(std::string root) : Action(Phase::kEnter), root_(std::move(root)) {}

  std::string_view verb() const override { return "read-only-root"; }
  uint64_t capabilities(bool /*is_roots*/) const override { return capability_set(CAP_SYS_ADMIN); }
  uint32_t traits() const override { return kCanComeBack; }
  std::string object() const override { return root_; }
  Record record() const override { return Record().add("path", root_); }
  Result<void> perform(Launch&) override { return sys::make_root_read_only(); }

 private:
  std::string root_;
};

class MountAction final : public Action {
 public:
  MountAction(std::string path, sys::NewMount mount)
      : Action(Phase::kEnter), path_(std::move(path)), mount_(std::move(mount)) {}

  std::string_view verb() const override { return "mount"; }
  uint64_t capabilities(bool is_roots) const override {
    return capability_set(CAP_SYS_ADMIN) | (is_roots ? 0 : capability_set(CAP_DAC_OVERRIDE));
  }
  uint32_t traits() const override { return kRepeatable | kShowsPath | comes_back_with(mount_.flags); }
  std::string object() const override;
  Record record() const override;
  Result<void> perform(Launch& launch) override;
  const std::string& path() const { return path_; }
  const sys::NewMount& mount() const { return mount_; }
  const std::string& type() const { return mount_.type; }

 private:
  std::string path_;
  sys::NewMount mount_;
};

}  // namespace jailrun::core
