// SPDX-License-Identifier: Apache-2.0
// The jail's own mount namespace and what is mounted in it.
#pragma once

#include "core/host/template_namespace.hpp"
#include "core/plan/plan.hpp"
#include "core/sys/fd.hpp"
#include "core/sys/mounts.hpp"

#include <memory>

namespace jailrun::core {

// JR_MOUNT_... as fstab(5) has them, "ro,nosuid", and back.
std::string flag_words(uint32_t flags);
uint32_t flags_of(const std::string& words);

// From which namespace the jail's own is copied.
struct Origin {
  UniqueFd small;    // the template, where there is one
  UniqueFd own;      // then: the launch's own, to come back to
  std::string path;  // then: of the jail's root in the template
};

// Looks for the template, or makes it. That there is none only makes the launch slower.
class OpenTemplateAction final : public Action {
 public:
  OpenTemplateAction(std::string root, bool is_root_mounted)
      : Action(Phase::kPrepare),
        root_(std::move(root)),
        is_root_mounted_(is_root_mounted),
        origin_(std::make_shared<Origin>()) {}

  std::string_view verb() const override { return "template"; }
  std::string object() const override;
  Record record() const override { return Record().add("path", place_.file); }
  Result<void> survey(Site& site) override;
  Result<void> perform(Site& site) override;
  const std::shared_ptr<Origin>& origin() const { return origin_; }

 private:
  Result<void> open(const std::string& base);
  std::string root_;
  bool is_root_mounted_;
  TemplatePlace place_;
  std::shared_ptr<Origin> origin_;
};

class NewRootAction final : public Action {
 public:
  NewRootAction(std::string root, std::shared_ptr<Origin> origin)
      : Action(Phase::kEnter), root_(std::move(root)), origin_(std::move(origin)) {}

  std::string_view verb() const override { return "new-root"; }
  std::string object() const override { return root_; }
  Record record() const override { return Record().add("path", root_); }
  Result<void> perform(Site& site) override;

 private:
  std::string root_;
  std::shared_ptr<Origin> origin_;
};

// A bind takes two actions: the source's tree is taken while the host is in view, and placed inside the
// jail's namespace.
class TakeTreeAction final : public Action {
 public:
  TakeTreeAction(std::string source, uint32_t flags)
      : Action(Phase::kPrepare),
        source_(std::move(source)),
        flags_(flags),
        tree_(std::make_shared<sys::TakenTree>()) {}

  std::string_view verb() const override { return "take-tree"; }
  std::string object() const override;
  Record record() const override;
  Result<void> perform(Site& site) override;
  const std::shared_ptr<sys::TakenTree>& tree() const { return tree_; }

 private:
  std::string source_;
  uint32_t flags_;
  std::shared_ptr<sys::TakenTree> tree_;
};

class BindAction final : public Action {
 public:
  BindAction(std::string path, std::shared_ptr<sys::TakenTree> tree)
      : Action(Phase::kEnter), path_(std::move(path)), tree_(std::move(tree)) {}

  std::string_view verb() const override { return "bind"; }
  std::string object() const override { return path_; }
  Record record() const override { return Record().add("path", path_); }
  Result<void> perform(Site& site) override;

 private:
  std::string path_;
  std::shared_ptr<sys::TakenTree> tree_;
};

class MountAction final : public Action {
 public:
  MountAction(std::string path, sys::NewMount mount)
      : Action(Phase::kEnter), path_(std::move(path)), mount_(std::move(mount)) {}

  std::string_view verb() const override { return "mount"; }
  std::string object() const override;
  Record record() const override;
  Result<void> perform(Site& site) override;

 private:
  std::string path_;
  sys::NewMount mount_;
};

}  // namespace jailrun::core
