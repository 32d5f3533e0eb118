// SPDX-License-Identifier: Apache-2.0
// What the process itself becomes: its descriptors, namespaces, session, NUMA node, credentials, limits,
// program.
#pragma once

#include "core/plan/plan.hpp"
#include "core/sys/credentials.hpp"
#include "core/sys/fd.hpp"

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace jailrun::core {

class CloseInheritedAction final : public Action {
 public:
  explicit CloseInheritedAction(std::vector<uint32_t> keep)
      : Action(Phase::kPrepare), keep_(std::move(keep)) {}

  std::string_view verb() const override { return "close-fds"; }
  std::string object() const override;
  Record record() const override { return Record().add("keep", object()); }
  Result<void> perform(Site& site) override;

 private:
  std::vector<uint32_t> keep_;
};

// Joining a namespace takes two actions, as its path is the host's.
class OpenNamespaceAction final : public Action {
 public:
  OpenNamespaceAction(std::string path, uint32_t type)
      : Action(Phase::kPrepare), path_(std::move(path)), type_(type), opened_(std::make_shared<UniqueFd>()) {}

  std::string_view verb() const override { return "open-namespace"; }
  std::string object() const override { return path_; }
  Record record() const override { return Record().add("path", path_); }
  Result<void> perform(Site& site) override;
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
  std::string object() const override { return path_; }
  Record record() const override { return Record().add("path", path_); }
  Result<void> perform(Site& site) override;

 private:
  std::string path_;
  uint32_t type_;
  std::shared_ptr<UniqueFd> opened_;
};

class NumaAction final : public Action {
 public:
  NumaAction(uint32_t node, std::string cpus) : Action(Phase::kEnter), node_(node), cpus_(std::move(cpus)) {}

  std::string_view verb() const override { return "numa"; }
  std::string object() const override { return "node " + std::to_string(node_) + ", CPUs " + cpus_; }
  Record record() const override { return Record().add("node", node_).add("cpus", cpus_); }
  Result<void> perform(Site& site) override;

 private:
  uint32_t node_;
  std::string cpus_;
};

// The forks that a session needs are the core's (core/performing/perform.hpp); by the time this is performed
// the process is a child in the new session. What becomes of a standard stream: opened while the host's paths
// are in reach.
struct Stream {
  uint32_t kind;  // JR_STREAM_NULL, JR_STREAM_FILE or JR_STREAM_SYSLOG
  std::string path;
  UniqueFd opened;
};

class OpenStreamAction final : public Action {
 public:
  OpenStreamAction(uint32_t kind, std::string path)
      : Action(Phase::kPrepare), stream_(new Stream{kind, std::move(path), {}}) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "open"; }
  std::string object() const override { return stream_->path; }
  Record record() const override { return Record().add("path", stream_->path).add("kind", stream_->kind); }
  Result<void> survey(Site& site) override;
  Result<void> perform(Site& site) override;
  // A log outlives its jail, but not a launch that came to nothing, where that launch made it.
  Result<void> release(Site& site) override;
  const std::shared_ptr<Stream>& stream() const { return stream_; }

 private:
  std::shared_ptr<Stream> stream_;
};

class SessionAction final : public Action {
 public:
  using Streams = std::array<std::shared_ptr<Stream>, 3>;  // nullptr: kept
  explicit SessionAction(Streams streams) : Action(Phase::kEnter), streams_(std::move(streams)) {}

  std::string_view verb() const override { return "session"; }
  std::string object() const override;
  Record record() const override { return Record().add("streams", object()); }
  Result<void> perform(Site& site) override;

 private:
  Streams streams_;
};

// By the time this is performed the process is the first one of the new namespace: see above.
class PidNamespaceAction final : public Action {
 public:
  PidNamespaceAction() : Action(Phase::kEnter) {}

  std::string_view verb() const override { return "pid-namespace"; }
  std::string object() const override { return "new"; }
  Result<void> perform(Site&) override { return {}; }
};

class CredentialsAction final : public Action {
 public:
  CredentialsAction(jr_owner owner, std::vector<uint32_t> groups)
      : Action(Phase::kEnter), owner_(owner), groups_(std::move(groups)) {}

  std::string_view verb() const override { return "credentials"; }
  std::string object() const override;
  Record record() const override;
  Result<void> perform(Site& site) override;

 private:
  std::string group_list() const;
  jr_owner owner_;
  std::vector<uint32_t> groups_;
};

// The hard limit alone, which what follows does not feel.
class RaiseLimitAction final : public Action {
 public:
  RaiseLimitAction(uint32_t resource, uint64_t hard)
      : Action(Phase::kEnter), resource_(resource), hard_(hard) {}

  std::string_view verb() const override { return "raise-limit"; }
  std::string object() const override;
  Record record() const override { return Record().add("resource", resource_).add("hard", hard_); }
  Result<void> perform(Site& site) override;

 private:
  uint32_t resource_;
  uint64_t hard_;
};

class LimitAction final : public Action {
 public:
  LimitAction(uint32_t resource, const sys::Limit& limit)
      : Action(Phase::kEnter), resource_(resource), limit_(limit) {}

  std::string_view verb() const override { return "limit"; }
  std::string object() const override;
  Record record() const override {
    return Record().add("resource", resource_).add("soft", limit_.soft).add("hard", limit_.hard);
  }
  Result<void> perform(Site& site) override;
  // In the process that has it: whoever takes the launch back opens and writes files.
  Result<void> release(Site& site) override;

 private:
  uint32_t resource_;
  sys::Limit limit_;
  std::optional<sys::Limit> previous_;
};

// The core's own, in a supervised launch: the program is killed should its supervisor end before it.
class DeathSignalAction final : public Action {
 public:
  DeathSignalAction() : Action(Phase::kEnter) {}

  std::string_view verb() const override { return "death-signal"; }
  std::string object() const override { return "SIGKILL when the supervisor ends"; }
  Result<void> perform(Site& site) override;
};

class ExecAction final : public Action {
 public:
  struct Program {
    std::string path;  // in the jail
    std::vector<std::string> arguments;
    std::vector<std::string> environment;
    std::string jailer_id;  // not empty: the jailer's own arguments come before the others, with this id
  };
  explicit ExecAction(Program program) : Action(Phase::kEnter), program_(std::move(program)) {}

  std::string_view verb() const override { return "exec"; }
  std::string object() const override;
  Record record() const override;
  // Returns only where the exec failed.
  Result<void> perform(Site& site) override;

 private:
  std::vector<std::string> times(const Site& site) const;
  Program program_;
};

// A stage's own work.
class CallAction final : public Action {
 public:
  CallAction(Phase phase, std::string name, std::string line, std::string payload, uint32_t payload_version)
      : Action(phase),
        name_(std::move(name)),
        line_(std::move(line)),
        payload_(std::move(payload)),
        payload_version_(payload_version) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "call"; }
  std::string object() const override { return name_ + "  " + line_; }
  Record record() const override;
  Result<void> perform(Site& site) override;
  Result<void> release(Site& site) override;

 private:
  std::string name_;
  std::string line_;
  std::string payload_;
  uint32_t payload_version_;
};

}  // namespace jailrun::core
