// SPDX-License-Identifier: Apache-2.0
// Reads JSON (RFC 8259) in one pass, without a copy of it: for profiles, which a launch reads.
//
//   reader.object([&](std::string_view key) {
//     if (key == "names") reader.array([&] { add(reader.string()); });
//     else reader.skip();
//   });
//
// After the first fault everything returns at once and nothing is called any more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jailrun::seccomp {

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  // Calls `member` with each key; it must read the value.
  template <class Member>
  void object(Member member) {
    if (!open('{')) return;
    for (bool is_first = true; next('}', is_first); is_first = false) {
      const std::string key(string());
      skip_space();
      if (!take(':')) return fail("expected ':'");
      if (!has_failed()) member(std::string_view(key));
    }
    close();
  }
  // Calls `item` before each value, which it must read.
  template <class Item>
  void array(Item item) {
    if (!open('[')) return;
    for (bool is_first = true; next(']', is_first); is_first = false) item();
    close();
  }
  std::string_view string();  // valid until the next one is read
  uint64_t number();          // whole, not negative
  void skip();                // any value
  bool take_null();           // reads it if it is null
  bool is_string();           // the value that is next
  bool is_object();
  // After the last value nothing follows.
  void finish();

  bool has_failed() const { return !fault_.empty(); }
  const std::string& fault() const { return fault_; }
  void fail(const char* what);
  size_t line() const;  // of what was read last, from 1

 private:
  bool open(char bracket);
  bool next(char bracket, bool is_first);
  void close() { --depth_; }
  void skip_space();
  bool take(char byte);
  bool take(std::string_view word);
  void escape();
  void skip_number();

  std::string_view text_;
  size_t at_ = 0;
  unsigned depth_ = 0;
  std::string unescaped_;
  std::string fault_;
};

}  // namespace jailrun::seccomp
