// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/command_line.hpp"

#include "jailrun/strings.hpp"

#include <algorithm>

namespace jailrun::core {
namespace {

// The options of all stages, each name once: stages that share an option declare
// the same (core/pipeline/order.cpp).
class KnownOptions {
 public:
  KnownOptions(const StageDescription& own, const std::vector<const StageDescription*>& stages)
      : own_(own), stages_(stages) {}

  const OptionDescription* find(std::string_view name) const {
    if (const OptionDescription* const found = own_.option(name)) return found;
    for (const StageDescription* stage : stages_)
      if (const OptionDescription* const found = stage->option(name)) return found;
    return nullptr;
  }

 private:
  const StageDescription& own_;
  const std::vector<const StageDescription*>& stages_;
};

constexpr std::string_view kDashes = "--";

bool is_option(std::string_view word) { return word.substr(0, kDashes.size()) == kDashes; }

// From words to options and operands. No abbreviations: one that works today would be ambiguous once a stage
// is added.
class Parser {
 public:
  Parser(const CommandLine& line, const KnownOptions& known) : line_(line), known_(known) {}

  Result<Parsed> run() {
    while (at_ < line_.before.size()) {
      const std::string& word = line_.before[at_++];
      if (is_option(word))
        JR_TRY(take_option(word));
      else if (word.size() > 1 && word.front() == '-')  // "-f" is not a jail; no name begins with a hyphen
        return refusal("'" + word + "' is not an option: options begin with two hyphens, --id for example");
      else
        parsed_.operands.push_back(word);
    }
    for (auto& [name, values] : given_) parsed_.values.give(name, std::move(values));
    return std::move(parsed_);
  }

 private:
  Result<void> take_option(const std::string& word) {
    const size_t equals = word.find('=');
    const std::string origin = word.substr(0, equals);
    const OptionDescription* const option = known_.find(std::string_view(origin).substr(kDashes.size()));
    if (option == nullptr) return refusal("there is no option " + origin);
    std::vector<OptionValue>& values = values_of(option->name);
    if (!values.empty() && !option->is_repeatable()) return refusal(origin + " is given more than once");
    if (option->is_flag()) {
      if (equals != std::string::npos) return refusal(origin + " takes no value");
      values.push_back({"yes", origin});
      return {};
    }
    if (equals != std::string::npos) {
      values.push_back({word.substr(equals + 1), origin});
      return {};
    }
    if (at_ == line_.before.size()) return refusal(origin + " has no value");
    const std::string& next = line_.before[at_];
    // "--id --daemonize": an option is not taken for a value. To give it as one, write --id=--daemonize.
    const std::string_view name = std::string_view(next).substr(0, next.find('='));
    if (is_option(next) && known_.find(name.substr(kDashes.size())) != nullptr)
      return input_error(origin + " has no value: it is followed by " + next);
    ++at_;
    values.push_back({next, origin});
    return {};
  }

  Error refusal(const std::string& sentence) const {
    return input_error(sentence + " (--help lists the options of " + line_.pipeline + ")");
  }

  std::vector<OptionValue>& values_of(std::string_view name) {
    for (auto& [known, values] : given_)
      if (known == name) return values;
    return given_.emplace_back(name, std::vector<OptionValue>()).second;
  }

  const CommandLine& line_;
  const KnownOptions& known_;
  size_t at_ = 0;
  std::vector<std::pair<std::string, std::vector<OptionValue>>> given_;
  Parsed parsed_;
};

}  // namespace

CommandLine split_command_line(int argc, char** argv) {
  CommandLine line;
  std::vector<std::string> all(argv + std::min(argc, 1), argv + argc);
  const auto dashes = std::find(all.begin(), all.end(), "--");
  line.before.assign(all.begin(), dashes);
  if (dashes != all.end()) line.arguments.assign(dashes + 1, all.end());
  // A launch has no operands, so a first word that is not an option names a command, known or not.
  if (!line.before.empty() && !line.before.front().empty() && line.before.front().front() != '-') {
    line.command = line.before.front();
    line.before.erase(line.before.begin());
  }
  constexpr std::string_view kPipeline = "--pipeline";
  for (size_t i = 0; i < line.before.size(); ++i) {
    const std::string& word = line.before[i];
    if (word == "--help" || word == "-h") line.help = true;
    if (word == "--version") line.version = true;
    if (word == kPipeline && i + 1 < line.before.size()) line.pipeline = line.before[i + 1];
    if (word.compare(0, kPipeline.size() + 1, "--pipeline=") == 0)
      line.pipeline = word.substr(kPipeline.size() + 1);
  }
  const std::string_view program = argc > 0 ? argv[0] : "";
  const std::string_view name = program.substr(program.rfind('/') + 1);
  // Firecracker's releases have jailer-v1.7.0-x86_64.
  const bool is_jailer = name == "jailer" || name.substr(0, 7) == "jailer-";
  const bool is_hardened = name == "jailer-hardened";
  if (line.pipeline.empty())
    line.pipeline = is_hardened ? "firecracker-hardened.conf"
                    : is_jailer ? "firecracker.conf"
                                : "default.conf";
  return line;
}

Result<Parsed> parse(const CommandLine& line, const StageDescription& own,
                     const std::vector<const StageDescription*>& stages, bool operands) {
  JR_ASSIGN(Parsed parsed, Parser(line, KnownOptions(own, stages)).run());
  if (!operands && !parsed.operands.empty())
    return input_error("'" + parsed.operands.front() +
                       "' is neither an option nor a command; the program's own arguments go after --");
  return parsed;
}

}  // namespace jailrun::core
