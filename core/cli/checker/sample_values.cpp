// SPDX-License-Identifier: Apache-2.0
#include "core/cli/checker/sample_values.hpp"

#include "core/cli/checker/items.hpp"
#include "jailrun/plan_text.hpp"
#include "jailrun/strings.hpp"

#include <algorithm>
#include <climits>

#include <unistd.h>

namespace jailrun::core::cli::checker {
namespace {

// A program that exists: this one.
std::string own_program() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length < 0 ? "/bin/true" : std::string(path, static_cast<size_t>(length));
}

struct Known {
  std::string_view fact;
  const char* value;
};
constexpr Known kTexts[] = {
    {"jail.id", "check-plugin"},
    {"jail.base", "/nonexistent"},
    {"jail.name", "program"},
    {"jail.directory", "/nonexistent/program/check-plugin"},
    {"jail.root", "/nonexistent/program/check-plugin/root"},
    {"jail.cgroup", "program/check-plugin"},
};
constexpr uint64_t kId = 65534;  // nobody

std::string text_fact(std::string_view name) {
  if (name == "jail.program") return own_program();
  for (const Known& known : kTexts)
    if (known.fact == name) return known.value;
  return "text";
}
uint64_t number_fact(std::string_view name) {
  if (name == "jail.uid" || name == "jail.gid") return kId;
  return 1;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string option_value(const jr_option& option) {
  const std::string_view name = to_view(option.name);
  const std::string_view value = to_view(option.value_name);
  if (option.type == JR_OPTION_FLAG) return "yes";
  if (option.type == JR_OPTION_NUMBER) return std::to_string(std::clamp(kId, option.minimum, option.maximum));
  if (has(value, "DIR")) return "/usr";
  if (has(value, "FILE") || has(value, "PATH") || has(value, "PROGRAM")) return own_program();
  return name == "id" ? "check-plugin" : "text";
}

// True if its default is a directory that this host does not have.
bool lacks_its_default(const jr_option& option) {
  const std::string value(to_view(option.default_value));
  return has(to_view(option.value_name), "DIR") && !value.empty() && access(value.c_str(), F_OK) != 0;
}

}  // namespace

std::vector<jr_option> declared_options(const jr_stage_descriptor& stage) {
  return items(stage.options, stage.option_count, stage.option_stride);
}

std::vector<jr_fact> provided_facts(const jr_stage_descriptor& stage) {
  return items(stage.provides, stage.provide_count, stage.provide_stride);
}

void give_sample_values(FakeHost& host, const jr_stage_descriptor& stage, const Subject& subject,
                        const std::string& except) {
  for (const jr_option& option : declared_options(stage)) {
    const std::string name(to_view(option.name));
    if (name == except) continue;
    bool given = false;
    for (const auto& [key, value] : subject.options) {
      if (key == name) host.option(name, value);
      given = given || key == name;
    }
    if (!given && ((option.flags & JR_OPTION_REQUIRED) != 0 || lacks_its_default(option)))
      host.option(name, option_value(option));
  }
  for (const jr_fact& fact : items(stage.consumes, stage.consume_count, stage.consume_stride)) {
    const std::string name(to_view(fact.name));
    const auto set = std::find_if(subject.facts.begin(), subject.facts.end(),
                                  [&](const auto& one) { return one.first == name; });
    const bool is_set = set != subject.facts.end();
    if (fact.type == JR_FACT_NUMBER)
      host.fact(name, is_set ? std::strtoull(set->second.c_str(), nullptr, 10) : number_fact(name));
    else if (is_set || (fact.flags & JR_FACT_OPTIONAL) == 0)
      host.fact(name, is_set ? set->second : text_fact(name));
  }
}

std::vector<std::vector<std::string>> garbage(const jr_option& option) {
  if (option.type == JR_OPTION_FLAG) return {{"yes"}};
  if (option.type == JR_OPTION_NUMBER)
    return {{std::to_string(option.minimum)}, {std::to_string(option.maximum)}};
  std::vector<std::vector<std::string>> all;
  for (const char* value : {"",
                            " ",
                            "/",
                            "//",
                            ".",
                            "..",
                            "../../../../etc",
                            "/nonexistent/a/b",
                            "-",
                            "--",
                            "=",
                            "==",
                            "a=",
                            "=a",
                            ":",
                            "::",
                            "a:",
                            ":a",
                            ",",
                            ",,",
                            "a,,b",
                            ";",
                            "#",
                            "%s%n%s",
                            "$(id)",
                            "`id`",
                            "*",
                            "\n",
                            "\x01\x1b[2J",
                            "\xff\xfe",
                            "\xc3",
                            "0",
                            "-1",
                            "18446744073709551616",
                            "1e9",
                            "0x10",
                            "1K",
                            "a=b=c:d:e,f",
                            "/dev/null",
                            "/proc/self/mem"})
    all.push_back({value});
  for (const size_t length : {255U, 256U, 4095U, 4096U, 65536U}) all.push_back({std::string(length, 'a')});
  all.push_back({"/" + std::string(5000, 'a')});
  std::string deep;
  for (int i = 0; i < 3000; ++i) deep += "/a";
  all.push_back({deep});
  if ((option.flags & JR_OPTION_REPEATABLE) != 0) {
    all.push_back({"a", "a"});
    all.push_back(std::vector<std::string>(1000, "a=b"));
  }
  return all;
}

std::string shown(const std::vector<std::string>& values) {
  constexpr size_t kLongest = 40;
  std::string text = plan_text::quoted(values.front().substr(0, kLongest));
  if (values.front().size() > kLongest) text += "... of " + std::to_string(values.front().size()) + " bytes";
  if (values.size() > 1) text += " " + std::to_string(values.size()) + " times";
  return text;
}

}  // namespace jailrun::core::cli::checker
