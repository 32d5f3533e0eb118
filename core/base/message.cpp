// SPDX-License-Identifier: Apache-2.0
#include "core/base/message.hpp"

#include <cstring>

namespace jailrun::core {

std::string message(const Error& error) {
  if (error.error_number == 0) return error.sentence;
  return error.sentence + ": " + std::strerror(error.error_number);
}

}  // namespace jailrun::core
