// The jail's own mount namespace and what is mounted in it.
#pragma once

#include "core/plan.hpp"
#include "core/sys/fd.hpp"
#include "core/sys/mounts.hpp"

#include <memory>

namespace jailrun::core {

class NewRootAction final : public Action {
 public:
  explicit NewRootAction(std::string root) : Action(Phase::kEnter), root_(std::move(root)) {}

  std::string_view verb() const override { return "new-root"; }
  std::string object() const override { return root_; }
  Record record() const override { return Record().add("path", root_); }
  Result<void> perform(Site& site) override;

 private:
  std::string root_;
};

// A bind takes two actions: the source's tree is taken while the host is in view, and placed inside the
// jail's namespace.
class TakeTreeAction final : public Action {
 public:
  TakeTreeAction(std::string source, uint32_t flags)
      : Action(Phase::kPrepare),
        source_(std::move(source)),
        flags_(flags),
        tree_(std::make_shared<UniqueFd>()) {}

  std::string_view verb() const override { return "take-tree"; }
  std::string object() const override;
  Record record() const override;
  Result<void> perform(Site& site) override;
  const std::shared_ptr<UniqueFd>& tree() const { return tree_; }

 private:
  std::string source_;
  uint32_t flags_;
  std::shared_ptr<UniqueFd> tree_;
};

class BindAction final : public Action {
 public:
  BindAction(std::string path, std::shared_ptr<UniqueFd> tree)
      : Action(Phase::kEnter), path_(std::move(path)), tree_(std::move(tree)) {}

  std::string_view verb() const override { return "bind"; }
  std::string object() const override { return path_; }
  Record record() const override { return Record().add("path", path_); }
  Result<void> perform(Site& site) override;

 private:
  std::string path_;
  std::shared_ptr<UniqueFd> tree_;
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
