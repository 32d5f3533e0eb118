// SPDX-License-Identifier: Apache-2.0
// escape-probe: tries everything, one line each: "NAME reached|blocked DETAIL". Static, so that it runs in a
// root that holds nothing else. Each probe is tried in a child of its own: one that kills or blocks its
// process is a result like any other.
#include "integration/escapes/probe/probe.hpp"

#include <cstdio>

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace escapes {
namespace {

constexpr int kPatience = 10000;  // ms, before a probe counts as stuck

const char* signal_name(int number) {
  const char* const name = sigabbrev_np(number);
  return name == nullptr ? "?" : name;
}

// Its lines come through a pipe, so that what a probe prints itself does not count.
Result tried(const Probe& probe, const Targets& targets) {
  int ends[2];
  if (pipe(ends) != 0) return failed();
  const pid_t child = fork();
  if (child < 0) return failed();
  if (child == 0) {
    close(ends[0]);
    const Result result = probe.run(targets);
    const std::string line = (result.reached ? "+" : "-") + result.detail;
    const ssize_t written = write(ends[1], line.data(), line.size());
    _exit(written < 0 ? 1 : 0);
  }
  close(ends[1]);
  pollfd answer = {ends[0], POLLIN, 0};
  const bool is_stuck = poll(&answer, 1, kPatience) == 0;
  char text[256];
  const ssize_t length = is_stuck ? 0 : read(ends[0], text, sizeof text);
  close(ends[0]);
  if (is_stuck) kill(child, SIGKILL);
  int status = 0;
  pid_t ended = -1;
  while ((ended = waitpid(child, &status, 0)) < 0 && errno == EINTR) {
  }
  // A filter may refuse to wait. Whatever is a child from now on does not remain.
  if (ended < 0) signal(SIGCHLD, SIG_IGN);
  if (is_stuck) return blocked("no answer");
  if (length > 0) return {text[0] == '+', std::string(text + 1, static_cast<size_t>(length - 1))};
  if (WIFSIGNALED(status)) return blocked(std::string("by SIG") + signal_name(WTERMSIG(status)));
  return blocked("no answer");
}

// As a victim: a process that others try to get at. Its command line and environment hold the secret.
[[noreturn]] void wait_for_harm() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) pause();
}

}  // namespace
}  // namespace escapes

int main(int argc, char** argv) {
  using namespace escapes;
  const std::vector<std::string> words(argv + 1, argv + argc);
  // Executed by a probe: as a file that gives its owner's rights, or as just another program.
  if (argc == 2 && words[0] == "whose") return geteuid() == 0 ? 0 : EPERM;
  if (argc == 2 && words[0] == "nothing") return 0;
  if (argc > 2 && words[0] == "victim") wait_for_harm();
  const Targets targets(words);
  const std::string only = targets.text("only");
  signal(SIGPIPE, SIG_IGN);
  for (const auto& family : {processes, scheduling, filesystems, host_files, programs, networks, sharing,
                             namespaces, kernel_interfaces, administration, memory, inheritance})
    for (const Probe& probe : family()) {
      if (!only.empty() && only != probe.name) continue;
      const Result result = tried(probe, targets);
      std::printf("%s %s %s\n", probe.name, result.reached ? "reached" : "blocked", result.detail.c_str());
      std::fflush(stdout);
    }
  std::puts("end");
}
