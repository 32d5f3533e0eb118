// SPDX-License-Identifier: Apache-2.0
// Commands that a stage carries out on a jail that stands: `jailrun tell`, and for what is often asked a
// command of its own.
#include "core/jails/tell.hpp"

#include "core/cli/commands.hpp"
#include "core/cli/find_jail.hpp"
#include "core/cli/output.hpp"

namespace jailrun::core::cli {
namespace {

// The operands in the order in which `tell` has them.
struct Message {
  std::string jail;
  std::string stage;
  std::string verb;
  std::vector<std::string> words;
};

int deliver(const Message& message, const OptionValues& options) {
  const Result<JailName> jail = find_jail(message.jail, options);
  if (!jail) return fail(jail.error());
  const Result<void> told = tell_jail(jail.value(), message.stage, message.verb, message.words);
  return told ? 0 : fail(told.error());
}

}  // namespace

int tell(const CommandLine& line) {
  const Result<Parsed> parsed = parse(line, jail_options(), {}, true);
  if (!parsed) return fail(parsed.error());
  const std::vector<std::string>& said = parsed.value().operands;
  if (said.size() < 3)
    return fail(input_error("tell: say which jail, stage and what: [NAME/]ID STAGE VERB WORDS..."));
  return deliver({said[0], said[1], said[2], {said.begin() + 3, said.end()}}, parsed.value().values);
}

int volume(const CommandLine& line) {
  const Result<Parsed> parsed = parse(line, jail_options(), {}, true);
  if (!parsed) return fail(parsed.error());
  const std::vector<std::string>& said = parsed.value().operands;
  if (said.size() != 4 || said[0] != "grow")
    return fail(
        input_error("volume: say 'grow [NAME/]ID VOLUME SIZE', as 'jailrun volume grow web-1 disk.ext4 8G'"));
  return deliver({said[1], "volume", "grow", {said[2], said[3]}}, parsed.value().values);
}

}  // namespace jailrun::core::cli
