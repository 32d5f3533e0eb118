// SPDX-License-Identifier: Apache-2.0
// From the C functions of jr_actions to the planning functions: the structs that a stage passes are read in
// whichever version of the interface the plugin was built with.
#pragma once

#include "core/plugin/abi.hpp"
#include "core/stages/context.hpp"
#include "jailrun/plugin.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

namespace jailrun::core {

// Names the member that holds something which this runner does not know; nullptr: there is none. Ignoring it
// would do something else than the stage meant.
const char* unknown_member(const jr_directory& given);
const char* unknown_member(const jr_write& given);
const char* unknown_member(const jr_copy& given);
const char* unknown_member(const jr_link& given);
const char* unknown_member(const jr_node& given);
const char* unknown_member(const jr_bind& given);
const char* unknown_member(const jr_mount& given);
const char* unknown_member(const jr_overlay& given);
const char* unknown_member(const jr_cgroup& given);
const char* unknown_member(const jr_join& given);
const char* unknown_member(const jr_limit& given);
const char* unknown_member(const jr_session& given);
const char* unknown_member(const jr_credentials& given);
const char* unknown_member(const jr_numa& given);
const char* unknown_member(const jr_exec& given);
const char* unknown_member(const jr_call& given);

// True if any byte is set that a later version has added to a struct: zero means that it is not used.
bool has_more(const void* given, size_t known_size, size_t given_size);

// The struct as this runner knows it; what the plugin's version lacks reads as zero.
template <class T>
Result<T> known_arguments(const T* given, const char* name) {
  static_assert(kFirstSize<T> != 0 && kFirstSize<T> <= sizeof(T));
  if (given == nullptr || given->struct_size < kFirstSize<T>)
    return internal_error(std::string(name) +
                          ": its arguments are shorter than in version 1.0 of the interface");
  T known{};
  std::memcpy(&known, given, std::min<size_t>(given->struct_size, sizeof known));
  const char* const unknown = has_more(given, sizeof known, given->struct_size)
                                  ? "a member after the last one that it has"
                                  : unknown_member(known);
  if (unknown != nullptr)
    return Error{
        JR_ERROR_UNSUPPORTED, 0,
        std::string(name) + ": this version of jailrun does not know " + unknown + "; a newer one is needed"};
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
