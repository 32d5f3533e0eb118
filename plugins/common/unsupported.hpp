// SPDX-License-Identifier: Apache-2.0
// What to do where the kernel lacks something: one option, which the stages that have it share.
#pragma once

#include <jailrun/stage.hpp>

#include <string>

namespace jailrun_stages {

inline constexpr jailrun::Option kUnsupported =
    jailrun::Option::text("unsupported", "WHAT",
                          "where the kernel lacks something that the stage asks for: fail (the launch is "
                          "refused) or warn (it goes without)")
        .defaults_to("fail");

// Whether the launch is to go on without it.
inline jailrun::Result<bool> goes_without(jailrun::Context& context) {
  const std::string word = context.option("unsupported");
  if (word == "fail" || word == "warn") return word == "warn";
  return jailrun::input_error(context.origin("unsupported") + ": '" + word + "' is neither fail nor warn");
}

}  // namespace jailrun_stages
