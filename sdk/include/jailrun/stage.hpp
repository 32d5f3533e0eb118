// SPDX-License-Identifier: Apache-2.0
//
// The C++17 face of plugin.h: header only, no shared libstdc++ needed. A stage is a class and one line:
//
//   class Motd final : public jailrun::Stage {
//     jailrun::Result<void> plan(jailrun::Plan& plan) override {
//       plan.write("/motd", "this is a jail\n", 0444);
//       return {};
//     }
//   };
//   JAILRUN_STAGE(Motd, jailrun::Descriptor("motd", "1.0.0", "puts a message into the jail"))
//
// A plugin includes this header and no other:
//
//   descriptor.hpp  Option, Fact, Descriptor: what a stage says about itself
//   context.hpp     Context: options, facts, slots, the log
//   plan.hpp        Plan: a method for each action
//   result.hpp      Result, Error, JR_TRY, JR_ASSIGN
//   strings.hpp     to_str, to_view
//   this file       Stage, which a plugin derives from, and the macros that export it
//
// plugin.h is the contract: it says in full what each call means, when it may be made and who owns what.
#ifndef JAILRUN_STAGE_HPP
#define JAILRUN_STAGE_HPP

#include "context.hpp"
#include "descriptor.hpp"
#include "plan.hpp"
#include "plugin.h"
#include "result.hpp"
#include "strings.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace jailrun {

// Why a call is released.
enum class Why : uint32_t {
  kRollback = JR_RELEASE_ROLLBACK,  // a later action of the same launch failed
  kRemove = JR_RELEASE_REMOVE,      // `jailrun rm`, perhaps long after, in another process
  kRecovery = JR_RELEASE_RECOVERY   // the launch died at an unknown instant
};

// What a plugin author derives from. Only plan() must be written.
//
// A function fails by returning an error, or if the runner refused one of its requests, or by throwing: an
// exception becomes an error whose sentence is its what(), and does not leave the plugin.
class Stage {
 public:
  Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  virtual ~Stage() = default;

  // Validates the options and publishes the facts that the descriptor marks while_configuring(). May read the
  // host, never changes it. Make every check here that can be made this early:
  //
  //   message_ = context.option("message");
  //   if (message_.size() > 200)
  //     return jailrun::input_error(context.origin("message") + ": a message has at most 200 bytes");
  //   return {};
  virtual Result<void> configure(Context&) { return {}; }

  // Appends the stage's actions. May read the host, never changes it. It may be called again on the same
  // object, and then appends the same actions again.
  virtual Result<void> plan(Plan& plan) = 0;

  // Does the work of a Plan::call that this stage planned, when its turn has come. An error rolls the launch
  // back, this call included.
  virtual Result<void> perform(Context&, std::string_view name, std::string_view /*payload*/) {
    return internal_error("call '" + std::string(name) + "' was planned but perform() is not written");
  }

  // Undoes that work. Expect that it runs in another process, on an object that was never configured, that
  // perform() never ran or failed half-way, and that it runs twice. All that it has is the payload, the slots
  // and the token. Success if there is nothing to undo.
  virtual Result<void> release(Context&, std::string_view /*name*/, std::string_view /*payload*/, Why) {
    return {};
  }

  // Does what `jailrun tell ID STAGE VERB WORDS...` asks of an existing jail. Called for each planned call of
  // the stage until one returns true: this call was meant, and it is done. False: another one is meant. Like
  // release() it runs in another process, and has the payload, the slots and the token.
  //
  //   if (verb != "grow" || words.size() != 2 || words[0] != payload) return false;
  virtual Result<bool> command(Context&, std::string_view /*verb*/, const std::vector<std::string>& /*words*/,
                               std::string_view /*name*/, std::string_view /*payload*/) {
    return false;
  }
};

// ------------------------------------------------------------------------------------- from C++ to plugin.h

namespace detail {

// One stage as the runner holds it.
struct Held {
  const jr_host* host;
  Stage* stage;
};

inline jr_status report(const jr_host* host, jr_ctx* ctx, const Error& error) {
  return host->fail(ctx, error.status, error.error_number, to_str(error.sentence));
}

// Runs `work` on a context and turns an error, a refusal that the stage did not look at, or an
// exception into a status.
template <class Given, class Work>
jr_status guarded(const jr_host* host, jr_ctx* ctx, Given given, Work work) noexcept {
  try {
    const Result<void> result = work(given);
    if (given.refusal() != JR_OK) return given.refusal();
    return result ? JR_OK : report(host, ctx, result.error());
  } catch (const std::exception& exception) {
    return host->fail(ctx, JR_ERROR_INTERNAL, 0, to_str(exception.what()));
  } catch (...) {
    return host->fail(ctx, JR_ERROR_INTERNAL, 0,
                      to_str("the stage threw something that is not a std::exception"));
  }
}

inline Held* held(jr_stage* stage) { return reinterpret_cast<Held*>(stage); }

template <class T>
jr_stage* create(const jr_host* host) noexcept {
  try {
    return reinterpret_cast<jr_stage*>(new Held{host, new T});
  } catch (...) {
    return nullptr;
  }
}
inline void destroy(jr_stage* stage) noexcept {
  delete held(stage)->stage;
  delete held(stage);
}
inline jr_status configure(jr_stage* stage, jr_ctx* ctx) noexcept {
  const jr_host* host = held(stage)->host;
  return guarded(host, ctx, Context(host, ctx),
                 [&](Context& context) { return held(stage)->stage->configure(context); });
}
inline jr_status plan(jr_stage* stage, jr_ctx* ctx, const jr_actions* actions) noexcept {
  const jr_host* host = held(stage)->host;
  return guarded(host, ctx, Plan(host, ctx, actions),
                 [&](Plan& plan) { return held(stage)->stage->plan(plan); });
}
inline jr_status perform(jr_stage* stage, jr_ctx* ctx, jr_str name, jr_bytes payload) noexcept {
  const jr_host* host = held(stage)->host;
  return guarded(host, ctx, Context(host, ctx), [&](Context& context) {
    return held(stage)->stage->perform(context, to_view(name), to_view(payload));
  });
}
inline jr_status release(jr_stage* stage, jr_ctx* ctx, jr_str name, jr_bytes payload, uint32_t why) noexcept {
  const jr_host* host = held(stage)->host;
  return guarded(host, ctx, Context(host, ctx), [&](Context& context) {
    return held(stage)->stage->release(context, to_view(name), to_view(payload), static_cast<Why>(why));
  });
}
inline jr_status command(jr_stage* stage, jr_ctx* ctx, jr_str verb, jr_str_list words, jr_str name,
                         jr_bytes payload) noexcept {
  const jr_host* host = held(stage)->host;
  bool is_mine = false;
  const jr_status status = guarded(host, ctx, Context(host, ctx), [&](Context& context) -> Result<void> {
    std::vector<std::string> list;
    for (uint64_t i = 0; i < words.count; ++i) list.emplace_back(to_view(words.items[i]));
    JR_ASSIGN(is_mine,
              held(stage)->stage->command(context, to_view(verb), list, to_view(name), to_view(payload)));
    return {};
  });
  return status == JR_OK && !is_mine ? JR_NOT_MINE : status;
}

template <class T>
inline constexpr jr_stage_ops kOps = {
    sizeof(jr_stage_ops), 0, create<T>, destroy, configure, plan, perform, release, command};

template <class T, std::size_t N>
constexpr uint64_t count_of(const T (&)[N]) {
  return N;
}

}  // namespace detail
}  // namespace jailrun

#define JAILRUN_EXPORT extern "C" __attribute__((visibility("default")))

// Exports a plugin that carries one stage. Once in a shared object, outside every namespace:
//
//   JAILRUN_STAGE(Motd, jailrun::Descriptor("motd", "1.0.0", "puts a message into the jail"))
//
// For a plugin that carries several stages each in its own source, compile each source with
// JAILRUN_STAGE_SYMBOL defined as a different name: its descriptor is then found under that name. One more
// source declares them and has JAILRUN_PLUGIN.
#ifdef JAILRUN_STAGE_SYMBOL
#define JAILRUN_STAGE(Class, descriptor_expression)                                           \
  static constexpr jr_stage_descriptor jailrun_descriptor_ =                                  \
      ::jailrun::Descriptor(descriptor_expression).with_ops(&::jailrun::detail::kOps<Class>); \
  extern const jr_stage_descriptor JAILRUN_STAGE_SYMBOL;                                      \
  const jr_stage_descriptor JAILRUN_STAGE_SYMBOL = jailrun_descriptor_;
#else
#define JAILRUN_STAGE(Class, descriptor_expression)                                           \
  static constexpr jr_stage_descriptor jailrun_descriptor_ =                                  \
      ::jailrun::Descriptor(descriptor_expression).with_ops(&::jailrun::detail::kOps<Class>); \
  JAILRUN_PLUGIN(jailrun_descriptor_.id, jailrun_descriptor_.version, &jailrun_descriptor_)
#endif

// Exports a plugin with these stages, given by the addresses of their descriptors:
//
//   JAILRUN_PLUGIN(jailrun::to_str("site"), jailrun::to_str("1.0.0"), &kTapStage, &kNoteStage)
#define JAILRUN_PLUGIN(name, version, ...)                                       \
  static constexpr const jr_stage_descriptor* jailrun_stages_[] = {__VA_ARGS__}; \
  JAILRUN_EXPORT const jr_plugin jailrun_plugin_v1;                              \
  const jr_plugin jailrun_plugin_v1 = {                                          \
      sizeof(jr_plugin), JR_ABI_MINOR,    name,                                  \
      version,           jailrun_stages_, ::jailrun::detail::count_of(jailrun_stages_)};

#endif
