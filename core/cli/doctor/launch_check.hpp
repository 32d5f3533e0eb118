// SPDX-License-Identifier: Apache-2.0
// Checks of what a pipeline's launches do with the host: the paths that they trust, users, limits.
#pragma once

#include "core/cli/doctor/host_check.hpp"
#include "core/pipeline/options.hpp"

#include <cstdint>
#include <optional>

namespace jailrun::core::cli {

// A jail that exists, alive or dead. No uid: its ledger can't be read, or plans no credentials.
struct KnownJail {
  std::string name;  // "NAME/ID"
  std::optional<uint64_t> uid;
};

struct LaunchView {
  std::string pipeline;
  std::vector<const StageDescription*> stages;
  OptionValues values;  // of the file, with the stages' defaults
  std::vector<KnownJail> jails;
  bool privileged;  // else what is the caller's own is trusted, which a launch by root would refuse
};

std::vector<Checked> check_launch(const LaunchView& launch);

// What the file and the host say; errors of the file itself are for `jailrun check` to list.
Result<LaunchView> launch_view_of(const std::string& pipeline);

}  // namespace jailrun::core::cli
