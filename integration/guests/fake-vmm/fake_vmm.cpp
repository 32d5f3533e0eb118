// SPDX-License-Identifier: Apache-2.0
// Stands in for Firecracker, which no package registry has. It takes Firecracker's arguments and answers its
// API with Firecracker's status codes, opens in its root what a machine would be made of, and makes none.
//
//   /started        what it was given at its start, one fact a line, as the probe writes them
//   /requests.log   each request: "204 PUT /boot-source {...}"
#include "arguments.hpp"
#include "birth.hpp"
#include "files.hpp"
#include "machine.hpp"
#include "server.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <unistd.h>

namespace {

// Firecracker's own.
constexpr int kGenericError = 1;
constexpr int kBadConfiguration = 152;
constexpr int kBadArguments = 153;

constexpr char kRequests[] = "/requests.log";

int give_up(int status, const std::string& sentence) {
  std::fprintf(stderr, "Error: %s\n", sentence.c_str());
  return status;
}

bool write_whole(const std::string& path, const std::string& text) {
  FILE* const out = std::fopen(path.c_str(), "we");
  if (out == nullptr) return false;
  const bool written = std::fwrite(text.data(), 1, text.size(), out) == text.size();
  return std::fclose(out) == 0 && written;
}

// A file appears complete: a reader that sees it sees all of it. Under a filter of what Firecracker calls
// nothing can be renamed; then it is complete once the socket answers.
bool deliver(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  if (!write_whole(fresh, text)) return false;
  if (std::rename(fresh.c_str(), path.c_str()) == 0) return true;
  return errno == EPERM && std::remove(fresh.c_str()) == 0 && write_whole(path, text);
}

}  // namespace

int main(int argc, char** argv, char** environment) {
  const std::string birth = fake_vmm::tell_birth(argc, argv, environment);
  const fake_vmm::Arguments arguments = fake_vmm::parse_arguments(argc, argv);
  if (!arguments.fault.empty()) return give_up(kBadArguments, arguments.fault);
  if (arguments.has("help") || arguments.has("version")) {
    std::puts("fake-vmm v0.0.0");
    return 0;
  }
  if (!deliver("/started", birth)) return give_up(kGenericError, "/started can't be written");

  fake_vmm::Machine machine(arguments.value("id", "anonymous-instance"));
  if (arguments.has("log-path")) {
    const std::string problem = fake_vmm::start_log(arguments.value("log-path", ""));
    if (!problem.empty()) return give_up(kGenericError, "the log can't be written: " + problem);
  }
  fake_vmm::Server server;
  if (!arguments.has("no-api")) {
    const std::string problem = server.listen_at(arguments.value("api-sock", "/run/firecracker.socket"));
    if (!problem.empty()) return give_up(kGenericError, problem);
  }
  if (arguments.has("config-file")) {
    std::string json;
    const std::string file = arguments.value("config-file", "");
    // Firecracker panics, which is built to abort.
    if (!fake_vmm::read_whole(file, &json)) std::abort();
    const std::string problem = machine.configure(json);
    if (!problem.empty()) return give_up(kBadConfiguration, file + ": " + problem);
    fake_vmm::append_line(kRequests, "204 config-file " + file);
  }
  // SIGTERM kills it as it kills Firecracker, which leaves that signal at its default.
  if (arguments.has("no-api"))
    for (;;) pause();
  server.serve(machine, kRequests);
  return 0;
}
