// SPDX-License-Identifier: Apache-2.0
#include "core/stages/strict.hpp"

#include "core/sys/paths.hpp"

#include <climits>
#include <memory>
#include <string_view>

#include <dirent.h>
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

std::string link_target(const char* path) {
  char target[PATH_MAX];
  const ssize_t length = readlink(path, target, sizeof target);
  return length < 0 ? std::string() : std::string(target, static_cast<size_t>(length));
}

}  // namespace

ProcessState ProcessState::now() {
  ProcessState state;
  if (auto status = sys::read_small("/proc/self/status")) state.credentials_ = std::move(status).value();
  state.directory_ = link_target("/proc/self/cwd") + " in " + link_target("/proc/self/root");
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir("/proc/self/fd"), closedir);
  while (const dirent* entry = listing ? readdir(listing.get()) : nullptr) {
    const std::string name = entry->d_name;
    if (name.front() == '.' || name == std::to_string(dirfd(listing.get()))) continue;
    state.descriptors_.append(name)
        .append(" ")
        .append(link_target(("/proc/self/fd/" + name).c_str()))
        .append("\n");
  }
  return state;
}

std::string ProcessState::difference(const ProcessState& later) const {
  for (const Watched& one : kWatched)
    if (line_of(credentials_, one.line) != line_of(later.credentials_, one.line)) return one.words;
  if (directory_ != later.directory_) return "the working directory or the root";
  if (descriptors_ != later.descriptors_) return "the set of open descriptors";
  return {};
}

}  // namespace jailrun::core
