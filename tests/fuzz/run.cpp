// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/expect.hpp"
#include "tests/fuzz/shipped.hpp"
#include "tests/fuzz/targets.hpp"

#include <exception>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::tests::fuzz {
namespace {

// A descriptor that was left open is the lowest that was free; --strict looks at every one of them, for more
// time than a fuzzer has.
std::string process_state() {
  const int lowest_free = fcntl(0, F_DUPFD_CLOEXEC, 3);
  close(lowest_free);
  const mode_t mask = umask(0);
  umask(mask);
  char cwd[4096] = "";
  std::string state = getcwd(cwd, sizeof cwd) == nullptr ? "no working directory" : cwd;
  for (const unsigned number :
       {static_cast<unsigned>(lowest_free), mask, getuid(), geteuid(), getgid(), getegid()})
    state += " " + std::to_string(number);
  return state;
}

size_t plans = 0;

}  // namespace

size_t plans_reached() { return plans; }
void count_plan() { ++plans; }

Result<void> run(const Target& target, std::string_view input) {
  load_shipped();
  take_log();
  const Workplace workplace;
  const std::string before = process_state();
  try {
    JR_TRY(target.function(input));
  } catch (const std::exception& exception) {
    return expect(false, "no exception comes out", exception.what());
  }
  const std::string after = process_state();
  JR_TRY(expect(after == before, "the process is as it was", before + " became " + after));
  const std::string changes = workplace.changes();
  return expect(changes.empty(), "nothing on the host changes", changes);
}

}  // namespace jailrun::tests::fuzz
