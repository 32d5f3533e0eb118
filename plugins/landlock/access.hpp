// SPDX-License-Identifier: Apache-2.0
// What the options say about files and ports, as rules.
#pragma once

#include "../common/option_values.hpp"

#include <jailrun/paths.hpp>
#include <jailrun/stage.hpp>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace jailrun_stages {

// What the options allow below their paths. Device nodes can be made nowhere.
constexpr uint64_t kRead = JR_LANDLOCK_READ_FILE | JR_LANDLOCK_READ_DIR;
constexpr uint64_t kWrite = kRead | JR_LANDLOCK_WRITE_FILE | JR_LANDLOCK_TRUNCATE | JR_LANDLOCK_REMOVE_DIR |
                            JR_LANDLOCK_REMOVE_FILE | JR_LANDLOCK_MAKE_DIR | JR_LANDLOCK_MAKE_REG |
                            JR_LANDLOCK_MAKE_SOCK | JR_LANDLOCK_MAKE_FIFO | JR_LANDLOCK_MAKE_SYM |
                            JR_LANDLOCK_REFER;
constexpr uint64_t kExecute = kRead | JR_LANDLOCK_EXECUTE;
constexpr uint64_t kIoctl = kRead | JR_LANDLOCK_WRITE_FILE | JR_LANDLOCK_IOCTL_DEV;
constexpr uint64_t kAllOfFiles = kWrite | kExecute | kIoctl | JR_LANDLOCK_MAKE_CHAR | JR_LANDLOCK_MAKE_BLOCK;

// Reads them all, and tells all that is wrong with them at once.
class Access {
 public:
  jailrun::Result<void> read(jailrun::Context& context) {
    files(context, "read", kRead);
    files(context, "write", kWrite);
    files(context, "execute", kExecute);
    files(context, "ioctl", kIoctl);
    ports(context, "bind-tcp", JR_LANDLOCK_BIND_TCP);
    ports(context, "connect-tcp", JR_LANDLOCK_CONNECT_TCP);
    words(context, "scope", [&](const std::string& word, bool) {
      const uint64_t scope = word == "abstract-sockets" ? JR_LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
                             : word == "signals"        ? JR_LANDLOCK_SCOPE_SIGNAL
                                                        : 0;
      rules_.scopes |= scope;
      return scope != 0 ? "" : "'" + word + "' is neither abstract-sockets nor signals";
    });
    if (!faults_.empty()) return jailrun::input_error(std::move(faults_));
    if (rules_.files == 0 && rules_.ports == 0 && rules_.scopes == 0)
      return jailrun::input_error(
          "say what the program may do: --read, --write, --execute, --ioctl, --bind-tcp, --connect-tcp or "
          "--scope");
    return {};
  }

  // Besides what the options say, the program itself: without it there is nothing to restrict.
  jailrun::LandlockRules rules_for(const std::string& program) const {
    jailrun::LandlockRules rules = rules_;
    if (rules.files != 0) add(rules.paths, program, JR_LANDLOCK_EXECUTE | JR_LANDLOCK_READ_FILE);
    return rules;
  }

 private:
  // Each word of each value to `take`, which says what is wrong with it. It is told whether the word is
  // alone.
  template <class Take>
  void words(jailrun::Context& context, const char* option, Take take) {
    const std::vector<std::string> values = context.options(option);
    uint64_t index = 0;
    for (const std::string& value : values) {
      const std::vector<std::string> all = split_at_commas(value);
      for (const std::string& word : all)
        if (const std::string wrong = take(word, values.size() == 1 && all.size() == 1); !wrong.empty())
          faults_ += (faults_.empty() ? "" : "; ") + context.origin(option, index) + ": " + wrong;
      ++index;
    }
  }

  void files(jailrun::Context& context, const char* option, uint64_t access) {
    words(context, option, [&](const std::string& word, bool is_alone) -> std::string {
      rules_.files = kAllOfFiles;
      if (word == "none") return is_alone ? "" : "none can't be given beside paths";
      if (word != "/" && !jailrun::is_clean_absolute(word))
        return "'" + word + "' is not an absolute path without empty, '.' or '..' components";
      add(rules_.paths, word, access);
      return {};
    });
  }

  void ports(jailrun::Context& context, const char* option, uint64_t access) {
    words(context, option, [&](const std::string& word, bool is_alone) -> std::string {
      rules_.ports |= access;
      if (word == "none") return is_alone ? "" : "none can't be given beside ports";
      uint16_t port = 0;
      const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), port);
      if (error != std::errc() || end != word.data() + word.size())
        return "'" + word + "' is not a port from 0 to 65535";
      add(rules_.port_rules, uint64_t{port}, access);
      return {};
    });
  }

  // One rule for each path and each port.
  template <class What>
  static void add(std::vector<std::pair<What, uint64_t>>& rules, const What& what, uint64_t access) {
    const auto same =
        std::find_if(rules.begin(), rules.end(), [&](const auto& rule) { return rule.first == what; });
    if (same == rules.end())
      rules.emplace_back(what, access);
    else
      same->second |= access;
  }

  jailrun::LandlockRules rules_;
  std::string faults_;
};

}  // namespace jailrun_stages
