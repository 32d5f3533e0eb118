// SPDX-License-Identifier: Apache-2.0
// bin/jailrun: a launch, and nothing that a launch does not need. Every other command is the work of a
// program beside it (cli/main.cpp), whose libraries would cost each launch a quarter of a millisecond: see
// docs/decisions/0008-two-programs.md. It is static and has the stages that ship linked in; a launch with any
// other is the work of its dynamic twin (dynamic_main.cpp): see docs/decisions/0009-twins.md.
#include "core/base/log.hpp"
#include "core/base/message.hpp"
#include "core/base/prefix.hpp"
#include "core/entry.hpp"
#include "core/hand_over.hpp"
#include "core/launch.hpp"
#include "core/plugin/twin.hpp"
#include "core/sys/inheritance.hpp"
#include "core/sys/process.hpp"

#include <cerrno>
#include <utility>

#include <malloc.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// As the caller started us: with its arguments, descriptors, environment and signals.
int become_commands(char** argv) {
  const Result<std::string> prefix = installed_prefix();
  const std::string program = prefix ? prefix.value() + kCommandsProgram : "";
  if (prefix) execv(program.c_str(), argv);
  log::error(message(prefix ? system_error(errno, "run " + program) : prefix.error()));
  return 1;
}

}  // namespace
}  // namespace jailrun::core

int main(int argc, char** argv) {
  using namespace jailrun::core;
  jailrun::sys::start_times();  // the launch begins here: clients compute from it how long it took
  if (!jailrun::sys::gained_privileges() && !split_command_line(argc, argv).is_launch())
    return become_commands(argv);
  // A launch needs some hundred KiB of heap: asked for at once, and touched as it is used.
  mallopt(M_TOP_PAD, 512 * 1024);
  link_twins(kShippedTwins);
  return run_program(argc, argv, [&](const CommandLine& line, std::vector<int> inherited) {
    remember_caller(argv, inherited);
    return launch(line, std::move(inherited));
  });
}
