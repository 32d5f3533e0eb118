// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/config.hpp"

#include <algorithm>

namespace jailrun::core {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// Text has no control characters; what has them is another kind of file, named by mistake.
bool is_text(std::string_view line) {
  return std::all_of(line.begin(), line.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= ' ' ? byte != 0x7f : c == '\t' || c == '\r';
  });
}

bool is_key(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

// A comment begins with '#' or ';' at the start of a line or after a blank.
std::string_view without_comment(std::string_view line) {
  for (size_t i = 0; i < line.size(); ++i)
    if ((line[i] == '#' || line[i] == ';') && (i == 0 || kBlank.find(line[i - 1]) != std::string_view::npos))
      return line.substr(0, i);
  return line;
}

class Parser {
 public:
  Parser(const std::string& file, std::vector<Finding>& findings) : findings_(findings) {
    config_.file = file;
  }

  Config parse(std::string_view text) {
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      ++number_;
      if (!is_text(line)) {
        fault("this line is not text; a pipeline file must be plain text");
        break;  // one finding for a binary file, not thousands
      }
      parse_line(trimmed(without_comment(line)));
    }
    if (config_.stages.empty() && findings_.empty())
      findings_.push_back({config_.file, "it names no stages; each stage is a section in square brackets"});
    return std::move(config_);
  }

 private:
  void parse_line(std::string_view line) {
    if (line.empty()) return;
    if (line.front() == '[') return open_section(line);
    const size_t equals = line.find('=');
    const std::string_view key = trimmed(line.substr(0, equals));
    if (equals == std::string_view::npos || !is_key(key)) {
      return fault("'" + std::string(line.substr(0, 60)) + "' is neither [stage] nor key = value");
    }
    if (section_ == nullptr) return fault("'" + std::string(key) + "' comes before the first [stage]");
    section_->settings.push_back({std::string(key), std::string(trimmed(line.substr(equals + 1))), where()});
  }

  void open_section(std::string_view line) {
    const std::string name(trimmed(line.substr(1, line.size() - (line.back() == ']' ? 2 : 1))));
    // What follows an invalid header is still read, into a section that nobody uses.
    section_ = &ignored_;
    if (line.back() != ']' || !is_key(name))
      return fault("'" + std::string(line.substr(0, 60)) + "' is not a section header, such as [exec]");
    const auto same = [&](const Section& one) { return one.name == name; };
    const auto twice = std::find_if(config_.stages.begin(), config_.stages.end(), same);
    if (twice != config_.stages.end())
      return fault("[" + name + "] is already at " + twice->where + "; a stage runs once");
    if (name == "jailrun") {
      if (!config_.runner.where.empty()) return fault("[jailrun] is already at " + config_.runner.where);
      section_ = &config_.runner;
      section_->name = name;
      section_->where = where();
      return;
    }
    config_.stages.push_back({name, where(), {}});
    section_ = &config_.stages.back();
  }

  std::string where() const { return config_.file + ":" + std::to_string(number_); }
  void fault(std::string sentence) { findings_.push_back({where(), std::move(sentence)}); }

  std::vector<Finding>& findings_;
  Config config_;
  Section ignored_;
  Section* section_ = nullptr;
  int number_ = 0;
};

}  // namespace

const Setting* Section::find(std::string_view key) const {
  const auto found =
      std::find_if(settings.rbegin(), settings.rend(), [&](const Setting& one) { return one.key == key; });
  return found == settings.rend() ? nullptr : &*found;
}

Config parse_config(const std::string& file, std::string_view text, std::vector<Finding>& findings) {
  return Parser(file, findings).parse(text);
}

}  // namespace jailrun::core
