// SPDX-License-Identifier: Apache-2.0
#include "core/base/prefix.hpp"

#include <cerrno>
#include <climits>
#include <string_view>

#include <unistd.h>

namespace jailrun::core {

Result<std::string> installed_prefix() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) return system_error(errno, "find jailrun's own file");
  std::string_view prefix(path, static_cast<size_t>(length));
  prefix = prefix.substr(0, prefix.rfind('/'));
  for (const std::string_view directory : {"/lib/jailrun", "/bin"})
    if (prefix.size() >= directory.size() && prefix.substr(prefix.size() - directory.size()) == directory)
      return std::string(prefix.substr(0, prefix.size() - directory.size()));
  return std::string(prefix.substr(0, prefix.rfind('/')));
}

}  // namespace jailrun::core
