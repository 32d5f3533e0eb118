// SPDX-License-Identifier: Apache-2.0
//
// The result of a call: a value, or an error that says what failed. No exception is thrown for either.
//
//   Result<int> parse(const std::string& text);
//
//   Result<void> configure(Context& context) {
//     JR_ASSIGN(const int size, parse(context.option("size")));  // leaves with parse's error, if it has one
//     JR_TRY(check(size));
//     return {};
//   }
#ifndef JAILRUN_RESULT_HPP
#define JAILRUN_RESULT_HPP

#include "plugin.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace jailrun {

// Why something failed. It owns its text.
struct Error {
  jr_status status = JR_ERROR_INTERNAL;  // JR_ERROR_...; never JR_OK
  int error_number = 0;                  // errno; 0: the kernel had no part in it
  std::string sentence;                  // names the action and the object, without the errno's text

  // The same error with context in front of it: "mount /dev/pts" becomes "jail web-1: mount /dev/pts".
  //
  //   if (!added) return std::move(added).error().within(context.origin("device", index));
  Error within(const std::string& context) && {
    sentence.insert(0, sentence.empty() ? context : context + ": ");
    return std::move(*this);
  }
};

// What the user asked for is not possible; the sentence names the option or file and says what to do:
//
//   return input_error(context.origin("device") + ": '" + path + "' is not an absolute path");
inline Error input_error(std::string sentence) { return {JR_ERROR_INPUT, 0, std::move(sentence)}; }

// The kernel refused. `error_number` is errno, read right after the call that failed; the sentence names the
// object, and the runner adds the errno's text: "/srv/image: Permission denied".
inline Error system_error(int error_number, std::string sentence) {
  return {JR_ERROR_SYSTEM, error_number, std::move(sentence)};
}

// A fault of the program, not of its user.
inline Error internal_error(std::string sentence) { return {JR_ERROR_INTERNAL, 0, std::move(sentence)}; }

// A T or an Error; true if it holds a T. Both convert to it, so a function returns either one. value() may be
// called only if it holds a value, error() only if it holds an error: neither checks.
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

// Success, which is `return {};`, or an Error.
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

// Returns from the function with the error of `expression`, if it has one.
#define JR_TRY(expression)                                                                 \
  do {                                                                                     \
    if (auto jr_result_ = (expression); !jr_result_) return std::move(jr_result_).error(); \
  } while (0)

// Declares or assigns `target` with the value of `expression`, or returns from the function with its error.
#define JR_ASSIGN(target, expression) JR_ASSIGN_NAMED_(target, expression, JR_JOIN_(jr_result_, __LINE__))
#define JR_ASSIGN_NAMED_(target, expression, name) \
  auto name = (expression);                        \
  if (!name) return std::move(name).error();       \
  target = std::move(name).value()
#define JR_JOIN_(left, right) JR_JOIN_AGAIN_(left, right)
#define JR_JOIN_AGAIN_(left, right) left##right

// NOLINTEND(readability-identifier-naming,bugprone-macro-parentheses)

#endif
