// SPDX-License-Identifier: Apache-2.0
#include "core/host/state_directory.hpp"

#include "core/base/text.hpp"
#include "core/sys/inheritance.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>

#include <sys/auxv.h>
#include <sys/stat.h>

namespace jailrun::core {

// FNV-1a, 64 bits.
std::string hash_of(const std::string& path) {
  uint64_t hash = 14695981039346656037ULL;
  for (const char byte : path) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  std::array<uint8_t, 8> bytes = {};
  for (size_t at = 0; at < bytes.size(); ++at) bytes[at] = static_cast<uint8_t>(hash >> (56 - 8 * at));
  return hex(bytes.data(), bytes.size());
}

bool is_roots() { return getauxval(AT_EUID) == 0; }

Result<std::string> state_directory_of(const std::string& runtime_directory, uint32_t uid) {
  const bool is_given = !runtime_directory.empty();
  const std::string directory = is_given ? runtime_directory : "/run/user/" + std::to_string(uid);
  const std::string subject =
      (is_given ? "XDG_RUNTIME_DIR, " : "") + directory + ", where jailrun keeps its index, ";
  const std::string remedy = ": set XDG_RUNTIME_DIR to a directory that is yours alone";
  if (directory.front() != '/') return input_error(subject + "is not an absolute path" + remedy);
  struct stat now {};
  // Its last component is looked at, not where a link there leads.
  if (lstat(directory.c_str(), &now) != 0)
    return input_error(subject + (errno == ENOENT ? "does not exist" : "can't be looked at") + remedy);
  if (!S_ISDIR(now.st_mode)) return input_error(subject + "is not a directory" + remedy);
  if (now.st_uid != uid)
    return input_error(subject + "is owned by uid " + std::to_string(now.st_uid) + ", who could forge it" +
                       remedy);
  if ((now.st_mode & 077) != 0)
    return input_error(subject + "is open to others, who could forge it: chmod 0700 it");
  return directory + "/jailrun";
}

namespace {

std::string variable(std::string_view name) {
  const char* const found = sys::inherited_variable(name);
  return found == nullptr ? "" : found + name.size() + 1;
}

}  // namespace

Result<std::string> own_state_directory() {
  if (is_roots()) return std::string(kStateDirectory);
  return state_directory_of(variable("XDG_RUNTIME_DIR"), static_cast<uint32_t>(getauxval(AT_EUID)));
}

std::string own_jails_directory() {
  if (is_roots()) return {};
  // A path that is not absolute does not count, as the specification of these variables has it.
  if (const std::string state = variable("XDG_STATE_HOME"); state.compare(0, 1, "/") == 0)
    return state + "/jailrun";
  const std::string home = variable("HOME");
  return home.compare(0, 1, "/") == 0 ? home + "/.local/state/jailrun" : "";
}

void make_state_directory(const std::string& name) {
  const Result<std::string> own = own_state_directory();
  if (!own) return;
  mkdir(own.value().c_str(), is_roots() ? 0755 : 0700);
  mkdir((own.value() + "/" + name).c_str(), is_roots() ? 0755 : 0700);
}

}  // namespace jailrun::core
