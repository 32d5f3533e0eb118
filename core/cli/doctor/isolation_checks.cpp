// SPDX-License-Identifier: Apache-2.0
// Cgroups, security modules, Landlock, seccomp.
#include "core/base/text.hpp"
#include "core/cli/doctor/host_check.hpp"

#include <cerrno>
#include <cstring>
#include <sstream>

namespace jailrun::core::cli {
namespace {

struct Cgroups {
  bool has_v2 = false;
  std::string v2_mount;
  std::vector<std::string> v1_options;  // ",rw,memory,", one a hierarchy
  std::vector<std::string> mounts;      // of both versions
};

Result<Cgroups> cgroups_of(const HostView& host) {
  JR_ASSIGN(const std::string mounts, host.read("/proc/mounts"));
  Cgroups found;
  std::istringstream lines(mounts);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string source, target, type, options;
    fields >> source >> target >> type >> options;
    if (type == "cgroup" || type == "cgroup2") found.mounts.push_back(target);
    if (type == "cgroup") found.v1_options.push_back("," + options + ",");
    if (type == "cgroup2" && !found.has_v2) {
      found.has_v2 = true;
      found.v2_mount = target;
    }
  }
  return found;
}

Outcome judge_layout(const HostCheck& check, const HostView& host) {
  const Result<Cgroups> found = cgroups_of(host);
  if (!found) return not_known(check.path, found.error());
  const size_t v1 = found.value().v1_options.size();
  const std::string hierarchies =
      std::to_string(v1) + (v1 == 1 ? " hierarchy" : " hierarchies") + " of version 1";
  if (!found.value().has_v2 && v1 == 0)
    return {Verdict::kFailure, std::string(check.path) + " has no cgroups: " + std::string(check.why), ""};
  if (v1 == 0)
    return {Verdict::kOk,
            "cgroup version 2 alone, at " + found.value().v2_mount + ": pipelines need the stage cgroup-v2",
            ""};
  if (!found.value().has_v2)
    return {Verdict::kOk, hierarchies + ", none of version 2: pipelines need the stage cgroup-v1", ""};
  return {Verdict::kOk,
          "hybrid: " + hierarchies + ", and version 2 at " + found.value().v2_mount +
              ": a controller is set where it is mounted",
          ""};
}

// What a launch can limit: a controller in a hierarchy of version 1 or 2. That groups hand it down is
// cgroup-v2's work.
Outcome judge_controllers(const HostCheck& check, const HostView& host) {
  const Result<Cgroups> found = cgroups_of(host);
  if (!found) return not_known("/proc/mounts", found.error());
  std::string carried = " ";
  if (found.value().has_v2) {
    const std::string file = found.value().v2_mount + "/cgroup.controllers";
    const Result<std::string> value = host.read(file);
    if (!value) return not_known(file, value.error());
    carried += value.value() + " ";
  }
  std::vector<std::string> lacking;
  for (const std::string controller : {"cpu", "memory", "pids"}) {
    bool is_there = carried.find(" " + controller + " ") != std::string::npos;
    for (const std::string& options : found.value().v1_options)
      is_there |= options.find("," + controller + ",") != std::string::npos;
    if (!is_there) lacking.push_back(controller);
  }
  if (lacking.empty()) return {Verdict::kOk, "jails can be given limits on cpu, memory and pids", ""};
  return {Verdict::kWarning,
          "no cgroup hierarchy carries " + joined(lacking, ", ") + ": " + std::string(check.why), ""};
}

// Who may write there may move processes out of the limits that jails have.
Outcome judge_cgroup_owner(const HostCheck& check, const HostView& host) {
  const Result<Cgroups> found = cgroups_of(host);
  if (!found) return not_known("/proc/mounts", found.error());
  for (const std::string& directory : found.value().mounts) {
    for (const char* name : {"", "/cgroup.procs"}) {
      const std::string file = directory + name;
      const Result<struct stat> status = host.status(file);
      if (!status) return not_known(file, status.error());
      if (status.value().st_uid != 0 || (status.value().st_mode & 022) != 0)
        return {Verdict::kFailure, file + " can be written by others than root: " + std::string(check.why),
                "chown root:root " + file + "; chmod go-w " + file};
    }
  }
  if (found.value().mounts.empty())
    return {Verdict::kNotKnown, std::string(check.path) + " names no cgroups", ""};
  return {Verdict::kOk, joined(found.value().mounts, ", ") + ": written by root alone", ""};
}

Outcome judge_modules(const HostCheck& check, const HostView& host) {
  const Result<std::string> value = host.read(check.path);
  if (!value) return not_known(check.path, value.error());
  const std::string found = std::string(check.path) + " is " + value.value();
  for (const char* name : {"apparmor", "selinux", "smack", "tomoyo"})
    if (("," + value.value() + ",").find("," + std::string(name) + ",") != std::string::npos)
      return {Verdict::kOk, found, ""};
  return {Verdict::kWarning, found + ": " + std::string(check.why), ""};
}

Outcome judge_landlock(const HostCheck& check, const HostView& host) {
  const long abi = host.landlock_abi();
  if (abi == -ENOSYS || abi == -EOPNOTSUPP)
    return {Verdict::kWarning,
            abi == -ENOSYS ? "this kernel has no Landlock: " + std::string(check.why)
                           : "Landlock is built in and not in force: " + std::string(check.why),
            ""};
  if (abi < 1)
    return {Verdict::kNotKnown, "Landlock's ABI: " + std::string(std::strerror(static_cast<int>(-abi))), ""};
  const std::string found = "Landlock's ABI is " + std::to_string(abi);
  // 3 has truncation (Linux 6.2): without it a file that may only be read can be emptied.
  if (abi < 3)
    return {Verdict::kWarning, found + ": it can't keep a program from truncating files",
            "use Linux 6.2 or later"};
  return {Verdict::kOk, found, ""};
}

Outcome judge_seccomp(const HostCheck& check, const HostView& host) {
  const Result<std::string> value = host.read(check.path);
  if (!value && is_missing(value.error()) && host.has("/proc/sys/kernel/osrelease"))
    return {Verdict::kFailure, std::string(check.path) + " is missing: " + std::string(check.why), ""};
  if (!value) return not_known(check.path, value.error());
  const std::string found = std::string(check.path) + " is '" + value.value() + "'";
  const bool can_kill = (" " + value.value() + " ").find(" kill_process ") != std::string::npos;
  return {can_kill ? Verdict::kOk : Verdict::kFailure,
          can_kill ? found : found + ": " + std::string(check.why), ""};
}

}  // namespace

const std::vector<HostCheck>& isolation_checks() {
  static const std::vector<HostCheck> kChecks = {
      {"cgroup-layout", "cgroups", "/proc/mounts", judge_layout, "mount -t cgroup2 none /sys/fs/cgroup",
       "https://docs.kernel.org/admin-guide/cgroup-v2.html", "", Verdict::kFailure,
       "nothing limits what a jail may use"},
      {"cgroup-controllers", "cgroups", "/proc/mounts", judge_controllers,
       "look for cgroup_disable= in /proc/cmdline and for the controller in /proc/cgroups; where it is in no "
       "hierarchy of version 1, mount -t cgroup2 none DIRECTORY shows it",
       "https://docs.kernel.org/admin-guide/cgroup-v2.html", "", Verdict::kWarning,
       "jails can't be given such limits"},
      {"cgroup-delegation", "cgroups", "/proc/mounts", judge_cgroup_owner, "",
       "https://docs.kernel.org/admin-guide/cgroup-v2.html", "", Verdict::kFailure,
       "they can move processes out of their limits"},
      {"security-modules", "security modules", "/sys/kernel/security/lsm", judge_modules,
       "add apparmor or selinux to lsm= on the kernel's command line, as the distribution describes",
       "https://docs.kernel.org/admin-guide/LSM/index.html", "", Verdict::kWarning,
       "no module confines programs by a profile"},
      {"landlock", "security modules", "landlock_create_ruleset(2)", judge_landlock,
       "add landlock to lsm= on the kernel's command line (CONFIG_SECURITY_LANDLOCK)",
       "https://docs.kernel.org/userspace-api/landlock.html", "", Verdict::kWarning,
       "jails can't be restricted by it"},
      {"seccomp", "security modules", "/proc/sys/kernel/seccomp/actions_avail", judge_seccomp,
       "use a kernel with CONFIG_SECCOMP_FILTER", "https://docs.kernel.org/userspace-api/seccomp_filter.html",
       "", Verdict::kFailure, "no filter of system calls can kill a process"},
  };
  return kChecks;
}

}  // namespace jailrun::core::cli
