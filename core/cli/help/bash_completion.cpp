// SPDX-License-Identifier: Apache-2.0
#include "core/base/text.hpp"
#include "core/cli/help/completed_options.hpp"
#include "core/cli/help/completion.hpp"
#include "core/cli/marks.hpp"

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
    [[ ! -d $directory ]] || (cd "$directory" && compgen -G '*.conf')
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

# Of these options, those that the stages of the pipeline on the command line have.
_jailrun_of_pipeline() {
  local i named=() known kept=() option
  for ((i = 1; i < COMP_CWORD - 1; ++i)); do
    [[ ${COMP_WORDS[i]} == --pipeline ]] || continue
    named=(--pipeline "${COMP_WORDS[i + 1]}")
    [[ ${named[1]} != = ]] || named[1]=${COMP_WORDS[i + 2]}
  done
  known=" $(jailrun ${named[@]+"${named[@]}"} --help 2>/dev/null | awk '$1 ~ /^--/ { printf "%s ", $1 }')"
  for option in $1; do
    [[ $known == ' ' || $known == *" $option "* || $option == --help ]] && kept+=("$option")
  done
  printf '%s ' "${kept[@]}"
}

_jailrun() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' options='' i
  COMPREPLY=()
  # bash splits --option=value at the equals sign, which is a word of its own.
  if [[ $current == = ]]; then
    current=''
  elif [[ $before == = ]] && ((COMP_CWORD > 2)); then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  # The words after -- are the program's.
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
    case $command in
      @OF_PIPELINE@) options=$(_jailrun_of_pipeline "$options") ;;
    esac
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
// clang-format on

std::string flags_of(const Command& command, const Stages& stages) {
  std::string words;
  for (const OptionDescription& option : options_of(command, stages))
    words.append("--").append(option.name).append(" ");
  return words + "--help";
}

}  // namespace

std::string bash_completion(const Stages& stages) {
  std::vector<std::string> names;
  std::string cases;
  std::string operands;
  std::vector<std::string> of_pipeline;
  std::map<std::string, std::set<std::string>> kinds;
  for (const Command& command : commands()) {
    const std::string name(command.name);
    if (!name.empty()) names.push_back(name);
    if (command.takes_stage_options) of_pipeline.push_back(shell_quoted(name));
    cases += "    " + shell_quoted(name) + ") options='" + flags_of(command, stages) + "' ;;\n";
    if (!command.completes.empty())
      operands += "    " + name + ") _jailrun_offer " + std::string(command.completes) + "; return ;;\n";
    for (const OptionDescription& option : options_of(command, stages))
      if (!option.is_flag()) kinds[kind_of(option)].insert("--" + std::string(option.name));
  }
  std::string values;
  for (const auto& [kind, options] : kinds)
    values += "    " + joined({options.begin(), options.end()}, " | ") + ") " +
              (kind.empty() ? "return" : "_jailrun_offer " + kind + "; return") + " ;;\n";
  return replace_marks(kBash, {{"@COMMANDS@", joined(names, " ")},
                               {"@VALUES@", values},
                               {"@OPTIONS@", cases},
                               {"@OF_PIPELINE@", joined(of_pipeline, " | ")},
                               {"@OPERANDS@", operands}});
}

}  // namespace jailrun::core::cli
