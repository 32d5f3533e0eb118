// SPDX-License-Identifier: Apache-2.0
// A jail's name.
#pragma once

#include <string>

namespace jailrun::core {

// Which jail: <base>/<name>/<id>.
struct JailName {
  std::string base;
  std::string name;
  std::string id;

  std::string name_directory() const { return base + "/" + name; }
  std::string directory() const { return name_directory() + "/" + id; }
};

}  // namespace jailrun::core
