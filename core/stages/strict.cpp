// SPDX-License-Identifier: Apache-2.0
#include "core/stages/strict.hpp"

#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

#include <cerrno>
#include <climits>
#include <memory>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

struct Watched {
  std::string_view line;  // of /proc/self/status
  const char* words;
};
constexpr Watched kWatched[] = {
    {"Uid:", "the user ids"},
    {"Gid:", "the group ids"},
    {"Groups:", "the supplementary groups"},
    {"CapEff:", "the capabilities"},
    {"CapPrm:", "the capabilities"},
    {"CapBnd:", "the capability bounding set"},
    {"Umask:", "the umask"},
    {"Threads:", "the number of threads"},
    {"SigBlk:", "the signal mask"},
    {"SigIgn:", "the ignored signals"},
    {"SigCgt:", "the caught signals"},
    {"NoNewPrivs:", "no_new_privs"},
};

std::string_view line_of(std::string_view status, std::string_view name) {
  const size_t at = status.find("\n" + std::string(name));
  if (at == std::string_view::npos) return {};
  return status.substr(at + 1, status.find('\n', at + 1) - at - 1);
}

// Of the thread: the guard, which releases, outlives the first one.
constexpr const char* kThread = "thread-self/";

std::string link_target(int proc, const std::string& name) {
  char target[PATH_MAX];
  const ssize_t length = readlinkat(proc, (kThread + name).c_str(), target, sizeof target);
  return length < 0 ? std::string() : std::string(target, static_cast<size_t>(length));
}

}  // namespace

Result<UniqueFd> open_proc() {
  UniqueFd proc(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!proc || faccessat(proc.get(), "thread-self/status", R_OK, 0) != 0) return sys::no_proc("--strict");
  return proc;
}

ProcessState ProcessState::now() {
  const Result<UniqueFd> proc = open_proc();
  return now(proc ? proc.value().get() : -1);
}

ProcessState ProcessState::now(int proc) {
  ProcessState state;
  const UniqueFd status(openat(proc, (kThread + std::string("status")).c_str(), O_RDONLY | O_CLOEXEC));
  constexpr size_t kLongest = 64UL * 1024;
  if (status)
    if (auto text = sys::read_all(status.get(), "status", kLongest))
      state.credentials_ = std::move(text).value();
  state.directory_ = link_target(proc, "cwd") + " in " + link_target(proc, "root");
  const int fds = openat(proc, (kThread + std::string("fd")).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(fds < 0 ? nullptr : fdopendir(fds), closedir);
  while (const dirent* entry = listing ? readdir(listing.get()) : nullptr) {
    const std::string name = entry->d_name;
    if (name.front() == '.' || name == std::to_string(fds)) continue;
    state.descriptors_.append(name).append(" ").append(link_target(proc, "fd/" + name)).append("\n");
  }
  return state;
}

std::string ProcessState::difference(const ProcessState& later) const {
  if (credentials_.empty() || later.credentials_.empty()) return "something that hides /proc/thread-self";
  for (const Watched& one : kWatched)
    if (line_of(credentials_, one.line) != line_of(later.credentials_, one.line)) return one.words;
  if (directory_ != later.directory_) return "the working directory or the root";
  if (descriptors_ != later.descriptors_) return "the set of open descriptors";
  return {};
}

}  // namespace jailrun::core
