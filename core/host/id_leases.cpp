// SPDX-License-Identifier: Apache-2.0
#include "core/host/id_leases.hpp"

#include "core/base/text.hpp"
#include "core/host/state_directory.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/fd.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

struct Range {
  uint64_t first;
  uint64_t end;
};

// Locked until it is closed. It is root's alone: whoever can open a directory can lock it, and keep every
// launch waiting.
Result<UniqueFd> open_leases(const std::string& directory) {
  mkdir(kStateDirectory, 0755);
  mkdir(directory.c_str(), 0700);
  UniqueFd opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat there {};
  if (!opened || fstat(opened.get(), &there) != 0) return system_error(errno, "open " + directory);
  constexpr mode_t kOfOthers = 077;
  if (there.st_uid != geteuid() || (there.st_mode & kOfOthers) != 0)
    return input_error(directory + " is not root's alone");
  while (flock(opened.get(), LOCK_EX) != 0)
    if (errno != EINTR) return system_error(errno, "lock " + directory);
  return opened;
}

// "FIRST-COUNT-TOKEN"
std::string lease_name(uint64_t first, uint64_t count, const Token& token) {
  return std::to_string(first) + "-" + std::to_string(count) + "-" + hex(token.data(), token.size());
}

Range range_of(const std::string& name) {
  char* rest = nullptr;
  const uint64_t first = std::strtoull(name.c_str(), &rest, 10);
  const uint64_t count = *rest == '-' ? std::strtoull(rest + 1, nullptr, 10) : 0;
  return {first, first + count};
}

// The first of `count` ids in the range that nobody has; its end: there are not so many. `taken` is in order.
uint64_t find_free(Range range, uint64_t count, const std::vector<Range>& taken) {
  uint64_t first = range.first;
  for (const Range& one : taken)
    if (first < one.end && one.first < first + count) first = one.end;
  return first + count <= range.end ? first : range.end;
}

}  // namespace

Result<uint32_t> lease_ids(const Token& token, const sys::IdRanges& pool, uint32_t count,
                           const sys::IdRanges& avoided, const std::string& directory) {
  constexpr int kTries = 100;
  for (int tries = 1;; ++tries) {
    const Result<UniqueFd> leases = open_leases(directory);
    // ENOENT: whoever has ended the last one has just removed the directory.
    if (!leases && leases.error().error_number == ENOENT && tries < kTries) continue;
    if (!leases) return leases.error();
    const UniqueFd& opened = leases.value();
    std::vector<Range> taken;
    for (const std::string& name : sys::list_directory(directory)) taken.push_back(range_of(name));
    for (const jr_id_range& one : avoided) taken.push_back({one.outside, uint64_t{one.outside} + one.count});
    std::sort(taken.begin(), taken.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
    for (const jr_id_range& one : pool) {
      const Range range = {one.outside, uint64_t{one.outside} + one.count};
      const uint64_t first = find_free(range, count, taken);
      if (first == range.end) continue;
      const std::string name = lease_name(first, count, token);
      const UniqueFd made(openat(opened.get(), name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
      if (made) return static_cast<uint32_t>(first);
      // The same.
      if (errno != ENOENT || tries == kTries) return system_error(errno, "make " + directory + "/" + name);
      break;
    }
    struct stat there {};
    if (fstat(opened.get(), &there) == 0 && there.st_nlink != 0)
      return input_error(
          "no " + std::to_string(count) +
          " ids in a row are left that no other jail has: end one, or add ids to /etc/subuid and "
          "/etc/subgid");
  }
}

Result<void> end_lease(const Token& token, const std::string& directory) {
  const std::string end = "-" + hex(token.data(), token.size());
  for (const std::string& name : sys::list_directory(directory)) {
    if (name.size() < end.size() || name.compare(name.size() - end.size(), end.size(), end) != 0) continue;
    const std::string path = directory + "/" + name;
    if (unlink(path.c_str()) != 0 && errno != ENOENT) return system_error(errno, "remove " + path);
  }
  (void)rmdir(directory.c_str());  // with the last one
  return {};
}

}  // namespace jailrun::core
