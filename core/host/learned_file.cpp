// SPDX-License-Identifier: Apache-2.0
#include "core/host/learned_file.hpp"

#include "core/sys/files.hpp"
#include "core/sys/lock.hpp"
#include "core/sys/paths.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

constexpr size_t kLargest = 1024UL * 1024;

std::string leaf_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Result<seccomp::Learned> read_learned_file(int directory, const std::string& path) {
  const UniqueFd file(
      openat(directory, leaf_of(path).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file && errno == ENOENT) return seccomp::Learned();
  if (!file) return system_error(errno, "open " + path);
  struct stat now {};
  if (fstat(file.get(), &now) != 0) return system_error(errno, "stat " + path);
  if (!S_ISREG(now.st_mode)) return input_error(path + " is not a regular file");
  if ((now.st_uid != 0 && now.st_uid != geteuid()) || (now.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return input_error(path + " can be written by others than root");
  JR_ASSIGN(const std::string text, sys::read_all(file.get(), path, kLargest));
  Result<seccomp::Learned> learned = seccomp::read_learned(text);
  if (!learned) return std::move(learned).error().within(path + " was not learned, and is not overwritten");
  return learned;
}

Result<size_t> add_to_learned_file(int directory, const std::string& path, const seccomp::NotedCalls& noted) {
  const UniqueFd locked(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!locked) return system_error(errno, "open the directory of " + path);
  constexpr int kPatience_ms = 10000;
  JR_ASSIGN(const bool is_locked, sys::lock(locked.get(), kPatience_ms, path));
  if (!is_locked) return input_error(path + " is locked" + sys::lock_holder(locked.get()));
  JR_ASSIGN(seccomp::Learned learned, read_learned_file(locked.get(), path));
  learned.add(noted);
  // A name that nobody guesses is not needed where nobody else can write; what a crash has left is replaced.
  const std::string leaf = leaf_of(path);
  const std::string temporary = "." + leaf + ".new";
  if (unlinkat(locked.get(), temporary.c_str(), 0) != 0 && errno != ENOENT)
    return system_error(errno, "remove " + temporary + " beside " + path);
  const UniqueFd file(
      openat(locked.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return system_error(errno, "make " + temporary + " beside " + path);
  Result<void> written = sys::write_all(file.get(), learned.text());
  if (written) written = sys::sync_data(file.get(), path);
  if (written && renameat(locked.get(), temporary.c_str(), locked.get(), leaf.c_str()) != 0)
    written = system_error(errno, "");
  if (written) return learned.names.size();
  unlinkat(locked.get(), temporary.c_str(), 0);
  return std::move(written).error().within("write " + path);
}

}  // namespace jailrun::core
