// SPDX-License-Identifier: Apache-2.0
// minijail's policy: a line for each call, "read: 1" or "ioctl: arg1 == 0x5401 || arg1 == 0x5413; return 1".
#include "core/seccomp/profile_builder.hpp"

#include <cctype>
#include <cerrno>
#include <charconv>

#include <linux/seccomp.h>

namespace jailrun::seccomp {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

// The part before `separator`; `text` becomes what follows it, or empty.
std::string_view cut(std::string_view& text, std::string_view separator) {
  const size_t found = text.find(separator);
  const std::string_view part = text.substr(0, found);
  text = found == std::string_view::npos ? std::string_view() : text.substr(found + separator.size());
  return trimmed(part);
}

std::optional<uint64_t> number(std::string_view text) {
  const bool is_hexadecimal = text.substr(0, 2) == "0x" || text.substr(0, 2) == "0X";
  const bool is_octal = !is_hexadecimal && text.size() > 1 && text[0] == '0';
  if (is_hexadecimal) text.remove_prefix(2);
  uint64_t value = 0;
  const int base = is_hexadecimal ? 16 : is_octal ? 8 : 10;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value, base);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

class Reader {
 public:
  explicit Reader(Profile& profile) : profile_(profile), builder_(profile) {
    profile_.policy.architectures = {kNative};
    profile_.policy.otherwise = profile_.policy.foreign = SECCOMP_RET_KILL_PROCESS;
  }

  void run(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(line.size() + 1, text.size()));
      line = cut(line, "#");
      if (!line.empty()) statement(line);
    }
    if (profile_.policy.rules.empty() && profile_.faults.empty())
      builder_.fault(0, "it allows no system call");
    builder_.finish();
  }

 private:
  void fault(std::string text) { builder_.fault(line_, std::move(text)); }

  void statement(std::string_view line) {
    if (line.front() == '@') return directive(line);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return fault("'" + std::string(line) + "' is not NAME: EXPRESSION");
    const std::string_view name = trimmed(line.substr(0, colon));
    const Call call = find_call(name);
    if (call == kNoCall) return fault("'" + std::string(name) + "' is not a system call that jailrun knows");
    expression(call, trimmed(line.substr(colon + 1)));
  }

  void directive(std::string_view line) {
    const std::string_view word = cut(line, " ");
    if (word != "@default")
      return fault("'" + std::string(word) + "' is not supported: put all rules into one file");
    if (const std::optional<Verdict> verdict = action(trimmed(line)))
      profile_.policy.otherwise = *verdict;
    else
      fault("unknown action '" + std::string(line) + "'");
  }

  static std::optional<Verdict> action(std::string_view text) {
    if (text == "1" || text == "allow") return SECCOMP_RET_ALLOW;
    if (text == "kill" || text == "kill-process") return SECCOMP_RET_KILL_PROCESS;
    if (text == "kill-thread") return SECCOMP_RET_KILL_THREAD;
    if (text == "trap") return SECCOMP_RET_TRAP;
    if (text == "log") return SECCOMP_RET_LOG;
    return std::nullopt;
  }

  std::optional<Verdict> returned(std::string_view text) {
    if (text.substr(0, 6) != "return") return action(text);
    text = trimmed(text.substr(6));
    const std::optional<uint64_t> code = number(text);
    if (!code || *code > 4095) {
      fault("'" + std::string(text) + "' is not an error number: write it as digits");
      return SECCOMP_RET_KILL_PROCESS;
    }
    return SECCOMP_RET_ERRNO | static_cast<Verdict>(*code);
  }

  // "TESTS; return N" gives N where no test holds.
  void expression(Call call, std::string_view text) {
    std::string_view rest = text;
    const std::string_view tests = cut(rest, ";");
    builder_.begin_conditions();
    if (const std::optional<Verdict> verdict = returned(tests)) {
      if (!trimmed(rest).empty()) fault("nothing can follow '" + std::string(tests) + "'");
      return builder_.add_rule(call, *verdict);
    }
    // An alternative without a test would allow the call whatever its arguments: test() refuses an empty one.
    std::string_view either = tests;
    for (bool is_last = false; !is_last;) {
      is_last = either.find("||") == std::string_view::npos;
      std::string_view all = cut(either, "||");
      builder_.begin_conditions();
      for (bool is_last_test = false; !is_last_test;) {
        is_last_test = all.find("&&") == std::string_view::npos;
        test(cut(all, "&&"));
      }
      builder_.add_rule(call, SECCOMP_RET_ALLOW);
    }
    if (trimmed(rest).empty()) return;
    const std::optional<Verdict> verdict = returned(trimmed(rest));
    if (!verdict) return fault("unknown action '" + std::string(trimmed(rest)) + "'");
    // A rule without conditions would win over those before it: one that always holds, and comes after them.
    builder_.begin_conditions();
    builder_.add_condition({0, Comparing::kGreaterOrEqual, false, 0, 0});
    builder_.add_rule(call, *verdict);
  }

  // "arg1 == 0x5401", "arg2 & 4", "arg0 in 0xf"
  void test(std::string_view text) {
    std::string_view rest = text;
    const std::string_view argument = cut(rest, " ");
    rest = trimmed(rest);
    const std::string_view comparison = cut(rest, " ");
    const std::optional<uint64_t> value = number(trimmed(rest));
    const bool is_argument =
        argument.size() == 4 && argument.substr(0, 3) == "arg" && argument[3] >= '0' && argument[3] <= '5';
    Condition condition;
    if (!is_argument || !value || !compare(comparison, *value, condition))
      return fault("'" + std::string(text) +
                   "' is not argN COMPARISON NUMBER, where the comparison is ==, !=, <, <=, >, >=, & or in");
    condition.argument = static_cast<uint8_t>(argument[3] - '0');
    builder_.add_condition(condition);
  }

  static bool compare(std::string_view text, uint64_t value, Condition& condition) {
    struct Name {
      std::string_view name;
      Comparing comparing;
    };
    constexpr Name kNames[] = {{"==", Comparing::kEqual},  {"!=", Comparing::kNotEqual},
                               {"<", Comparing::kLess},    {"<=", Comparing::kLessOrEqual},
                               {">", Comparing::kGreater}, {">=", Comparing::kGreaterOrEqual}};
    condition.value = value;
    if (text == "in") {  // no bit besides these
      condition.comparing = Comparing::kMaskedEqual;
      condition.mask = ~value;
      condition.value = 0;
      return true;
    }
    if (text == "&") {  // any of these bits
      condition.comparing = Comparing::kAnyBit;
      return true;
    }
    for (const Name& one : kNames)
      if (one.name == text) {
        condition.comparing = one.comparing;
        return true;
      }
    return false;
  }

  Profile& profile_;
  ProfileBuilder builder_;
  size_t line_ = 0;
};

}  // namespace

Profile read_minijail(std::string_view text) {
  Profile profile;
  Reader(profile).run(text);
  return profile;
}

}  // namespace jailrun::seccomp
