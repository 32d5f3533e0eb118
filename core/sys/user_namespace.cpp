// SPDX-License-Identifier: Apache-2.0
#include "core/sys/user_namespace.hpp"

#include "core/sys/new_namespaces.hpp"
#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

// The first process of a new user namespace, which it holds until this is destroyed. Nobody else can do
// anything to it: it is root's, and has no id that is mapped.
class Holder {
 public:
  static Result<Holder> start() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      return system_error(errno, "make a socket pair");
    Holder holder;
    holder.mine_ = UniqueFd(ends[0]);
    UniqueFd its(ends[1]);
    ChildOptions options;
    options.namespaces = CLONE_NEWUSER;
    Result<pid_t> made = make_child(options);
    if (!made) return refused(made.error().error_number);
    holder.pid_ = made.value();
    if (holder.pid_ == 0) {
      holder.mine_.reset();
      hold(its.get());
    }
    return holder;
  }
  Holder(Holder&& other) noexcept : pid_(std::exchange(other.pid_, 0)), mine_(std::move(other.mine_)) {}
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  Holder& operator=(Holder&&) = delete;
  ~Holder() {
    mine_.reset();
    while (pid_ > 0 && waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  pid_t pid() const { return pid_; }

  // A limit of this kind is one of the namespace that the writer is in.
  Result<void> forbid_nested() const {
    int error_number = EPIPE;
    if (send(mine_.get(), "l", 1, MSG_NOSIGNAL) != 1 ||
        read(mine_.get(), &error_number, sizeof error_number) != sizeof error_number)
      return internal_error("the process that holds the user namespace was killed");
    if (error_number == 0) return {};
    return system_error(error_number, "forbid user namespaces in the new one, by " + std::string(kLimit));
  }

 private:
  Holder() = default;

  // Until it is told to exit, or the launch was killed. It must not allocate, nor use what its parent has.
  [[noreturn]] static void hold(int end) {
    char wanted = 0;
    while (read(end, &wanted, 1) == 1) {
      int error_number = 0;
      const int file = open(kLimit, O_WRONLY | O_CLOEXEC);
      if (file < 0 || write(file, "0", 1) != 1) error_number = errno;
      if (write(end, &error_number, sizeof error_number) < 0) break;
    }
    _exit(0);
  }

  static Error refused(int reason) {
    if (reason == ENOSPC || reason == EUSERS)
      return system_error(reason,
                          "the limit user.max_user_namespaces of sysctl, or of nested ones, is reached");
    if (reason == EINVAL) return system_error(reason, "this kernel has no user namespaces");
    return system_error(reason, "make a user namespace");
  }

  pid_t pid_ = 0;
  UniqueFd mine_;
};

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
  const UniqueFd limit(open((proc + "/sys/user/max_user_namespaces").c_str(), O_RDONLY | O_CLOEXEC));
  char first[2] = {};
  if (!limit || read(limit.get(), first, sizeof first) != 2 || first[0] != '0' || first[1] != '\n') return {};
  return "the sysctl user.max_user_namespaces is 0, which forbids user namespaces";
}

Result<UniqueFd> make_user_namespace(const IdMaps& maps) {
  JR_ASSIGN(const Holder holder, Holder::start());
  // Before the gids: afterwards it can't be denied.
  if (!maps.has_setgroups) JR_TRY(write_for(holder.pid(), "setgroups", "deny"));
  JR_TRY(write_for(holder.pid(), "uid_map", lines_of(maps.uids)));
  JR_TRY(write_for(holder.pid(), "gid_map", lines_of(maps.gids)));
  if (!maps.is_nestable) JR_TRY(holder.forbid_nested());
  UniqueFd made(open(("/proc/" + std::to_string(holder.pid()) + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
  if (!made) return system_error(errno, "open the user namespace");
  return made;
}

Result<void> enter_user_namespace(int fd) {
  if (setns(fd, CLONE_NEWUSER) == 0) return {};
  const int reason = errno;
  return system_error(reason, reason == EINVAL
                                  ? "enter the user namespace, which no process with several threads can do"
                                  : "enter the user namespace");
}

}  // namespace jailrun::sys
