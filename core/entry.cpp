// SPDX-License-Identifier: Apache-2.0
#include "core/entry.hpp"

#include "core/base/log.hpp"
#include "core/sys/attributes.hpp"
#include "core/sys/inheritance.hpp"
#include "core/sys/lifted_limits.hpp"
#include "core/sys/streams.hpp"

#include <exception>

#include <sys/stat.h>

namespace jailrun::core {

int run_program(int argc, char** argv,
                const std::function<int(const CommandLine&, std::vector<int>)>& program) {
  if (!sys::open_missing_streams()) return 1;
  std::vector<int> inherited = sys::take_inherited_descriptors();
  sys::stop_timers();
  sys::reset_signals();
  umask(0);  // files are made with exact modes
  sys::take_environment();
  if (sys::gained_privileges()) {
    log::error(
        "jailrun must not be installed setuid, setgid or with file capabilities: its options decide what "
        "root does");
    return 1;
  }
  sys::lift_limits();
  try {
    return program(split_command_line(argc, argv), std::move(inherited));
  } catch (const std::exception& exception) {
    log::error(exception.what());
  } catch (...) {
    log::error("something was thrown that is not a std::exception");
  }
  return 1;
}

}  // namespace jailrun::core
