// SPDX-License-Identifier: Apache-2.0
// The structs that a stage plans with, read whichever version of the interface it was built with.
#pragma once

#include "core/plugin/abi.hpp"
#include "core/stages/context.hpp"
#include "jailrun/plugin.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

namespace jailrun::core {

// The member that holds something which this runner does not know; nullptr: there is none. To ignore it would
// be to do something else than the stage meant.
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

// True if the bytes that a later version has added to a struct say anything: zero is how it says nothing.
bool has_more(const void* given, size_t known_size, size_t given_size);

template <class T>
Result<T> known_arguments(const T* given, const char* name) {
  static_assert(kFirstSize<T> != 0 && kFirstSize<T> <= sizeof(T));
  if (given == nullptr || given->struct_size < kFirstSize<T>)
    return internal_error(std::string(name) +
                          ": its arguments are shorter than version 1.0 of the interface has them");
  T known{};  // what the writer's version lacks reads as zero
  std::memcpy(&known, given, std::min<size_t>(given->struct_size, sizeof known));
  const char* const unknown = has_more(given, sizeof known, given->struct_size)
                                  ? "what stands after its last known member"
                                  : unknown_member(known);
  if (unknown != nullptr)
    return Error{JR_ERROR_UNSUPPORTED, 0,
                 std::string(name) + ": this jailrun does not know " + unknown + ": a later one is needed"};
  return known;
}

// A function's name as a template's argument.
template <size_t N>
struct FunctionName {
  char text[N];
  consteval FunctionName(const char (&name)[N]) { std::copy_n(name, N, text); }
};

// A function of jr_actions that is given a struct: it is called with a copy that is whole.
template <FunctionName kName, auto kFunction>
struct Reading;
template <FunctionName kName, class T, jr_status (*kFunction)(jr_ctx*, const T*)>
struct Reading<kName, kFunction> {
  static jr_status call(jr_ctx* ctx, const T* given) {
    Result<T> known = known_arguments(given, kName.text);
    return known ? kFunction(ctx, &known.value()) : ctx->fail(std::move(known).error());
  }
};
template <FunctionName kName, auto kFunction>
constexpr auto kReading = &Reading<kName, kFunction>::call;

}  // namespace jailrun::core
