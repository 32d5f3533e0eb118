// SPDX-License-Identifier: Apache-2.0
// What of /proc or /sys the program finds empty.
#pragma once

#include "option_values.hpp"

#include <jailrun/paths.hpp>
#include <jailrun/stage.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <sys/stat.h>

namespace jailrun_stages {

using Names = std::vector<std::string>;

// One more, given with the directory ("/proc/") in front or without.
inline jailrun::Result<void> add_name(const std::string& directory, const std::string& given, Names& names) {
  const bool has_directory = given.compare(0, directory.size(), directory) == 0;
  const std::string name = has_directory ? given.substr(directory.size()) : given;
  if (name.empty() || !jailrun::is_clean_absolute("/" + name))
    return jailrun::input_error("'" + given + "' is not the name of something in " +
                                directory.substr(0, directory.size() - 1));
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  return {};
}

// Those that an option names: default, none, or names.
inline jailrun::Result<void> add_names(jailrun::Context& context, const char* option,
                                       const std::string& directory, const Names& usual, Names& names) {
  return each_value(context, option, [&](const std::string& value, uint64_t) -> jailrun::Result<void> {
    for (const std::string& one : split_at_commas(value)) {
      if (one == "none") continue;
      if (one != "default")
        JR_TRY(add_name(directory, one, names));
      else
        for (const std::string& name : usual) JR_TRY(add_name(directory, name, names));
    }
    return {};
  });
}

// What the host's lacks, the jail's lacks too: one kernel makes both.
inline void mask(jailrun::Plan& plan, const std::string& path) {
  struct stat there {};
  if (lstat(path.c_str(), &there) != 0) return;
  if (S_ISDIR(there.st_mode))
    plan.mount("tmpfs", path, JR_MOUNT_NOSUID | JR_MOUNT_NODEV | JR_MOUNT_NOEXEC | JR_MOUNT_READ_ONLY,
               "size=4k,nr_inodes=1,mode=0555");
  else
    plan.bind(jailrun::on_host("/dev/null"), path, JR_MOUNT_NOSUID | JR_MOUNT_NOEXEC | JR_MOUNT_READ_ONLY);
}

}  // namespace jailrun_stages
