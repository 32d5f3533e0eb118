// SPDX-License-Identifier: Apache-2.0
#include "core/cli/doctor/host_check.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace jailrun::core::cli {
namespace {

constexpr std::string_view kKernel = "https://docs.kernel.org/admin-guide/sysctl/kernel.html";
constexpr std::string_view kFs = "https://docs.kernel.org/admin-guide/sysctl/fs.html";
constexpr std::string_view kYama = "https://docs.kernel.org/admin-guide/LSM/Yama.html";
constexpr std::string_view kUser = "https://docs.kernel.org/admin-guide/sysctl/user.html";
constexpr std::string_view kTiocsti = "https://man7.org/linux/man-pages/man2/TIOCSTI.2const.html";
constexpr std::string_view kCore = "https://man7.org/linux/man-pages/man5/core.5.html";
constexpr std::string_view kFirecracker =
    "https://github.com/firecracker-microvm/firecracker/blob/main/docs/prod-host-setup.md";

// A filter of system calls that doctor itself is under answers ENOSYS too, and says nothing of the kernel.
bool is_unfiltered(const HostView& host) {
  const Result<std::string> status = host.read("/proc/self/status");
  return status && status.value().find("\nSeccomp:\t0") != std::string::npos;
}

// A kernel that lacks the system call needs no switch for it.
Outcome judge_switch_of_call(const HostCheck& check, const HostView& host, long answer,
                             const std::string& call) {
  if (!has_no_such_switch(check, host) || answer != -ENOSYS) return judge_sysctl(check, host);
  if (!is_unfiltered(host))
    return {Verdict::kNotKnown,
            std::string(check.path) + " is missing, and a filter of system calls may hide whether there is " +
                call,
            ""};
  return {Verdict::kOk, "this kernel has no " + call, ""};
}
Outcome judge_io_uring(const HostCheck& check, const HostView& host) {
  return judge_switch_of_call(check, host, host.answers().io_uring, "io_uring");
}
Outcome judge_bpf(const HostCheck& check, const HostView& host) {
  return judge_switch_of_call(check, host, host.answers().bpf, "bpf(2)");
}

// Its file is how a kernel says that it has perf events.
Outcome judge_perf_events(const HostCheck& check, const HostView& host) {
  if (has_no_such_switch(check, host))
    return {Verdict::kOk, std::string(check.path) + " is missing: this kernel has no perf events", ""};
  return judge_value(check, host);
}

// Three switches, of which the kernel or the distribution may have any: one that is on is enough.
Outcome judge_user_namespaces(const HostCheck& check, const HostView& host) {
  struct Switch {
    std::string_view path;
    std::string_view good;
  };
  constexpr Switch kSwitches[] = {{"/proc/sys/kernel/unprivileged_userns_clone", "0"},
                                  {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"},
                                  {"/proc/sys/user/max_user_namespaces", "0"}};
  std::string found;
  for (const auto& [path, good] : kSwitches) {
    const Result<std::string> value = host.read(path);
    if (!value && is_missing(value.error())) continue;
    if (!value) return not_known(path, value.error());
    const std::string sentence = std::string(path) + " is " + value.value();
    if (value.value() == good) return {Verdict::kOk, sentence, ""};
    found += (found.empty() ? "" : ", ") + sentence;
  }
  if (found.empty() && host.has("/proc/self/ns/pid") && !host.has("/proc/self/ns/user"))
    return {Verdict::kOk, "/proc/self/ns/user is missing: this kernel has no user namespaces", ""};
  if (found.empty()) return {Verdict::kNotKnown, std::string(check.path) + " is missing", ""};
  return {Verdict::kWarning, found + ": " + std::string(check.why), ""};
}

// "|PROGRAM" is started by the kernel, and "@SOCKET" (Linux 6.16) connected to, for each process that
// crashes.
Outcome judge_core_pattern(const HostCheck& check, const HostView& host) {
  if (has_no_such_switch(check, host))
    return {Verdict::kOk, std::string(check.path) + " is missing: this kernel dumps no core", ""};
  const Result<std::string> value = host.read(check.path);
  if (!value) return not_known(check.path, value.error());
  const std::string found = std::string(check.path) + " is '" + value.value() + "'";
  const bool is_handed_to_nobody = value.value() == "|/bin/false" || value.value() == "|/bin/true";
  const bool is_handed_on = value.value().rfind('|', 0) == 0 || value.value().rfind('@', 0) == 0;
  if (is_handed_on && !is_handed_to_nobody)
    return {Verdict::kWarning, found + ": " + std::string(check.why), ""};
  return {Verdict::kOk, found, ""};
}

// "4 4 1 7": messages below the first number go to the console, which every printer waits for.
Outcome judge_console(const HostCheck& check, const HostView& host) {
  constexpr std::string_view kConsoles = "/sys/class/tty/console/active";
  Result<std::string> levels = host.read(check.path);
  if (!levels) return not_known(check.path, levels.error());
  std::replace(levels.value().begin(), levels.value().end(), '\t', ' ');
  const std::string found = std::string(check.path) + " is '" + levels.value() + "'";
  if (levels.value().empty() || levels.value()[0] < '0' || levels.value()[0] > '9')
    return {Verdict::kNotKnown, found, ""};
  if (std::atol(levels.value().c_str()) <= 1) return {Verdict::kOk, found, ""};
  const Result<std::string> consoles = host.read(kConsoles);
  if (!consoles) return not_known(kConsoles, consoles.error());
  const std::string both = found + " and " + std::string(kConsoles) + " '" + consoles.value() + "'";
  for (const char* serial : {"ttyS", "ttyAMA", "ttyUSB", "hvc"})
    if (consoles.value().find(serial) != std::string::npos)
      return {Verdict::kWarning, both + ": " + std::string(check.why), ""};
  return {Verdict::kOk, both, ""};
}

}  // namespace

const std::vector<HostCheck>& sysctl_checks() {
  static const std::vector<HostCheck> kChecks = {
      {"legacy-tiocsti", "terminal", "/proc/sys/dev/tty/legacy_tiocsti", judge_sysctl,
       "sysctl -w dev.tty.legacy_tiocsti=0", kTiocsti, " 0 ", Verdict::kWarning,
       "a program that has the caller's terminal can type commands into it",
       "use Linux 6.2 or later; until then use terminal = detach of the stage process, or --daemonize"},
      {"protected-hardlinks", "files", "/proc/sys/fs/protected_hardlinks", judge_sysctl,
       "sysctl -w fs.protected_hardlinks=1", kFs, " 1 ", Verdict::kFailure,
       "users can make hard links to files that they can't write"},
      {"protected-symlinks", "files", "/proc/sys/fs/protected_symlinks", judge_sysctl,
       "sysctl -w fs.protected_symlinks=1", kFs, " 1 ", Verdict::kFailure,
       "links that others plant in sticky directories such as /tmp are followed"},
      {"protected-fifos", "files", "/proc/sys/fs/protected_fifos", judge_sysctl,
       "sysctl -w fs.protected_fifos=2", kFs, " 1 2 ", Verdict::kWarning,
       "a program that means to make a file in /tmp or its like can be led to write to another user's FIFO",
       "use Linux 4.19 or later"},
      {"protected-regular", "files", "/proc/sys/fs/protected_regular", judge_sysctl,
       "sysctl -w fs.protected_regular=2", kFs, " 1 2 ", Verdict::kWarning,
       "a program that means to make a file in /tmp or its like can be led to write to another user's",
       "use Linux 4.19 or later"},
      {"suid-dumpable", "files", "/proc/sys/fs/suid_dumpable", judge_sysctl, "sysctl -w fs.suid_dumpable=0",
       kFs, " 0 2 ", Verdict::kFailure,
       "processes that changed their credentials dump core as the user who runs them"},
      {"core-pattern", "files", "/proc/sys/kernel/core_pattern", judge_core_pattern,
       "sysctl -w kernel.core_pattern=core; or for jails alone, resource-limit = core=1 in [limits] (a pipe "
       "gets no core if the limit is 1; 0 does not stop it)",
       kCore, "", Verdict::kWarning,
       "a program on the host, outside the jail, reads what a jailed program leaves when it crashes"},
      {"kptr-restrict", "kernel", "/proc/sys/kernel/kptr_restrict", judge_sysctl,
       "sysctl -w kernel.kptr_restrict=1", kKernel, " 1 2 ", Verdict::kWarning,
       "addresses of the kernel may be shown to users"},
      {"dmesg-restrict", "kernel", "/proc/sys/kernel/dmesg_restrict", judge_sysctl,
       "sysctl -w kernel.dmesg_restrict=1", kKernel, " 1 ", Verdict::kWarning,
       "every user can read the kernel's log, with addresses and other tenants' crashes"},
      {"perf-event-paranoid", "kernel", "/proc/sys/kernel/perf_event_paranoid", judge_perf_events,
       "sysctl -w kernel.perf_event_paranoid=2", kKernel, " 2 3 4 ", Verdict::kWarning,
       "users can measure the kernel and the processors, which side channels need"},
      {"io-uring", "kernel", "/proc/sys/kernel/io_uring_disabled", judge_io_uring,
       "sysctl -w kernel.io_uring_disabled=1 (2: for root too)", kKernel, " 1 2 ", Verdict::kWarning,
       "every program can use io_uring, whose requests seccomp does not see",
       "use Linux 6.6 or later, or refuse io_uring_setup in each program's filter of system calls"},
      {"unprivileged-bpf", "kernel", "/proc/sys/kernel/unprivileged_bpf_disabled", judge_bpf,
       "sysctl -w kernel.unprivileged_bpf_disabled=1", kKernel, " 1 2 ", Verdict::kFailure,
       "every user can load BPF programs into the kernel"},
      {"unprivileged-user-namespaces", "kernel", "/proc/sys/user/max_user_namespaces", judge_user_namespaces,
       "where nothing needs them: sysctl -w user.max_user_namespaces=0; else, as the kernel has it, "
       "kernel.unprivileged_userns_clone=0 or kernel.apparmor_restrict_unprivileged_userns=1",
       kUser, "", Verdict::kWarning,
       "every user gets all capabilities in a namespace, and more of the kernel to attack"},
      {"ptrace-scope", "kernel", "/proc/sys/kernel/yama/ptrace_scope", judge_sysctl,
       "sysctl -w kernel.yama.ptrace_scope=1", kYama, " 1 2 3 ", Verdict::kWarning,
       "a process can trace every other one of its user: one jail another, if they share a uid",
       "add yama to lsm= on the kernel's command line (CONFIG_SECURITY_YAMA)"},
      {"console-log", "kernel", "/proc/sys/kernel/printk", judge_console,
       "sysctl -w kernel.printk=1; for every boot, quiet loglevel=1 on the kernel's command line",
       kFirecracker, "", Verdict::kWarning,
       "what the kernel logs about jails and guests goes to a slow console, which launches may wait for"},
  };
  return kChecks;
}

}  // namespace jailrun::core::cli
