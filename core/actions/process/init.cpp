// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/init.hpp"

#include "core/base/prefix.hpp"
#include "core/init/message.hpp"
#include "core/plan/state.hpp"
#include "core/sys/inheritance.hpp"
#include "core/sys/mounts.hpp"
#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

#include <cerrno>

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// What init could not do.
Error init_error(const init::Message& message) {
  const char* what = "load its filter";
  switch (static_cast<init::Step>(message.step)) {
    case init::Step::kDumpable: what = "forbid others to look into it"; break;
    case init::Step::kNoNewPrivs: what = "set no_new_privs"; break;
    case init::Step::kCapabilities: what = "drop its capabilities"; break;
    default: break;
  }
  return system_error(message.error_number, what);
}

// At its end: 0.
ssize_t read_message(int pipe, init::Message& message) {
  ssize_t size = 0;
  do size = read(pipe, &message, sizeof message);
  while (size < 0 && errno == EINTR);
  return size;
}

// Until init can be attacked without gain, and has closed the pipe, its last descriptor.
Result<void> wait_for_init(int pipe) {
  init::Message message = {};
  const ssize_t size = read_message(pipe, message);
  // It has exited, and told the launch itself why. The kernel ends this process, too.
  if (size != sizeof message) _exit(1);
  if (message.step != static_cast<int32_t>(init::Step::kDone)) return init_error(message);
  init::Message none = {};
  (void)read_message(pipe, none);
  return {};
}

}  // namespace

Result<void> OpenInitAction::perform(Launch&) {
  JR_ASSIGN(const std::string prefix, installed_prefix());
  const std::string path = prefix + kInitProgram;
  // By way of a mount of its own, which is read-only: /proc/1/exe leads a program that is root and may trace
  // processes to the host's file, and writing to it would change the next jail's init.
  if (sys::can_set_mounts()) {
    Result<sys::DetachedTree> tree =
        sys::take_tree(path, JR_MOUNT_READ_ONLY | JR_MOUNT_NOSUID | JR_MOUNT_NODEV);
    if (tree && !tree.value().is_unfinished) {
      *opened_ = std::move(tree.value().fd);
      return {};
    }
  }
  JR_ASSIGN(*opened_, sys::open_host(path, O_PATH));
  return {};
}

Result<void> InitAction::perform(Launch& launch) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return system_error(errno, "make a pipe");
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  Processes& processes = launch.processes;
  processes.parent_cpu_us += sys::microseconds(CLOCK_PROCESS_CPUTIME_ID) - processes.start_cpu_us;
  processes.start_cpu_us = 0;  // of the child
  sys::ChildOptions options;
  JR_ASSIGN(const pid_t program, sys::make_child(options));
  if (program != 0) return become_init(launch, writing.get(), program);
  writing.reset();
  return wait_for_init(reading.get());
}

Error InitAction::become_init(const Launch& launch, int pipe, pid_t program) const {
  // Before the exec, and to be kept over it: process 1 has no signal but those that it blocks or handles, and one
  // that comes meanwhile is meant for the program.
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  // It has no descriptor but this one, neither those that the program keeps nor its standard streams: whoever
  // waits for their end waits for the program alone.
  if (dup2(pipe, STDIN_FILENO) < 0 || !sys::close_on_exec_all_but({}))
    return system_error(errno, "close descriptors");
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) fcntl(stream, F_SETFD, FD_CLOEXEC);
  std::string name = "jailrun-init";
  std::string id = launch.jail.name.id;
  std::string number = std::to_string(program);
  char* const argv[] = {name.data(), id.data(), number.data(), nullptr};
  char* const environment[] = {nullptr};
  syscall(SYS_execveat, file_->get(), "", argv, environment, AT_EMPTY_PATH);
  return system_error(errno, "start jailrun-init");
}

}  // namespace jailrun::core
