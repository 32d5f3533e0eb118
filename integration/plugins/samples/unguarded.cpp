// SPDX-License-Identifier: Apache-2.0
// Throws through the binary interface itself, which a plugin must not do: it has no guard of stage.hpp.
#include "plain.h"

#include <stdexcept>

struct jr_stage {
  const jr_host* host;
};

namespace {

jr_stage the_stage;

jr_stage* create(const jr_host* host) {
  the_stage.host = host;
  return &the_stage;
}

bool option_says(jr_ctx* ctx, const char* word) {
  const jr_str name = TEXT("throw-from");
  jr_str value = {};
  return the_stage.host->option_count(ctx, name) == 1 &&
         the_stage.host->option(ctx, name, 0, &value) == JR_OK &&
         std::string(value.data, value.length) == word;
}

jr_status configure(jr_stage*, jr_ctx* ctx) {
  if (option_says(ctx, "configure")) throw std::runtime_error("past every guard");
  return JR_OK;
}

jr_status plan(jr_stage*, jr_ctx* ctx, const jr_actions*) {
  if (option_says(ctx, "plan")) throw std::runtime_error("past every guard");
  return JR_OK;
}

constexpr jr_option kOptions[] = {
    {TEXT("throw-from"), TEXT("WHERE"), TEXT("configure or plan"), TEXT(""), JR_OPTION_TEXT, 0, 0, 0}};

constexpr jr_stage_ops kOps = {sizeof(jr_stage_ops), 0, create, nullptr, configure, plan, nullptr, nullptr};

constexpr jr_stage_descriptor descriptor() {
  jr_stage_descriptor one = {};
  one.struct_size = sizeof one;
  one.id = TEXT("unguarded");
  one.version = TEXT("1.0.0");
  one.summary = TEXT("throws through the interface");
  one.options = kOptions;
  one.option_count = 1;
  one.option_stride = sizeof(jr_option);
  one.ops = &kOps;
  return one;
}
constexpr jr_stage_descriptor kDescriptor = descriptor();
constexpr const jr_stage_descriptor* kStages[] = {&kDescriptor};

}  // namespace

extern "C" {
EXPORT extern const jr_plugin jailrun_plugin_v1;
const jr_plugin jailrun_plugin_v1 = {sizeof(jr_plugin), 0, TEXT("unguarded"), TEXT("1.0.0"), kStages, 1};
}
