// SPDX-License-Identifier: Apache-2.0
// From the C functions of jr_actions to the planning functions: the structs that a stage passes are read in
// whichever version of the interface the plugin was built with.
#pragma once

#include "core/stages/context.hpp"
#include "jailrun/action_rules.hpp"
#include "jailrun/plugin.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

namespace jailrun::core {

using action_rules::judge;

// The struct as this runner knows it; what the plugin's version lacks reads as zero. The rules are the SDK's,
// as the fake host keeps them too.
template <class T>
Result<T> known_arguments(const T* given, const char* name) {
  constexpr size_t kFirst = action_rules::kFirstSize<T>;
  static_assert(kFirst != 0 && kFirst <= sizeof(T));
  JR_ASSIGN(const T known, action_rules::known_arguments(given, name, kFirst));
  JR_TRY(judge(known));
  return known;
}

// A function's name as a template's argument.
template <size_t N>
struct FunctionName {
  char text[N];
  consteval FunctionName(const char (&name)[N]) { std::copy_n(name, N, text); }
};

// A planning function as the C function of jr_actions: its error becomes the call's failure.
template <auto kPlan>
struct Function;
template <class... Arguments, Result<void> (*kPlan)(jr_ctx&, Arguments...)>
struct Function<kPlan> {
  static jr_status call(jr_ctx* ctx, Arguments... arguments) {
    return ctx->settle(kPlan(*ctx, arguments...));
  }
};
template <auto kPlan>
constexpr auto kFunction = &Function<kPlan>::call;

// The same for one that takes a struct, of whichever version of the interface the plugin was built with.
template <FunctionName kName, auto kPlan>
struct StructFunction;
template <FunctionName kName, class T, Result<void> (*kPlan)(jr_ctx&, const T&)>
struct StructFunction<kName, kPlan> {
  static Result<void> plan(jr_ctx& ctx, const T* given) {
    JR_ASSIGN(const T known, known_arguments(given, kName.text));
    return kPlan(ctx, known);
  }
  static jr_status call(jr_ctx* ctx, const T* given) { return ctx->settle(plan(*ctx, given)); }
};
template <FunctionName kName, auto kPlan>
constexpr auto kStructFunction = &StructFunction<kName, kPlan>::call;

}  // namespace jailrun::core
