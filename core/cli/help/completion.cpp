// SPDX-License-Identifier: Apache-2.0
#include "core/cli/help/completion.hpp"

#include "core/cli/commands.hpp"
#include "core/cli/output.hpp"

namespace jailrun::core::cli {

Result<int> completion(const CommandLine& line) {
  JR_ASSIGN(const Parsed parsed, parse(line, {}, {}, true));
  const std::vector<std::string>& shells = parsed.operands;
  const bool is_known = shells.size() == 1 && (shells[0] == "bash" || shells[0] == "zsh");
  if (!is_known)
    return input_error(
        "completion: name the shell, as 'jailrun completion bash' or 'jailrun completion zsh'");
  Trust trust;
  Loader loader(trust, default_search_path().plugins);
  std::vector<const StageDescription*> stages;
  for (const std::string& name : loader.installed()) {
    // A plugin that is not trusted is not loaded, and its options are not completed.
    const Result<const Plugin*> plugin = loader.load_by_name(name);
    if (!plugin) {
      log::warning(message(plugin.error()));
      continue;
    }
    for (const StageDescription& stage : plugin.value()->stages) stages.push_back(&stage);
  }
  print(shells[0] == "bash" ? bash_completion(stages) : zsh_completion(stages));
  return 0;
}

}  // namespace jailrun::core::cli
