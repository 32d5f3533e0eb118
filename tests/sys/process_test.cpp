// SPDX-License-Identifier: Apache-2.0
#include "core/sys/process.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <thread>

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

char first_threads_state(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(stat, line);
  return line.at(line.rfind(')') + 2);
}

template <class Body>
pid_t in_child(Body body) {
  const pid_t pid = fork();
  if (pid == 0) {
    body();
    _exit(0);
  }
  for (int tries = 0; tries < 2000 && first_threads_state(pid) != 'Z'; ++tries) usleep(1000);
  return pid;
}

void end(pid_t pid) {
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

TEST(ProcessTest, AProcessRunsAsLongAsOneOfItsThreadsDoes) {
  const pid_t child = in_child([] {
    std::thread([] { pause(); }).detach();
    syscall(SYS_exit, 0);  // of this thread alone
  });
  const Result<uint64_t> start = sys::start_time(child);
  EXPECT_EQ(first_threads_state(child), 'Z');
  EXPECT_TRUE(start && sys::is_running(child, start.value()));
  EXPECT_FALSE(start && sys::is_running(child, start.value() + 1));
  EXPECT_TRUE(sys::is_running_since(child, sys::ticks_now()));
  EXPECT_FALSE(start && sys::is_running_since(child, start.value() - 1));
  end(child);
}

TEST(ProcessTest, AProcessThatNobodyHasWaitedForHasExited) {
  const pid_t child = in_child([] {});
  const Result<uint64_t> start = sys::start_time(child);
  EXPECT_FALSE(start && sys::is_running(child, start.value()));
  EXPECT_FALSE(sys::is_running_since(child, sys::ticks_now()));
  EXPECT_EQ(sys::process_state(child), 'Z');
  end(child);
  EXPECT_EQ(sys::process_state(child), 'X');
}

}  // namespace
}  // namespace jailrun::core
