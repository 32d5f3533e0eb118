// SPDX-License-Identifier: Apache-2.0
//
// What a function came to: a value, or an error that says what failed. No exception is thrown for either.
#ifndef JAILRUN_RESULT_HPP
#define JAILRUN_RESULT_HPP

#include "plugin.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace jailrun {

struct Error {
  jr_status status = JR_ERROR_INTERNAL;
  int error_number = 0;  // of errno; 0: the kernel had no part in it
  std::string sentence;  // names the action and the object, without the errno's text

  // The same error seen from one layer up: "mount /dev/pts" becomes "jail web-1: mount /dev/pts".
  Error within(const std::string& context) && {
    sentence.insert(0, sentence.empty() ? context : context + ": ");
    return std::move(*this);
  }
};

// What the user asked for can't be; the sentence names the option or file and says what to do.
inline Error input_error(std::string sentence) { return {JR_ERROR_INPUT, 0, std::move(sentence)}; }

// The kernel refused. Taken right after the call that failed: `error_number` is errno.
inline Error system_error(int error_number, std::string sentence) {
  return {JR_ERROR_SYSTEM, error_number, std::move(sentence)};
}

inline Error internal_error(std::string sentence) { return {JR_ERROR_INTERNAL, 0, std::move(sentence)}; }

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  Error& error() & { return *std::get_if<1>(&state_); }
  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  explicit operator bool() const { return !error_; }
  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace jailrun

// NOLINTBEGIN(readability-identifier-naming,bugprone-macro-parentheses)

// Leaves the function with the error of `expression`, if it has one.
#define JR_TRY(expression)                                                                 \
  do {                                                                                     \
    if (auto jr_result_ = (expression); !jr_result_) return std::move(jr_result_).error(); \
  } while (0)

// Declares or assigns `target` with the value of `expression`, or leaves the function with its error.
#define JR_ASSIGN(target, expression) JR_ASSIGN_NAMED_(target, expression, JR_JOIN_(jr_result_, __LINE__))
#define JR_ASSIGN_NAMED_(target, expression, name) \
  auto name = (expression);                        \
  if (!name) return std::move(name).error();       \
  target = std::move(name).value()
#define JR_JOIN_(left, right) JR_JOIN_AGAIN_(left, right)
#define JR_JOIN_AGAIN_(left, right) left##right

// NOLINTEND(readability-identifier-naming,bugprone-macro-parentheses)

#endif
