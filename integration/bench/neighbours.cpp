// SPDX-License-Identifier: Apache-2.0
#include "integration/bench/neighbours.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration::bench {
namespace {

// It ends with this process, too.
template <class Work>
pid_t start(Work work) {
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error(std::string("can't start a process: ") + std::strerror(errno));
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() == parent) work();
  _exit(1);
}

void stop(pid_t pid) {
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

void* sleep_on(void*) {
  for (;;) pause();
}

bool start_threads(int count) {
  constexpr size_t kStack = 16 * 1024;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStack);
  pthread_attr_setguardsize(&attributes, 0);
  for (int i = 0; i < count; ++i) {
    pthread_t thread = 0;
    if (pthread_create(&thread, &attributes, sleep_on, nullptr) != 0) return false;
  }
  return true;
}

}  // namespace

BusyNeighbours::BusyNeighbours(int for_each_processor) {
  const long count = sysconf(_SC_NPROCESSORS_ONLN) * for_each_processor;
  for (long i = 0; i < count; ++i)
    pids_.push_back(start([] {
      for (volatile unsigned turns = 0;;) turns = turns + 1;
    }));
}

BusyNeighbours::~BusyNeighbours() {
  for (const pid_t pid : pids_) stop(pid);
}

SleepingThreads::SleepingThreads(int count) {
  int ready[2];
  if (pipe(ready) != 0) throw std::runtime_error(std::string("can't make a pipe: ") + std::strerror(errno));
  pid_ = start([&] {
    if (start_threads(count)) (void)!write(ready[1], "", 1);
    close(ready[0]);
    close(ready[1]);
    sleep_on(nullptr);
  });
  close(ready[1]);
  char answer = 0;
  const bool is_ready = read(ready[0], &answer, 1) == 1;
  close(ready[0]);
  if (is_ready) return;
  stop(pid_);
  throw std::runtime_error("can't make " + std::to_string(count) + " threads");
}

SleepingThreads::~SleepingThreads() { stop(pid_); }

}  // namespace jailrun::integration::bench
