// SPDX-License-Identifier: Apache-2.0
#include "core/hand_over.hpp"

#include "core/base/prefix.hpp"
#include "core/plugin/loader.hpp"
#include "core/sys/inheritance.hpp"
#include "core/sys/lifted_limits.hpp"

#include <cerrno>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

char** arguments = nullptr;
std::vector<int> descriptors;

}  // namespace

void remember_caller(char** argv, const std::vector<int>& inherited) {
  arguments = argv;
  descriptors = inherited;
  // A child would launch a second time.
  pthread_atfork(nullptr, nullptr, [] { arguments = nullptr; });
}

// In place of the one in plugin/load_object.cpp. The plugin directories are read before anything is made, so
// nothing has to be taken back here; all that was opened is close-on-exec. The other program looks again at
// everything that this one has judged. A dead jail that is being replaced may need a plugin, too: what is
// released by then is not released again.
Result<const jr_plugin*> load_object(int, const std::string& path) {
  if (arguments == nullptr) return internal_error("plugin " + path + " can't be loaded by a child process");
  JR_ASSIGN(const std::string prefix, installed_prefix());
  const std::string program = prefix + kDynamicProgram;
  // What was reset at the start and would not be reset to the same a second time.
  for (const int fd : descriptors) fcntl(fd, F_SETFD, 0);
  sys::give_back_limits();
  execve(program.c_str(), arguments, sys::callers_environment());
  Error error = system_error(errno, "run " + program);
  sys::lift_limits();
  return std::move(error).within("plugin " + path + " must be loaded");
}

}  // namespace jailrun::core
