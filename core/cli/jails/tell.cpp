// SPDX-License-Identifier: Apache-2.0
// Commands that a stage carries out on a jail that exists: `jailrun tell`, and a command
// of its own for what is often needed.
#include "core/jails/tell.hpp"

#include "core/cli/commands.hpp"
#include "core/cli/jails/find_jail.hpp"

namespace jailrun::core::cli {

Result<int> tell(const CommandLine& line) {
  JR_ASSIGN(const Parsed parsed, parse(line, jail_options(), {}, true));
  const std::vector<std::string>& words = parsed.operands;
  if (words.size() < 3)
    return input_error("tell: name the jail, the stage and what to do: [NAME/]ID STAGE VERB WORDS...");
  JR_ASSIGN(const JailName jail, find_jail(words[0], parsed.values));
  JR_TRY(tell_jail(jail, words[1], words[2], {words.begin() + 3, words.end()}));
  return 0;
}

Result<int> volume(const CommandLine& line) {
  JR_ASSIGN(const Parsed parsed, parse(line, jail_options(), {}, true));
  const std::vector<std::string>& words = parsed.operands;
  if (words.size() != 4 || words[0] != "grow")
    return input_error(
        "volume: give 'grow [NAME/]ID VOLUME SIZE', as in 'jailrun volume grow web-1 disk.ext4 8G'");
  JR_ASSIGN(const JailName jail, find_jail(words[1], parsed.values));
  JR_TRY(tell_jail(jail, "volume", "grow", {words[2], words[3]}));
  return 0;
}

}  // namespace jailrun::core::cli
