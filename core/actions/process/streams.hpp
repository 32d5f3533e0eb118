// SPDX-License-Identifier: Apache-2.0
// A session of its own, and the standard streams in it.
#pragma once

#include "core/plan/plan.hpp"
#include "core/sys/fd.hpp"

#include <array>
#include <memory>

namespace jailrun::core {

// What a standard stream is set to, opened while the host's paths are in reach.
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
  Result<void> survey(Survey& survey) override;
  Result<void> perform(Launch& launch) override;
  // A log outlives its jail. Where the launch made it and then failed, it is removed.
  Result<void> release(Release& release) override;
  const std::shared_ptr<Stream>& stream() const { return stream_; }

 private:
  std::shared_ptr<Stream> stream_;
};

// The forks that a session needs are the core's (core/performing/perform.cpp); by the time this is performed
// the process is a child in the new session.
class SessionAction final : public Action {
 public:
  using Streams = std::array<std::shared_ptr<Stream>, 3>;  // nullptr: kept
  explicit SessionAction(Streams streams) : Action(Phase::kEnter), streams_(std::move(streams)) {}

  std::string_view verb() const override { return "session"; }
  std::string object() const override;
  Record record() const override { return Record().add("streams", object()); }
  uint32_t traits() const override { return kNewSession; }
  Result<void> perform(Launch& launch) override;

 private:
  Streams streams_;
};

}  // namespace jailrun::core
