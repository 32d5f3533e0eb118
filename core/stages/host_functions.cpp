// SPDX-License-Identifier: Apache-2.0
// The functions that a stage may call at any time: jr_host of plugin.h.
#include "core/base/log.hpp"
#include "core/pipeline/options.hpp"
#include "core/stages/cgroup_host.hpp"
#include "core/stages/context.hpp"
#include "core/stages/facts.hpp"
#include "jailrun/strings.hpp"

#include <cstring>

namespace jailrun::core {
namespace {

std::string to_string(jr_str text) { return std::string(to_view(text)); }

jr_status fail(jr_ctx* ctx, jr_status status, int32_t error_number, jr_str sentence) {
  return ctx->fail({status, error_number, to_string(sentence)});
}

void log_line(jr_ctx* ctx, uint32_t level, jr_str message) {
  log::write(level, std::string(ctx->stage->id) + ": " + to_string(message));
}

uint64_t option_count(jr_ctx* ctx, jr_str name) { return ctx->options->of(to_view(name)).size(); }

// The option's value at `index` if this stage declares the option and it has one.
const OptionValue* declared_value(jr_ctx* ctx, jr_str name, uint64_t index) {
  if (ctx->stage->option(to_view(name)) == nullptr) return nullptr;
  const auto& values = ctx->options->of(to_view(name));
  return index < values.size() ? &values[index] : nullptr;
}

jr_status option(jr_ctx* ctx, jr_str name, uint64_t index, jr_str* value) {
  const OptionValue* found = declared_value(ctx, name, index);
  if (found == nullptr)
    return ctx->fail(internal_error("the option " + to_string(name) + " is undeclared or has no such value"));
  *value = to_str(found->text);
  return JR_OK;
}

jr_str option_origin(jr_ctx* ctx, jr_str name, uint64_t index) {
  const OptionValue* found = declared_value(ctx, name, index);
  return found == nullptr ? to_str("") : to_str(found->origin);
}

jr_str_list arguments(jr_ctx* ctx) { return {ctx->arguments->data(), ctx->arguments->size()}; }

// Once the plan is made nobody reads a fact any more, in another process there is none.
bool is_too_late(jr_ctx* ctx) { return !ctx->is_configuring() && ctx->draft == nullptr; }
jr_status too_late(jr_ctx* ctx, jr_str name) {
  return ctx->fail(internal_error("the fact " + to_string(name) +
                                  " is published after planning, when nobody can read it: set a slot"));
}

jr_status publish_text(jr_ctx* ctx, jr_str name, jr_str value) {
  if (is_too_late(ctx)) return too_late(ctx, name);
  return ctx->settle(ctx->facts->publish(*ctx->stage, to_view(name), to_string(value)));
}

jr_status publish_number(jr_ctx* ctx, jr_str name, uint64_t value) {
  if (is_too_late(ctx)) return too_late(ctx, name);
  return ctx->settle(ctx->facts->publish(*ctx->stage, to_view(name), value));
}

// While configuring, facts are still being published: what can be read would depend on the order
// of the stages.
jr_status too_early(jr_ctx* ctx, jr_str name) {
  return ctx->fail(internal_error("the fact " + to_string(name) + " is read while configuring"));
}

jr_status read_text(jr_ctx* ctx, jr_str name, jr_str* value) {
  if (ctx->is_configuring()) return too_early(ctx, name);
  const Result<const Facts::Value*> found = ctx->facts->read(*ctx->stage, to_view(name), JR_FACT_TEXT);
  if (!found) return ctx->fail(found.error());
  *value = to_str(std::get<std::string>(*found.value()));
  return JR_OK;
}

jr_status read_number(jr_ctx* ctx, jr_str name, uint64_t* value) {
  if (ctx->is_configuring()) return too_early(ctx, name);
  const Result<const Facts::Value*> found = ctx->facts->read(*ctx->stage, to_view(name), JR_FACT_NUMBER);
  if (!found) return ctx->fail(found.error());
  *value = std::get<uint64_t>(*found.value());
  return JR_OK;
}

uint32_t has_fact(jr_ctx* ctx, jr_str name) { return ctx->facts->has(*ctx->stage, to_view(name)) ? 1 : 0; }

uint32_t cgroup_version(jr_ctx* ctx, jr_str controller) {
  return ctx->cgroup_host->find_hierarchy(to_string(controller), 0).version;
}

jr_status token(jr_ctx* ctx, uint8_t bytes[16]) {
  if (ctx->is_configuring())
    return ctx->fail(internal_error("the token is known in perform and release only"));
  std::memcpy(bytes, ctx->token->data(), ctx->token->size());
  return JR_OK;
}

// A slot belongs to the stage that sets it; two stages may use the same name.
std::string slot_key(jr_ctx* ctx, jr_str name) { return std::string(ctx->stage->id) + "/" + to_string(name); }

jr_status set_slot(jr_ctx* ctx, jr_str name, jr_str value) {
  if (ctx->slots == nullptr) return ctx->fail(internal_error("a slot can be set in perform only"));
  return ctx->settle(ctx->slots->set(slot_key(ctx, name), to_view(value)));
}

jr_status slot(jr_ctx* ctx, jr_str name, jr_str* value) {
  const std::string* found = ctx->slots == nullptr ? nullptr : ctx->slots->find(slot_key(ctx, name));
  if (found == nullptr) return JR_ERROR_INPUT;
  *value = to_str(*found);
  return JR_OK;
}

constexpr jr_host kHost = {
    sizeof(jr_host), JR_ABI_MINOR,   fail,         log_line,       option_count, option,
    option_origin,   arguments,      publish_text, publish_number, read_text,    read_number,
    has_fact,        cgroup_version, token,        set_slot,       slot,
};

}  // namespace

const jr_host* host_functions() { return &kHost; }

}  // namespace jailrun::core
