// SPDX-License-Identifier: Apache-2.0
#include "core/cli/descriptions.hpp"
#include "core/cli/doctor/launch_check.hpp"
#include "core/cli/jails/find_jail.hpp"
#include "core/jails/find.hpp"
#include "core/pipeline/builtin_options.hpp"
#include "core/pipeline/pipeline.hpp"

#include <cerrno>

namespace jailrun::core::cli {
namespace {

std::optional<uint64_t> uid_in(const Ledger& ledger) {
  for (const Record& action : ledger.actions)
    if (action.text("action") == "credentials") return action.number("uid");
  return std::nullopt;
}

std::vector<KnownJail> known_jails(const OptionValues& values) {
  std::vector<KnownJail> all;
  for (const std::string& base : known_bases(values))
    for (const JailName& jail : list_jails(base)) {
      const Result<Ledger> ledger = ledger_of(jail);
      if (!ledger && ledger.error().error_number == ENOENT) continue;  // removed just now
      all.push_back({jail.name + "/" + jail.id, ledger ? uid_in(ledger.value()) : std::nullopt});
    }
  return all;
}

}  // namespace

Result<LaunchView> launch_view_of(const std::string& name) {
  // The plugins stay loaded, as descriptions point into them.
  static Trust trust;
  static const SearchPath search = default_search_path();
  static Loader loader(trust, search.plugins);
  std::vector<Finding> findings;
  static std::unique_ptr<Pipeline> pipeline;
  pipeline = load_pipeline(name, search, trust, loader, findings);
  LaunchView launch;
  if (pipeline != nullptr) {
    launch.pipeline = pipeline->path;
    launch.stages = descriptions(pipeline.get());
    for (const PipelineStage& stage : pipeline->stages)
      launch.values.fill_from(*stage.section, *stage.description, findings);
    for (const StageDescription* stage : launch.stages) launch.values.fill_defaults(*stage);
    for (const StageDescription* stage : launch.stages) launch.values.resolve_accounts(*stage, findings);
  }
  // Of a pipeline with faults nothing can be said: a stage that is missing may be the one that limits.
  if (findings.size() > 1)
    return input_error(findings.front().text() + " (and " + std::to_string(findings.size() - 1) +
                       " more: jailrun check --pipeline " + name + ")");
  if (!findings.empty()) return input_error(findings.front().text());
  launch.jails = known_jails(launch.values);
  launch.privileged = is_privileged();
  return launch;
}

}  // namespace jailrun::core::cli
