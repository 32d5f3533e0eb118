// SPDX-License-Identifier: Apache-2.0
// Capabilities and securebits as people write them.
#pragma once

#include "core/sys/capabilities.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <linux/securebits.h>

namespace jailrun_stages {

// "CAP_CHOWN, kill" as its words. What is between them may be commas or spaces.
inline std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (;;) {
    const size_t begin = text.find_first_not_of(", \t");
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const size_t end = std::min(text.find_first_of(", \t"), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

// In one case, with one kind of hyphen.
inline std::string spelled(std::string_view word, char from, char to, char between, char instead) {
  std::string result(word);
  for (char& c : result) {
    if (c >= from && c <= to) c = static_cast<char>(c ^ ('a' ^ 'A'));
    if (c == between) c = instead;
  }
  return result;
}

// "net-raw", "NET_RAW" and "cap_net_raw" are one.
inline std::optional<unsigned> capability_of(std::string_view word) {
  std::string name = spelled(word, 'a', 'z', '-', '_');
  if (name.substr(0, 4) != "CAP_") name.insert(0, "CAP_");
  return jailrun::sys::capability_number(name);
}

// A set, from the values of an option.
class CapabilityList {
 public:
  // What is wrong with this value; empty: nothing.
  std::string add(std::string_view value) {
    is_given_ = true;
    const std::vector<std::string> words = words_of(value);
    if (words.empty()) return "names no capability: write none for none";
    for (const std::string& word : words)
      if (std::string wrong = add_word(word); !wrong.empty()) return wrong;
    return {};
  }

  bool is_given() const { return is_given_; }
  bool is_all() const { return word_ == "all"; }
  uint64_t set() const { return is_all() ? UINT64_MAX : set_; }

 private:
  std::string add_word(const std::string& word) {
    const std::string lower = spelled(word, 'A', 'Z', '_', '-');
    const bool is_whole = lower == "all" || lower == "none";
    if ((is_whole && (set_ != 0 || (!word_.empty() && word_ != lower))) || (!is_whole && !word_.empty()))
      return "'" + (is_whole ? word : word_) + "' stands alone, without other capabilities";
    if (is_whole) {
      word_ = lower;
      return {};
    }
    const std::optional<unsigned> number = capability_of(word);
    if (!number) return "'" + word + "' is not a capability that jailrun knows: see capabilities(7)";
    set_ |= uint64_t{1} << *number;
    return {};
  }

  bool is_given_ = false;
  std::string word_;  // "all", "none" or neither
  uint64_t set_ = 0;
};

// "noroot no-setuid-fixup locked" as bits.
class SecurebitList {
 public:
  std::string add(std::string_view value) {
    for (const std::string& word : words_of(value)) {
      const std::string name = spelled(word, 'A', 'Z', '_', '-');
      const uint32_t bit = jailrun::sys::securebit(name);
      if (name == "locked")
        is_locked_ = true;
      else if (bit == 0)
        return "'" + word +
               "' is not a securebit: there are noroot, no-setuid-fixup, no-cap-ambient-raise and keep-caps, "
               "each "
               "also with -locked, and locked for all that are named";
      bits_ |= bit;
    }
    return {};
  }

  // What is wrong with all of them.
  std::string fault() const {
    if ((bits_ & SECBIT_KEEP_CAPS) != 0)
      return "the exec clears keep-caps: keep-caps-locked forbids the program to set it";
    if (is_locked_ && bits_ == 0) return "locked locks the securebits that are named, and none is";
    return {};
  }

  // Each bit is followed by the one that locks it.
  uint32_t bits() const {
    constexpr uint32_t kLockable = SECBIT_NOROOT | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_CAP_AMBIENT_RAISE;
    return is_locked_ ? bits_ | (bits_ & kLockable) << 1 : bits_;
  }

 private:
  uint32_t bits_ = 0;
  bool is_locked_ = false;
};

}  // namespace jailrun_stages
