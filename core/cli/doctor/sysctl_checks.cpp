// SPDX-License-Identifier: Apache-2.0
#include "core/cli/doctor/host_check.hpp"

namespace jailrun::core::cli {
namespace {

constexpr std::string_view kKernel = "https://docs.kernel.org/admin-guide/sysctl/kernel.html";
constexpr std::string_view kFs = "https://docs.kernel.org/admin-guide/sysctl/fs.html";
constexpr std::string_view kYama = "https://docs.kernel.org/admin-guide/LSM/Yama.html";
constexpr std::string_view kUser = "https://docs.kernel.org/admin-guide/sysctl/user.html";

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
  if (found.empty()) return {Verdict::kNotKnown, std::string(check.path) + " is missing", ""};
  return {Verdict::kWarning, found + ": " + std::string(check.why), ""};
}

Outcome judge_core_pattern(const HostCheck& check, const HostView& host) {
  const Result<std::string> value = host.read(check.path);
  if (!value) return not_known(check.path, value.error());
  const std::string found = std::string(check.path) + " is '" + value.value() + "'";
  const bool is_handed_to_nobody = value.value() == "|/bin/false" || value.value() == "|/bin/true";
  if (value.value().rfind('|', 0) == 0 && !is_handed_to_nobody)
    return {Verdict::kWarning, found + ": " + std::string(check.why), ""};
  return {Verdict::kOk, found, ""};
}

}  // namespace

const std::vector<HostCheck>& sysctl_checks() {
  static const std::vector<HostCheck> kChecks = {
      {"legacy-tiocsti", "terminal", "/proc/sys/dev/tty/legacy_tiocsti", judge_sysctl,
       "sysctl -w dev.tty.legacy_tiocsti=0", "https://docs.kernel.org/admin-guide/sysctl/dev.html", " 0 ",
       Verdict::kWarning, "a program that has the caller's terminal can type commands into it"},
      {"protected-hardlinks", "files", "/proc/sys/fs/protected_hardlinks", judge_sysctl,
       "sysctl -w fs.protected_hardlinks=1", kFs, " 1 ", Verdict::kFailure,
       "users can make hard links to files that they can't write"},
      {"protected-symlinks", "files", "/proc/sys/fs/protected_symlinks", judge_sysctl,
       "sysctl -w fs.protected_symlinks=1", kFs, " 1 ", Verdict::kFailure,
       "links that others plant in sticky directories such as /tmp are followed"},
      {"protected-fifos", "files", "/proc/sys/fs/protected_fifos", judge_sysctl,
       "sysctl -w fs.protected_fifos=2", kFs, " 1 2 ", Verdict::kWarning,
       "a FIFO that another user planted in a sticky directory is opened for writing"},
      {"protected-regular", "files", "/proc/sys/fs/protected_regular", judge_sysctl,
       "sysctl -w fs.protected_regular=2", kFs, " 1 2 ", Verdict::kWarning,
       "a file that another user planted in a sticky directory is opened for writing"},
      {"suid-dumpable", "files", "/proc/sys/fs/suid_dumpable", judge_sysctl, "sysctl -w fs.suid_dumpable=0",
       kFs, " 0 2 ", Verdict::kFailure,
       "processes that changed their credentials dump core as the user who runs them"},
      {"core-pattern", "files", "/proc/sys/kernel/core_pattern", judge_core_pattern,
       "sysctl -w kernel.core_pattern=core, or set a core limit of 0 for the jails", kKernel, "",
       Verdict::kWarning,
       "a program on the host, as root and outside the jail, reads what a jailed program leaves when it "
       "crashes"},
      {"kptr-restrict", "kernel", "/proc/sys/kernel/kptr_restrict", judge_sysctl,
       "sysctl -w kernel.kptr_restrict=1", kKernel, " 1 2 ", Verdict::kWarning,
       "addresses of the kernel may be shown to users"},
      {"dmesg-restrict", "kernel", "/proc/sys/kernel/dmesg_restrict", judge_sysctl,
       "sysctl -w kernel.dmesg_restrict=1", kKernel, " 1 ", Verdict::kWarning,
       "every user can read the kernel's log, with addresses and other tenants' crashes"},
      {"perf-event-paranoid", "kernel", "/proc/sys/kernel/perf_event_paranoid", judge_sysctl,
       "sysctl -w kernel.perf_event_paranoid=2", kKernel, " 2 3 4 ", Verdict::kWarning,
       "users can measure the kernel and the processors, which side channels need"},
      {"io-uring", "kernel", "/proc/sys/kernel/io_uring_disabled", judge_sysctl,
       "sysctl -w kernel.io_uring_disabled=1 (2: for root too)", kKernel, " 1 2 ", Verdict::kWarning,
       "every program can use io_uring, whose requests seccomp does not see"},
      {"unprivileged-bpf", "kernel", "/proc/sys/kernel/unprivileged_bpf_disabled", judge_sysctl,
       "sysctl -w kernel.unprivileged_bpf_disabled=1", kKernel, " 1 2 ", Verdict::kFailure,
       "every user can load BPF programs into the kernel"},
      {"unprivileged-user-namespaces", "kernel", "/proc/sys/user/max_user_namespaces", judge_user_namespaces,
       "where nothing needs them: sysctl -w user.max_user_namespaces=0; else, as the kernel has it, "
       "kernel.unprivileged_userns_clone=0 or kernel.apparmor_restrict_unprivileged_userns=1",
       kUser, "", Verdict::kWarning,
       "every user gets all capabilities in a namespace, and more of the kernel to attack"},
      {"ptrace-scope", "kernel", "/proc/sys/kernel/yama/ptrace_scope", judge_sysctl,
       "sysctl -w kernel.yama.ptrace_scope=1", kYama, " 1 2 3 ", Verdict::kWarning,
       "a process can trace every other one of its user: one jail another, if they share a uid"},
  };
  return kChecks;
}

}  // namespace jailrun::core::cli
