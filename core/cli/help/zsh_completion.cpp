// SPDX-License-Identifier: Apache-2.0
#include "core/cli/help/completed_options.hpp"
#include "core/cli/help/completion.hpp"
#include "core/cli/marks.hpp"

namespace jailrun::core::cli {
namespace {

// clang-format takes shell in a raw string for C++.
// clang-format off
constexpr const char* kZsh = R"sh(#compdef jailrun
# zsh completion for jailrun: what `jailrun completion zsh` prints.

_jailrun_pipelines() {
  local -a pipelines
  pipelines=(/etc/jailrun/pipelines/*.conf(N:t) ${$(whence -p jailrun):h}/../share/jailrun/pipelines/*.conf(N:t))
  _describe pipeline pipelines
  _files
}

# _arguments, without the options that the stages of the pipeline on the command line lack.
_jailrun_of_pipeline() {
  local -a named known kept
  local one i=${words[(I)--pipeline(|=*)]}
  (( i == 0 || i >= CURRENT )) || named=(--pipeline ${${words[i]#--pipeline}#=})
  [[ -n $named[2] || $#named == 0 ]] || named=(--pipeline $words[i+1])
  known=(${(f)"$(jailrun $named --help 2>/dev/null | awk '$1 ~ /^--/ { print $1 }')"})
  for one; do
    [[ $one != (\*|)--* ]] || (( ! $#known || ${known[(Ie)${${one#\*}%%[=\[]*}]} )) && kept+=($one)
  done
  _arguments $kept
}

_jailrun() {
  local -a commands
  commands=(
@COMMANDS@  )
  # The words after -- are the program's.
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
  if (kind == "file") return "_files";
  if (kind == "pipeline") return "_jailrun_pipelines";
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
  std::string described;
  std::string command_cases;
  std::string launch_case;
  for (const Command& command : commands()) {
    if (!command.name.empty())
      described +=
          "    " + shell_quoted(std::string(command.name) + ":" + std::string(command.summary)) + "\n";
    // The launch's pattern matches everything, so it must come last.
    std::string& cases = command.name.empty() ? launch_case : command_cases;
    cases +=
        "    " + (command.name.empty() ? std::string("*") : std::string(command.name)) +
        (command.takes_stage_options ? ")\n      _jailrun_of_pipeline \\\n" : ")\n      _arguments \\\n");
    for (const OptionDescription& option : options_of(command, stages)) {
      // "=": the value may be in the next word, or in this one after the equals sign.
      const std::string value =
          option.is_flag() ? "" : ":" + zsh_text(option.value_name) + ":" + zsh_action(kind_of(option));
      cases += "        " +
               shell_quoted((option.is_repeatable() ? "*--" : "--") + std::string(option.name) +
                            (option.is_flag() ? "[" : "=[") + zsh_text(option.help) + "]" + value) +
               " \\\n";
    }
    const std::string operand =
        command.completes.empty() ? "*: : " : "*: :" + zsh_action(std::string(command.completes));
    cases += "        " + shell_quoted(operand) + " ;;\n";
  }
  return replace_marks(kZsh, {{"@COMMANDS@", described}, {"@CASES@", command_cases + launch_case}});
}

}  // namespace jailrun::core::cli
