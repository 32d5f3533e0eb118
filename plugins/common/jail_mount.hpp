// SPDX-License-Identifier: Apache-2.0
// Whether device nodes in jails can be opened.
#pragma once

#include <jailrun/result.hpp>

#include <string>

#include <sys/statvfs.h>

namespace jailrun_stages {

// Refuses `node` if jails below `base` are on a filesystem on which no device can be opened.
inline jailrun::Result<void> check_node(const std::string& base, const std::string& node) {
  struct statvfs traits {};
  if (statvfs(base.c_str(), &traits) != 0 || (traits.f_flag & ST_NODEV) == 0) return {};
  return jailrun::input_error(base + " is on a filesystem mounted nodev: " + node +
                              " could not be opened in the jail");
}

}  // namespace jailrun_stages
