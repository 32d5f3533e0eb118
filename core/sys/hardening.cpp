// SPDX-License-Identifier: Apache-2.0
#include "core/sys/hardening.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/prctl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

// Of Linux 5.14 and 6.3.
#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE 62
#define PR_SCHED_CORE_GET 0
#define PR_SCHED_CORE_CREATE 1
#endif
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#define PR_GET_MDWE 66
#endif

namespace jailrun::sys {
namespace {

constexpr unsigned long kThisThread = 0;  // PR_SCHED_CORE_SCOPE_THREAD

Support missing(std::string why) { return {Support::State::kMissing, std::move(why)}; }
Support needless(std::string why) { return {Support::State::kNeedless, std::move(why)}; }

bool cores_run_several() {
  const UniqueFd file(open("/sys/devices/system/cpu/smt/active", O_RDONLY | O_CLOEXEC));
  char active = '1';
  return !file || read(file.get(), &active, 1) != 1 || active != '0';
}

}  // namespace

Support write_execute_support() {
  if (prctl(PR_GET_MDWE, 0, 0, 0, 0) >= 0) return {};
  return missing("this kernel can't deny a program writable and executable memory: Linux 6.3 can");
}

Result<void> deny_write_execute() {
  if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0) return system_error(errno, "");
  return {};
}

const char* speculation_name(uint64_t which) {
  return which == PR_SPEC_STORE_BYPASS ? "store-bypass" : "indirect-branch";
}

Support speculation_support(uint64_t which) {
  const int state = prctl(PR_GET_SPECULATION_CTRL, which, 0, 0, 0);
  return speculation_support(which, state < 0 ? -errno : state);
}

Support speculation_support(uint64_t which, int state) {
  const std::string name = speculation_name(which);
  if (state < 0) return missing("this kernel or processor does not know the speculation control " + name);
  const auto bits = static_cast<unsigned long>(state);
  if (bits == PR_SPEC_NOT_AFFECTED) return needless("this processor is not affected");
  if ((bits & PR_SPEC_PRCTL) != 0) return {};
  if ((bits & PR_SPEC_ENABLE) == 0) return needless("this host has it off for all programs");
  return missing("this host can't stop the speculation " + name +
                 " of one program: its processor can't, or the kernel was told not to (mitigations=off)");
}

Result<void> stop_speculation(uint64_t which) {
  // Not PR_SPEC_DISABLE, which the program could take back, nor _NOEXEC, which its exec takes back.
  if (prctl(PR_SET_SPECULATION_CTRL, which, PR_SPEC_FORCE_DISABLE, 0, 0) != 0) return system_error(errno, "");
  return {};
}

Support core_scheduling_support() {
  unsigned long cookie = 0;
  const int answer =
      prctl(PR_SCHED_CORE, PR_SCHED_CORE_GET, 0, kThisThread, reinterpret_cast<unsigned long>(&cookie));
  const int error = answer == 0 ? 0 : errno;
  // A kernel without it answers alike whether there would be anything to do.
  return core_scheduling_support(error, error == 0 || cores_run_several());
}

Support core_scheduling_support(int error_number, bool cores_run_several) {
  if (error_number == 0) return {};
  if (error_number == ENODEV || !cores_run_several)
    return needless("this host's CPU cores run one thread each");
  return missing("this kernel was built without core scheduling (CONFIG_SCHED_CORE)");
}

Result<void> take_core_cookie() {
  // Of this thread alone: a guard's own does not matter, and the exec removes it.
  if (prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, 0, kThisThread, 0) != 0) return system_error(errno, "");
  return {};
}

Support time_stamp_support() {
  int state = 0;
  if (prctl(PR_GET_TSC, &state, 0, 0, 0) == 0) return {};
  return missing("this processor has no time-stamp counter that can be denied to a program");
}

bool deny_time_stamps(bool denied) {
  return prctl(PR_SET_TSC, denied ? PR_TSC_SIGSEGV : PR_TSC_ENABLE, 0, 0, 0) == 0;
}

Result<UniqueFd> open_terminal() {
  UniqueFd terminal(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal && errno != ENXIO) return system_error(errno, "open /dev/tty");
  return terminal;
}

bool leads_terminal() {
  if (getsid(0) != getpid()) return false;
  const Result<UniqueFd> terminal = open_terminal();
  return terminal && terminal.value();
}

Result<void> leave_terminal(int terminal) {
  // ENOTTY: a session of its own has none.
  if (ioctl(terminal, TIOCNOTTY) != 0 && errno != ENOTTY) return system_error(errno, "");
  return {};
}

}  // namespace jailrun::sys
