// SPDX-License-Identifier: Apache-2.0
#include "core/base/prefix.hpp"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string_view>

#include <sys/auxv.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// Without /proc: the name that it was started by, which the kernel keeps. Whoever starts it can choose another
// one; what lies there is judged like any file, so that root runs nothing that others could have put there.
ssize_t path_at_start(char (&path)[PATH_MAX]) {
  const auto* name = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
  if (name == nullptr || realpath(name, path) == nullptr) return -1;
  return static_cast<ssize_t>(std::string_view(path).size());
}

}  // namespace

Result<std::string> installed_prefix() {
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) length = path_at_start(path);
  if (length <= 0) return system_error(errno, "find jailrun's own file");
  std::string_view prefix(path, static_cast<size_t>(length));
  prefix = prefix.substr(0, prefix.rfind('/'));
  for (const std::string_view directory : {"/lib/jailrun", "/bin"})
    if (prefix.size() >= directory.size() && prefix.substr(prefix.size() - directory.size()) == directory)
      return std::string(prefix.substr(0, prefix.size() - directory.size()));
  return std::string(prefix.substr(0, prefix.rfind('/')));
}

}  // namespace jailrun::core
