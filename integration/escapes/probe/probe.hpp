// SPDX-License-Identifier: Apache-2.0
// What a hostile program tries. Each probe is one way out of a jail, named by what it gets hold of; "reached"
// means that it has really got it, as far as a program can tell from inside.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

namespace escapes {

// What is there to be read on the host and must not be read in a jail.
constexpr std::string_view kSecret = "of-the-host-alone";
constexpr const char* kSecretVariable = "ESCAPE_SECRET";

struct Result {
  bool reached;
  std::string detail;
};
inline Result reached(std::string detail = "") { return {true, std::move(detail)}; }
inline Result blocked(std::string detail) { return {false, std::move(detail)}; }
inline Result failed() {
  const char* const name = strerrorname_np(errno);
  return blocked(name == nullptr ? "error" : name);
}
// By a system call's result.
inline Result by(long result, const char* detail = "") { return result < 0 ? failed() : reached(detail); }
// Whether the program has read the host's secret.
inline Result by_secret(std::string_view text) {
  return text.find(kSecret) != std::string_view::npos ? reached() : blocked("it is not the host's");
}

// What the host side has put up, by the words of the command line: "port=4711".
class Targets {
 public:
  explicit Targets(std::vector<std::string> words) : words_(std::move(words)) {}
  std::string text(const std::string& name) const {
    for (const std::string& word : words_)
      if (word.compare(0, name.size() + 1, name + "=") == 0) return word.substr(name.size() + 1);
    return {};
  }
  long number(const std::string& name) const { return std::strtol(text(name).c_str(), nullptr, 0); }
  // Of a process on the host, which has the program's uid.
  pid_t victim() const { return static_cast<pid_t>(number("victim")); }
  std::string of_victim(const std::string& file) const { return "/proc/" + text("victim") + "/" + file; }

 private:
  std::vector<std::string> words_;
};

struct Probe {
  const char* name;
  Result (*run)(const Targets&);
};
using Probes = std::vector<Probe>;

Probes processes();
Probes scheduling();
Probes filesystems();
Probes host_files();
Probes programs();
Probes networks();
Probes sharing();
Probes namespaces();
Probes kernel_interfaces();
Probes administration();
Probes memory();
Probes inheritance();

// ---- helpers of more than one family

// Opens and reads; a file of the host's is one that has the secret in it.
Result read_something(const std::string& path);
Result read_secret(const std::string& path);
Result open_and_close(const std::string& path, int flags);
// A directory that the program may write to, or empty.
std::string writable_directory();

}  // namespace escapes
