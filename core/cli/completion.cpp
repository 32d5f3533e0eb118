// SPDX-License-Identifier: Apache-2.0
#include "core/cli/completion.hpp"

#include "core/cli/command_table.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/fill.hpp"
#include "core/cli/output.hpp"
#include "core/sys/directories.hpp"

#include <map>
#include <set>

namespace jailrun::core::cli {
namespace {

// clang-format takes shell in a raw string for C++.
// clang-format off
constexpr const char* kBash = R"sh(# bash completion for jailrun: what `jailrun completion bash` prints.

_jailrun_pipelines() {
  local directory
  for directory in /etc/jailrun/pipelines "$(dirname -- "$(type -P jailrun)")/../share/jailrun/pipelines"; do
    [[ ! -d $directory ]] || (cd "$directory" && printf '%s\n' *.conf)
  done
}

_jailrun_offer() {
  local words=''
  case $1 in
    file) COMPREPLY=($(compgen -f -- "$current")) ;;
    pipeline) COMPREPLY=($(compgen -f -- "$current")); words=$(_jailrun_pipelines) ;;
    jail) words=$(jailrun ps 2>/dev/null | awk 'NR > 1 { print $1 }') ;;
    stage) words=$(jailrun stages 2>/dev/null | awk 'NR > 1 { print $1 }') ;;
    language) words='c cpp rust' ;;
    level) words='debug info warning error' ;;
    format) words='text json' ;;
    shell) words='bash zsh' ;;
  esac
  COMPREPLY+=($(compgen -W "$words" -- "$current"))
}

_jailrun() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' options='' i
  COMPREPLY=()
  # What stands after -- is the program's.
  for ((i = 1; i < COMP_CWORD; ++i)); do
    [[ ${COMP_WORDS[i]} != -- ]] || { _jailrun_offer file; return; }
  done
  case ' @COMMANDS@ ' in
    *" ${COMP_WORDS[1]} "*) ((COMP_CWORD == 1)) || command=${COMP_WORDS[1]} ;;
  esac
  case $before in
@VALUES@  esac
  case $command in
@OPTIONS@  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '@COMMANDS@' -- "$current"))
  else
    case $command in
@OPERANDS@    esac
  fi
}

complete -o filenames -F _jailrun jailrun
)sh";

constexpr const char* kZsh = R"sh(#compdef jailrun
# zsh completion for jailrun: what `jailrun completion zsh` prints.

_jailrun() {
  local -a commands
  commands=(
@COMMANDS@  )
  # What stands after -- is the program's.
  if (( ${words[(i)--]} < CURRENT )); then
    _files
    return
  fi
  if (( CURRENT == 2 )) && [[ $PREFIX != -* ]]; then
    _describe command commands
    return
  fi
  case $words[2] in
@CASES@  esac
}

_jailrun "$@"
)sh";
// clang-format on

using Stages = std::vector<const StageDescription*>;

// Each name once: stages that share an option mean the same by it.
std::vector<OptionDescription> options_of(const CommandDescription& command, const Stages& stages) {
  std::vector<OptionDescription> all = command.options->options;
  std::set<std::string_view> names;
  for (const OptionDescription& option : all) names.insert(option.name);
  for (const StageDescription* stage : command.takes_stage_options ? stages : Stages())
    for (const OptionDescription& option : stage->options)
      if (names.insert(option.name).second) all.push_back(option);
  return all;
}

// What an option's value is, by the name that help gives it; empty: nobody can tell.
std::string kind_of(const OptionDescription& option) {
  if (option.name == "pipeline") return "pipeline";
  if (option.name == "lang") return "language";
  if (option.name == "log-level") return "level";
  if (option.name == "log-format") return "format";
  for (const std::string_view file : {"FILE", "DIR", "PATH", "SOURCE"})
    if (option.value_name.substr(0, file.size()) == file && option.value_name.find('=') == std::string::npos)
      return "file";
  return "";
}

// In single quotes for a shell.
std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char letter : text) result += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return result + "'";
}

std::string flags_of(const CommandDescription& command, const Stages& stages) {
  std::string words;
  for (const OptionDescription& option : options_of(command, stages))
    words.append("--").append(option.name).append(" ");
  return words + "--help";
}

}  // namespace

std::string bash_completion(const Stages& stages) {
  std::string commands;
  std::string cases;
  std::string operands;
  std::map<std::string, std::set<std::string>> kinds;
  for (const CommandDescription& command : command_descriptions()) {
    const std::string name(command.name);
    if (!name.empty()) commands += (commands.empty() ? "" : " ") + name;
    cases += "    " + quoted(name) + ") options='" + flags_of(command, stages) + "' ;;\n";
    if (!command.completes.empty())
      operands += "    " + name + ") _jailrun_offer " + std::string(command.completes) + "; return ;;\n";
    for (const OptionDescription& option : options_of(command, stages))
      if (!option.is_flag()) kinds[kind_of(option)].insert("--" + std::string(option.name));
  }
  std::string values;
  for (const auto& [kind, names] : kinds) {
    std::string pattern;
    for (const std::string& name : names) pattern += (pattern.empty() ? "" : " | ") + name;
    values +=
        "    " + pattern + ") " + (kind.empty() ? "return" : "_jailrun_offer " + kind + "; return") + " ;;\n";
  }
  return filled(
      kBash,
      {{"@COMMANDS@", commands}, {"@VALUES@", values}, {"@OPTIONS@", cases}, {"@OPERANDS@", operands}});
}

namespace {

// For _arguments: colons and brackets in help have a meaning there.
std::string zsh_text(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    if (letter == ':' || letter == '[' || letter == ']' || letter == '\\') result += '\\';
    result += letter;
  }
  return result;
}

std::string zsh_action(const std::string& kind) {
  if (kind == "file" || kind == "pipeline") return "_files";
  if (kind == "language") return "(c cpp rust)";
  if (kind == "level") return "(debug info warning error)";
  if (kind == "format") return "(text json)";
  if (kind == "shell") return "(bash zsh)";
  if (kind == "jail") return "($(jailrun ps 2>/dev/null | awk \"NR > 1 { print \\$1 }\"))";
  if (kind == "stage") return "($(jailrun stages 2>/dev/null | awk \"NR > 1 { print \\$1 }\"))";
  return " ";
}

}  // namespace

std::string zsh_completion(const Stages& stages) {
  std::string commands;
  std::string cases;
  for (const CommandDescription& command : command_descriptions()) {
    if (!command.name.empty())
      commands += "    " + quoted(std::string(command.name) + ":" + std::string(command.summary)) + "\n";
    cases += "    " + (command.name.empty() ? std::string("*") : std::string(command.name)) +
             ")\n      _arguments \\\n";
    for (const OptionDescription& option : options_of(command, stages)) {
      const std::string value =
          option.is_flag() ? "" : ":" + zsh_text(option.value_name) + ":" + zsh_action(kind_of(option));
      cases += "        " +
               quoted((option.is_repeatable() ? "*--" : "--") + std::string(option.name) + "[" +
                      zsh_text(option.help) + "]" + value) +
               " \\\n";
    }
    const std::string operand =
        command.completes.empty() ? "*: : " : "*: :" + zsh_action(std::string(command.completes));
    cases += "        " + quoted(operand) + " ;;\n";
  }
  // The launch's pattern matches everything, so it must stand last.
  const size_t next = cases.find("    plan)");
  cases = cases.substr(next) + cases.substr(0, next);
  return filled(kZsh, {{"@COMMANDS@", commands}, {"@CASES@", cases}});
}

int completion(const CommandLine& line) {
  const Result<Parsed> parsed = parse(line, {}, {}, true);
  if (!parsed) return fail(parsed.error());
  const std::vector<std::string>& shells = parsed.value().operands;
  const bool is_known = shells.size() == 1 && (shells[0] == "bash" || shells[0] == "zsh");
  if (!is_known)
    return fail(input_error("completion: say for which shell, as jailrun completion bash or zsh"));
  Trust trust;
  Loader loader(trust, default_search_path().plugins);
  Stages stages;
  for (const std::string& name : loader.installed()) {
    // One that is not trusted is not loaded, and its options are not completed.
    const Result<const Plugin*> plugin = loader.load_by_name(name);
    if (!plugin) log::warning(message(plugin.error()));
    if (plugin)
      for (const StageDescription& stage : plugin.value()->stages) stages.push_back(&stage);
  }
  print(shells[0] == "bash" ? bash_completion(stages) : zsh_completion(stages));
  return 0;
}

}  // namespace jailrun::core::cli
