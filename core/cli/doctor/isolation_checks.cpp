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
  std::vector<std::string> read_only;   // those of them
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
    if (type != "cgroup" && type != "cgroup2") continue;
    found.mounts.push_back(target);
    if (("," + options + ",").find(",ro,") != std::string::npos) found.read_only.push_back(target);
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
      if (host.hides_owner(status.value()))
        return {Verdict::kNotKnown, file + " is owned by a user whom this user namespace does not map", ""};
      if (status.value().st_uid != 0 || (status.value().st_mode & 022) != 0)
        return {Verdict::kFailure, file + " can be written by others than root: " + std::string(check.why),
                "chown root:root " + file + "; chmod go-w " + file};
    }
  }
  if (found.value().mounts.empty())
    return {Verdict::kNotKnown, std::string(check.path) + " names no cgroups", ""};
  return {Verdict::kOk, joined(found.value().mounts, ", ") + ": written by root alone", ""};
}

// Only version 2 can be handed to a user safely, who then limits what is below their own group.
Outcome judge_delegation(const HostCheck& check, const HostView& host) {
  const Result<Cgroups> found = cgroups_of(host);
  if (!found) return not_known("/proc/mounts", found.error());
  if (found.value().mounts.empty())
    return {Verdict::kNotKnown, std::string(check.path) + " names no cgroups", ""};
  if (!found.value().read_only.empty())
    return {Verdict::kFailure,
            joined(found.value().read_only, ", ") +
                ": mounted read-only, so that launches can make no groups there",
            "mount -o remount,rw,bind DIRECTORY; or give the container cgroups that it may write to"};
  if (host.answers().uid == 0) {
    for (const std::string& directory : found.value().mounts)
      if (!host.may_write(directory))
        return {Verdict::kWarning, "the root of this user namespace may not make groups in " + directory, ""};
    return {Verdict::kOk, "doctor runs as root, who may make groups", ""};
  }
  const std::string user = "uid " + std::to_string(host.answers().uid);
  if (!found.value().has_v2)
    return {Verdict::kWarning, "there is no cgroup version 2: " + user + std::string(check.why), ""};
  const Result<std::string> own = host.read("/proc/self/cgroup");
  if (!own) return not_known("/proc/self/cgroup", own.error());
  const size_t line = ("\n" + own.value()).find("\n0::/");
  if (line == std::string::npos || own.value().compare(line, 6, "0::/..") == 0)
    return {Verdict::kNotKnown, "/proc/self/cgroup names no group of version 2 below what is mounted", ""};
  const std::string path = own.value().substr(line + 3, own.value().find('\n', line) - line - 3);
  const std::string group = found.value().v2_mount + (path == "/" ? "" : path);
  const Result<struct stat> status = host.status(group + "/cgroup.procs");
  if (!status) return not_known(group + "/cgroup.procs", status.error());
  if (status.value().st_uid == host.answers().uid)
    return {Verdict::kOk, group + " is delegated to " + user, ""};
  return {Verdict::kWarning, group + " is not delegated: " + user + std::string(check.why), ""};
}

// What says that a module is on where securityfs is not mounted.
Outcome judge_modules_by_themselves(const HostCheck& check, const HostView& host, const Error& error) {
  struct Sign {
    std::string_view path, on;
  };
  for (const auto& [path, on] :
       {Sign{"/sys/module/apparmor/parameters/enabled", "Y"}, Sign{"/sys/fs/selinux/enforce", "1"}}) {
    const Result<std::string> value = host.read(path);
    if (value && value.value() == on) return {Verdict::kOk, std::string(path) + " is " + value.value(), ""};
  }
  Outcome outcome = not_known(check.path, error);
  if (is_missing(error) && host.has("/sys/kernel/security"))
    outcome.sentence += ": securityfs is not mounted (mount -t securityfs none /sys/kernel/security)";
  return outcome;
}

Outcome judge_modules(const HostCheck& check, const HostView& host) {
  const Result<std::string> value = host.read(check.path);
  if (!value) return judge_modules_by_themselves(check, host, value.error());
  const std::string found = std::string(check.path) + " is " + value.value();
  const auto is_named = [&](const std::string& name) {
    return ("," + value.value() + ",").find("," + name + ",") != std::string::npos;
  };
  const Result<std::string> enforces = host.read("/sys/fs/selinux/enforce");
  if (is_named("selinux") && enforces && enforces.value() == "0")
    return {Verdict::kWarning, "/sys/fs/selinux/enforce is 0: SELinux reports, and refuses nothing",
            "setenforce 1"};
  for (const char* name : {"apparmor", "selinux", "smack", "tomoyo"})
    if (is_named(name)) return {Verdict::kOk, found, ""};
  return {Verdict::kWarning, found + ": " + std::string(check.why), ""};
}

// What an ABI can't restrict yet.
std::string beyond(long abi) {
  struct Step {
    long abi;
    std::string_view what;
  };
  std::string text;
  for (const auto& [since, what] :
       {Step{3, "truncation (Linux 6.2)"}, Step{4, "TCP ports (Linux 6.7)"},
        Step{5, "ioctl on devices (Linux 6.10)"}, Step{6, "abstract sockets and signals (Linux 6.12)"}})
    if (abi < since) text += (text.empty() ? ", which can't restrict " : ", ") + std::string(what);
  return text;
}

Outcome judge_landlock(const HostCheck& check, const HostView& host) {
  const long abi = host.answers().landlock_abi;
  if (abi == -ENOSYS || abi == -EOPNOTSUPP)
    return {Verdict::kWarning,
            abi == -ENOSYS ? "this kernel has no Landlock: " + std::string(check.why)
                           : "Landlock is built in but not enabled: " + std::string(check.why),
            ""};
  if (abi < 1)
    return {Verdict::kNotKnown, "Landlock's ABI: " + std::string(std::strerror(static_cast<int>(-abi))), ""};
  const std::string found = "Landlock's ABI is " + std::to_string(abi) + beyond(abi);
  // Without the third a file that may only be read can be emptied.
  if (abi < 3) return {Verdict::kWarning, found, "use Linux 6.2 or later"};
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
      {"cgroup-owner", "cgroups", "/proc/mounts", judge_cgroup_owner, "",
       "https://docs.kernel.org/admin-guide/cgroup-v2.html", "", Verdict::kFailure,
       "they can move processes out of their limits"},
      {"cgroup-delegation", "cgroups", "/proc/mounts", judge_delegation,
       "launch as root; or from systemd-run --user --scope -p Delegate=yes, or a service with Delegate=yes",
       "https://systemd.io/CGROUP_DELEGATION/", "", Verdict::kWarning, " can't limit what it launches"},
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
