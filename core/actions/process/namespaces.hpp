// SPDX-License-Identifier: Apache-2.0
// Namespaces that the process joins, and a new pid namespace. Others of its own: new_namespace.hpp.
#pragma once

#include "core/plan/capabilities.hpp"
#include "core/plan/plan.hpp"
#include "core/sys/fd.hpp"

#include <memory>

#include <sched.h>

namespace jailrun::core {

// Joining a namespace takes two actions, as its path is the host's.
class OpenNamespaceAction final : public Action {
 public:
  OpenNamespaceAction(std::string path, uint32_t type)
      : Action(Phase::kPrepare), path_(std::move(path)), type_(type), opened_(std::make_shared<UniqueFd>()) {}

  std::string_view verb() const override { return "open-namespace"; }
  std::string object() const override { return path_; }
  Record record() const override { return Record().add("path", path_); }
  uint32_t traits() const override { return kRepeatable; }
  Result<void> perform(Launch& launch) override;
  const std::shared_ptr<UniqueFd>& opened() const { return opened_; }

 private:
  std::string path_;
  uint32_t type_;
  std::shared_ptr<UniqueFd> opened_;
};

class JoinNamespaceAction final : public Action {
 public:
  JoinNamespaceAction(std::string path, uint32_t type, std::shared_ptr<UniqueFd> opened)
      : Action(Phase::kEnter), path_(std::move(path)), type_(type), opened_(std::move(opened)) {}

  std::string_view verb() const override { return "join-namespace"; }
  uint64_t capabilities(bool /*is_roots*/) const override { return capability_set(CAP_SYS_ADMIN); }
  std::string object() const override { return path_; }
  Record record() const override { return Record().add("path", path_); }
  uint32_t traits() const override {
    return kRepeatable | (type_ == CLONE_NEWNET ? kEntersNetwork | kCanComeBack : 0U);
  }
  Result<void> perform(Launch& launch) override;
  uint32_t type() const { return type_; }
  // One that was not there before the launch, and so has no path.
  bool is_helpers() const { return path_.front() != '/'; }

 private:
  std::string path_;
  uint32_t type_;
  std::shared_ptr<UniqueFd> opened_;
};

// The clone that makes the namespace is the core's (core/performing/perform.cpp); by the time this is
// performed the process is the first one in it.
class PidNamespaceAction final : public Action {
 public:
  PidNamespaceAction() : Action(Phase::kEnter) {}

  std::string_view verb() const override { return "pid-namespace"; }
  uint64_t capabilities(bool /*is_roots*/) const override { return capability_set(CAP_SYS_ADMIN); }
  std::string object() const override { return "new"; }
  uint32_t traits() const override { return kNewPidNamespace; }
  Result<void> perform(Launch&) override { return {}; }
};

}  // namespace jailrun::core
