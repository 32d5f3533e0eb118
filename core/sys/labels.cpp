// SPDX-License-Identifier: Apache-2.0
#include "core/sys/labels.hpp"

#include "core/sys/paths.hpp"
#include "jailrun/plugin.h"

#include <cerrno>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

// Of the thread itself, whatever its pid namespace. A file that somebody has mounted over this one would take
// what is written to it and label nothing, or do something else for the writer: so no mount is crossed.
UniqueFd open_attribute(int proc, const char* path, uint64_t flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH;
  return UniqueFd(static_cast<int>(syscall(SYS_openat2, proc, path, &how, sizeof how)));
}

bool is_apparmor_in_force() {
  const Result<std::string> label = read_piece("/proc/thread-self/attr/apparmor/current");
  if (label) return true;
  if (label.error().error_number != ENOENT) return false;
  // A kernel before Linux 5.8 has no such directory.
  const Result<std::string> enabled = read_piece("/sys/module/apparmor/parameters/enabled");
  return enabled && enabled.value().substr(0, 1) == "Y";
}

// The kernel registers the filesystem where the module is in force alone.
bool is_selinux_in_force() {
  const Result<std::string> filesystems = read_small("/proc/filesystems");
  return filesystems && filesystems.value().find("\tselinuxfs\n") != std::string::npos;
}

Error refusal(uint32_t kind, const std::string& text, int error) {
  if (kind == JR_LABEL_APPARMOR && error == ENOENT)
    return system_error(error, "the profile " + text + " is not loaded");
  if (kind == JR_LABEL_SELINUX && error == EINVAL)
    return system_error(error, "the policy has no context " + text);
  if (error == EACCES || error == EPERM)
    return system_error(error, "jailrun's own label does not let it give the label " + text);
  return system_error(error, "ask for the label " + text);
}

}  // namespace

std::string label_fault(uint32_t kind) {
  const bool is_in_force = kind == JR_LABEL_APPARMOR ? is_apparmor_in_force() : is_selinux_in_force();
  if (is_in_force) return {};
  return std::string(kind == JR_LABEL_APPARMOR ? "AppArmor" : "SELinux") +
         " is not in force on this host: this kernel lacks it, or it was not enabled at boot";
}

Result<void> label_next_exec(int proc, uint32_t kind, const std::string& text) {
  const bool is_apparmor = kind == JR_LABEL_APPARMOR;
  UniqueFd file;
  if (is_apparmor) file = open_attribute(proc, "thread-self/attr/apparmor/exec", O_WRONLY);
  // The one module's that had this file to itself before Linux 5.8.
  if (!is_apparmor || (!file && errno == ENOENT))
    file = open_attribute(proc, "thread-self/attr/exec", O_WRONLY);
  if (!file) return system_error(errno, "open the thread's attr/exec in /proc");
  // In one piece: each write is a request of its own.
  const std::string request = is_apparmor ? "exec " + text : text;
  if (write(file.get(), request.data(), request.size()) == static_cast<ssize_t>(request.size())) return {};
  return refusal(kind, text, errno);
}

}  // namespace jailrun::sys
