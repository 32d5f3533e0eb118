// SPDX-License-Identifier: Apache-2.0
// What a shell does that leads a terminal's session.
#pragma once

#include "integration/support/command.hpp"

#include <vector>

#include <signal.h>
#include <unistd.h>

namespace jailrun::integration {

// For execv(), from words that live as long.
inline std::vector<char*> argv_of(Strings& words) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  return argv;
}

// Starts a job in the terminal's foreground.
inline pid_t start_job(const std::vector<char*>& argv) {
  const pid_t job = fork();
  if (job != 0) return job;
  setpgid(0, 0);
  signal(SIGTTOU, SIG_IGN);
  tcsetpgrp(STDIN_FILENO, getpid());
  signal(SIGTTOU, SIG_DFL);
  execv(argv[0], argv.data());
  _exit(127);
}

}  // namespace jailrun::integration
