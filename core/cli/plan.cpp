// SPDX-License-Identifier: Apache-2.0
#include "core/cli/commands.hpp"
#include "core/cli/output.hpp"
#include "core/cli/show_plan.hpp"
#include "core/launch.hpp"

namespace jailrun::core::cli {

Result<int> plan(const CommandLine& line) {
  JR_ASSIGN(const std::unique_ptr<Intent> intent, intend(line));
  print((intent->json ? plan_json : plan_table)(*intent->plan, intent->survey.jail.name,
                                                intent->pipeline->path,
                                                intent->assembly->capabilities(*intent->plan)));
  return 0;
}

}  // namespace jailrun::core::cli
