// SPDX-License-Identifier: Apache-2.0
#include "core/cli/doctor/host_view.hpp"

#include "core/sys/directories.hpp"
#include "core/sys/paths.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::core::cli {
namespace {

// Not in the headers of every distribution that jailrun is built on.
constexpr long kLandlockCreateRuleset = 444;
constexpr long kIoUringSetup = 425;
constexpr unsigned kLandlockVersion = 1;
constexpr int kNoBpfCommand = -1;

long answer(long result) { return result < 0 ? -long{errno} : result; }

}  // namespace

HostView HostView::of_this_host() {
  KernelAnswers answers;
  answers.landlock_abi = answer(::syscall(kLandlockCreateRuleset, nullptr, size_t{0}, kLandlockVersion));
  // These two fail whatever the kernel allows: for want of a parameter, and of a command that exists.
  answers.io_uring = answer(::syscall(kIoUringSetup, 1U, nullptr));
  answers.bpf = answer(::syscall(SYS_bpf, kNoBpfCommand, nullptr, 0U));
  answers.uid = geteuid();
  return {"", answers};
}

Result<std::string> HostView::read(std::string_view path) const {
  JR_ASSIGN(const std::string text, sys::read_small(root_ + std::string(path)));
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string::npos) return std::string();
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Result<struct stat> HostView::status(std::string_view path) const {
  struct stat status = {};
  const std::string full = root_ + std::string(path);
  if (::stat(full.c_str(), &status) != 0) return system_error(errno, full);
  return status;
}

bool HostView::may_write(std::string_view path) const {
  return faccessat(AT_FDCWD, (root_ + std::string(path)).c_str(), W_OK, AT_EACCESS) == 0;
}

bool HostView::hides_owner(const struct stat& status) const {
  constexpr uid_t kOverflow = 65534;  // /proc/sys/kernel/overflowuid of every distribution
  if (status.st_uid != kOverflow) return false;
  const Result<std::string> map = read("/proc/self/uid_map");
  return !map || map.value().find("4294967295") == std::string::npos;
}

std::vector<std::string> HostView::list(std::string_view path) const {
  std::vector<std::string> names = sys::list_directory(root_ + std::string(path));
  std::sort(names.begin(), names.end());
  return names;
}

bool is_missing(const Error& error) { return error.error_number == ENOENT || error.error_number == ENOTDIR; }

}  // namespace jailrun::core::cli
