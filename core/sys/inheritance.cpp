// SPDX-License-Identifier: Apache-2.0
#include "core/sys/inheritance.hpp"

#include "core/sys/paths.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

// As the kernel put it on the stack; clearenv() only forgets where it is.
char** inherited_environment = nullptr;

}  // namespace

void take_environment() {
  inherited_environment = environ;
  clearenv();
}

char** callers_environment() { return inherited_environment; }

const char* inherited_variable(std::string_view name) {
  for (char** variable = inherited_environment; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (text.size() > name.size() && text[name.size()] == '=' && text.compare(0, name.size(), name) == 0)
      return *variable;
  }
  return nullptr;
}

namespace {

// The flag came with Linux 5.11. Before that by number: the kernel gives the lowest one that is free, so what
// was opened since the start lies among the first; what was inherited above these was marked at the start.
void close_on_exec_from_3(unsigned first_numbers) {
  if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  for (unsigned fd = 3; fd < first_numbers; ++fd) fcntl(static_cast<int>(fd), F_SETFD, FD_CLOEXEC);
}

}  // namespace

bool close_on_exec_all_but(const std::vector<int>& kept) {
  constexpr unsigned kFirstNumbers = 4096;
  close_on_exec_from_3(kFirstNumbers);
  for (const int fd : kept)
    if (fcntl(fd, F_SETFD, 0) != 0) return false;
  return true;
}

namespace {

// From Linux 6.2 on the directory's size is the number of descriptors that are open; before, 0. One call in
// the place of four where nothing but the standard streams was inherited.
bool has_only_the_streams() {
  struct stat descriptors {};
  return stat("/proc/self/fd", &descriptors) == 0 && descriptors.st_size == 3;
}

}  // namespace

std::vector<int> take_inherited_descriptors() {
  if (has_only_the_streams()) return {};
  std::vector<int> inherited;
  const int listing = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  char buffer[4096];
  for (long size = 0; listing >= 0 && (size = syscall(SYS_getdents64, listing, buffer, sizeof buffer)) > 0;) {
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer + at);
      at += entry->d_reclen;
      const int fd = entry->d_name[0] == '.' ? -1 : std::atoi(entry->d_name);
      if (fd > 2 && fd != listing) inherited.push_back(fd);
    }
  }
  if (listing >= 0) close(listing);
  if (listing < 0 || !inherited.empty()) {
    // Without /proc it is unknown which are open; then at least none of them survives the exec.
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
      for (const int fd : inherited) fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  return inherited;
}

namespace {

// A set of signals in proc(5)'s status: bit n - 1 stands for signal n. All of them where it is unknown.
uint64_t signal_set(const Result<std::string>& status, std::string_view field) {
  constexpr uint64_t kUnknown = UINT64_MAX;
  if (!status) return kUnknown;
  const size_t at = status.value().find(field);
  if (at == std::string::npos) return kUnknown;
  return std::strtoull(status.value().c_str() + at + field.size(), nullptr, 16);
}

}  // namespace

void reset_signals() {
  const Result<std::string> status = read_piece("/proc/self/status");
  // exec resets caught signals; only ignored ones stay ignored.
  const uint64_t ignored = signal_set(status, "\nSigIgn:\t");
  for (int number = 1; number < NSIG; ++number)
    if (ignored >> (number - 1) & 1) signal(number, SIG_DFL);
  if (signal_set(status, "\nSigBlk:\t") != 0) unblock_signals();
}

void unblock_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool gained_privileges() {
  if (getauxval(AT_UID) != getauxval(AT_EUID) || getauxval(AT_GID) != getauxval(AT_EGID)) return true;
  // For file capabilities the kernel sets AT_SECURE. Root gains nothing by them, and is told the same where
  // SELinux or AppArmor changes the domain.
  return getauxval(AT_SECURE) != 0 && getauxval(AT_UID) != 0;
}

}  // namespace jailrun::sys
