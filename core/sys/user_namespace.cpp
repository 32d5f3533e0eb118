// SPDX-License-Identifier: Apache-2.0
#include "core/sys/user_namespace.hpp"

#include "core/sys/holder.hpp"
#include "core/sys/new_namespaces.hpp"
#include "core/sys/paths.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

constexpr const char* kLimit = "/proc/sys/user/max_user_namespaces";

std::string lines_of(const IdRanges& ranges) {
  std::string text;
  for (const jr_id_range& one : ranges)
    text += std::to_string(one.inside) + " " + std::to_string(one.outside) + " " + std::to_string(one.count) +
            "\n";
  return text;
}

// A file of a process in the new namespace: the kernel takes one write.
Result<void> write_for(pid_t pid, const char* name, const std::string& text) {
  const UniqueFd file(open(("/proc/" + std::to_string(pid) + "/" + name).c_str(), O_WRONLY | O_CLOEXEC));
  if (!file && !is_proc_mounted()) return no_proc("mapping the ids of a user namespace");
  if (file && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) return {};
  const int reason = errno;
  const std::string what = "write the user namespace's " + std::string(name);
  // Each id was looked up while planning.
  return system_error(
      reason,
      reason == EPERM ? what + ", which CAP_SETUID, CAP_SETGID and, for the uid 0, CAP_SETFCAP allow" : what);
}

Result<void> write_own(const char* path, const std::string& text) {
  const UniqueFd file(open(path, O_WRONLY | O_CLOEXEC));
  if (file && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) return {};
  return system_error(errno, std::string("write ") + path + ", of the user namespace");
}

// In a new user namespace. A limit of this kind is one of the namespace that the writer is in.
void forbid_nested_for(int end) {
  char wanted = 0;
  while (read(end, &wanted, 1) == 1) {
    int error_number = 0;
    const int file = open(kLimit, O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, "0", 1) != 1) error_number = errno;
    if (write(end, &error_number, sizeof error_number) < 0) break;
  }
}

Result<void> forbid_nested(const Holder& holder) {
  int error_number = EPIPE;
  if (send(holder.end(), "l", 1, MSG_NOSIGNAL) != 1 ||
      read(holder.end(), &error_number, sizeof error_number) != sizeof error_number)
    return internal_error("the process that holds the user namespace was killed");
  if (error_number == 0) return {};
  return system_error(error_number, "forbid user namespaces in the new one, by " + std::string(kLimit));
}

Error user_namespace_error(int error_number) {
  if (error_number == ENOSPC || error_number == EUSERS)
    return system_error(error_number,
                        "the limit user.max_user_namespaces of sysctl, or of nested ones, is reached");
  if (error_number == EINVAL) return system_error(error_number, "this kernel has no user namespaces");
  return system_error(error_number, "make a user namespace");
}

// Its first process. Nobody else can do anything to it: it is root's, and has no id that is mapped.
Result<Holder> hold_user_namespace() {
  ChildOptions options;
  options.namespaces = CLONE_NEWUSER;
  Result<Holder> holder = Holder::start(options, forbid_nested_for);
  if (holder) return holder;
  return user_namespace_error(holder.error().error_number);
}

// "1\n" for a setting of that kind.
bool is_set_to(const std::string& path, char value) {
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[2] = {};
  return file && read(file.get(), text, sizeof text) == 2 && text[0] == value && text[1] == '\n';
}

}  // namespace

std::string text_of(const IdRanges& ranges) {
  std::string text;
  for (const jr_id_range& one : ranges)
    text += (text.empty() ? "" : ",") + std::to_string(one.inside) + ":" + std::to_string(one.outside) + ":" +
            std::to_string(one.count);
  return text;
}

std::optional<uint32_t> inside_id(const IdRanges& ranges, uint32_t outside) {
  for (const jr_id_range& one : ranges)
    if (outside >= one.outside && outside - one.outside < one.count)
      return one.inside + (outside - one.outside);
  return std::nullopt;
}

std::optional<uint32_t> first_unknown_id(const IdRanges& ranges, const std::string& map) {
  struct Known {
    uint64_t first;
    uint64_t end;
  };
  std::vector<Known> known;
  const char* at = map.c_str();
  for (;;) {
    char* rest = nullptr;
    const uint64_t inside = std::strtoull(at, &rest, 10);
    if (rest == at) break;
    std::strtoull(rest, &rest, 10);
    const uint64_t count = std::strtoull(rest, &rest, 10);
    known.push_back({inside, inside + count});
    at = rest;
  }
  // Neighbours may be lines of their own.
  std::sort(known.begin(), known.end(), [](const Known& a, const Known& b) { return a.first < b.first; });
  for (const jr_id_range& one : ranges) {
    uint64_t next = one.outside;
    for (const Known& line : known)
      if (line.first <= next && next < line.end) next = line.end;
    if (next < uint64_t{one.outside} + one.count) return static_cast<uint32_t>(next);
  }
  return std::nullopt;
}

std::string missing_user_namespace(const std::string& proc) {
  if (std::string missing = missing_namespace(CLONE_NEWUSER, proc, ""); !missing.empty()) return missing;
  if (!is_set_to(proc + "/sys/user/max_user_namespaces", '0')) return {};
  return "the sysctl user.max_user_namespaces is 0, which forbids user namespaces";
}

Result<UniqueFd> make_user_namespace(const IdMaps& maps) {
  JR_ASSIGN(const Holder holder, hold_user_namespace());
  // Before the gids: afterwards it can't be denied.
  if (!maps.has_setgroups) JR_TRY(write_for(holder.pid(), "setgroups", "deny"));
  JR_TRY(write_for(holder.pid(), "uid_map", lines_of(maps.uids)));
  JR_TRY(write_for(holder.pid(), "gid_map", lines_of(maps.gids)));
  if (!maps.is_nestable) JR_TRY(forbid_nested(holder));
  UniqueFd made(open(("/proc/" + std::to_string(holder.pid()) + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
  if (!made) return system_error(errno, "open the user namespace");
  return made;
}

std::string refused_user_namespace(const std::string& proc) {
  // Debian's kernels before 11, and others that have taken the setting over.
  if (is_set_to(proc + "/sys/kernel/unprivileged_userns_clone", '0'))
    return "user namespaces are root's alone on this host: its administrator can set the sysctl "
           "kernel.unprivileged_userns_clone to 1";
  // Who has no profile gets the namespace, and no capability in it. One that is named is taken to allow them.
  if (!is_set_to(proc + "/sys/kernel/apparmor_restrict_unprivileged_userns", '1')) return {};
  const Result<std::string> profile = read_piece(proc + "/self/attr/current");
  if (!profile || profile.value().compare(0, 10, "unconfined") != 0) return {};
  return "AppArmor lets only programs with a profile use user namespaces on this host: its administrator can "
         "load "
         "one for jailrun that has 'userns,', or set the sysctl kernel.apparmor_restrict_unprivileged_userns "
         "to 0";
}

Result<void> enter_first_user_namespace(const IdMaps& maps, bool is_made) {
  if (unshare((is_made ? 0 : CLONE_NEWUSER) | CLONE_NEWNS) != 0) return user_namespace_error(errno);
  // The kernel lets who made it write these three, if they map nothing but the ids that he has.
  JR_TRY(write_own("/proc/self/setgroups", "deny"));
  JR_TRY(write_own("/proc/self/uid_map", lines_of(maps.uids)));
  JR_TRY(write_own("/proc/self/gid_map", lines_of(maps.gids)));
  return maps.is_nestable ? Result<void>{} : write_own(kLimit, "0");
}

Result<void> enter_user_namespace(int fd) {
  if (setns(fd, CLONE_NEWUSER) == 0) return {};
  const int reason = errno;
  return system_error(reason, reason == EINVAL
                                  ? "enter the user namespace, which no process with several threads can do"
                                  : "enter the user namespace");
}

}  // namespace jailrun::sys
