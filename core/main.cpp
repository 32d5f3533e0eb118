// The runner's door: what the process was born with is set straight first, and no exception leaves.
#include "core/cli/commands.hpp"
#include "core/launch.hpp"
#include "core/log.hpp"
#include "core/sys/inheritance.hpp"
#include "core/version.hpp"

#include <cstdio>
#include <exception>

#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

int run(const cli::Words& words, std::vector<int> inherited) {
  if (words.help) return cli::help(words);
  if (words.version) return std::printf("jailrun %s\n", kVersion) < 0;
  if (words.command == "plan") return cli::plan(words);
  if (words.command == "check") return cli::check(words);
  if (words.command == "stages") return cli::stages(words);
  if (words.command == "ps") return cli::ps(words);
  if (words.command == "inspect") return cli::inspect(words);
  if (words.command == "wait") return cli::wait(words);
  if (words.command == "rm") return cli::remove(words);
  return launch(words, std::move(inherited));
}

}  // namespace
}  // namespace jailrun::core

int main(int argc, char** argv) {
  using namespace jailrun::core;
  std::vector<int> inherited = jailrun::sys::take_inherited_descriptors();
  jailrun::sys::reset_signals();
  umask(0);  // files are made with exact modes
  jailrun::sys::take_environment();
  if (getauxval(AT_UID) != getauxval(AT_EUID) || getauxval(AT_GID) != getauxval(AT_EGID)) {
    log::error("jailrun must not be installed setuid or setgid: its options decide what root does");
    return 1;
  }
  try {
    return run(cli::split_words(argc, argv), std::move(inherited));
  } catch (const std::exception& exception) {
    log::error(exception.what());
  } catch (...) {
    log::error("something was thrown that is no std::exception");
  }
  return 1;
}
