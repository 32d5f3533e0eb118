// SPDX-License-Identifier: Apache-2.0
#include "core/performing/supervision.hpp"

#include "core/base/prefix.hpp"
#include "core/host/host_index.hpp"
#include "core/performing/children.hpp"
#include "core/seccomp/noted_calls.hpp"
#include "core/sys/inheritance.hpp"
#include "core/sys/listeners.hpp"
#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

#include <cerrno>
#include <ctime>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace jailrun::core {

Result<Supervision> prepare_supervision(const JailName& jail, bool exits_with_caller) {
  Supervision supervision;
  JR_ASSIGN(const std::string prefix, installed_prefix());
  supervision.remover = prefix + kCommandsProgram;
  supervision.supervisor = prefix + kSupervisorProgram;
  if (access(supervision.supervisor.c_str(), X_OK) != 0)
    return system_error(errno, "find " + supervision.supervisor);
  JR_ASSIGN(supervision.exit_file, make_exit_file(jail));
  supervision.jail = jail;
  if (exits_with_caller) {
    // Not by a death signal: it would come when the caller's thread exits, not its process, and callers
    // written in Go would lose their VMs.
    supervision.caller = sys::open_pidfd(getppid());
    if (!supervision.caller) return system_error(errno, "watch jailrun's caller");
  }
  // In the background: a caller that reads a pipe to its end must not wait for the VM's.
  if (!exits_with_caller) {
    JR_ASSIGN(supervision.null, sys::open_host("/dev/null", O_RDWR));
  }
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  supervision.signals = UniqueFd(signalfd(-1, &all, SFD_CLOEXEC));
  if (!supervision.signals) return system_error(errno, "watch for signals");
  return supervision;
}

Result<Supervision::Answers> prepare_answers(const FilterAction& action) {
  const FilterAction::Notifications& wanted = *action.filter().notifications;
  if (!sys::can_answer_within(seccomp::kLargestNotification))
    return system_error(errno, "answer system calls, which takes Linux 5.0");
  Supervision::Answers answers;
  int ends[2];
  // A packet or nothing: what the program sends is one descriptor.
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return system_error(errno, "make a socket pair");
  answers.from_program = UniqueFd(ends[0]);
  answers.to_supervisor = UniqueFd(ends[1]);
  answers.noted = UniqueFd(memfd_create("jailrun-noted-calls", MFD_CLOEXEC));
  if (!answers.noted || ftruncate(answers.noted.get(), sizeof(seccomp::NotedCalls)) != 0)
    return system_error(errno, "make memory for the calls that the program makes");
  answers.error_number = wanted.error_number;
  if (wanted.directory != nullptr) answers.directory = wanted.directory->get();
  answers.learned = wanted.learned;
  return answers;
}

Result<void> become_supervisor(const Supervision& supervision, pid_t program) {
  const JailName& jail = supervision.jail;
  std::vector<std::string> words = {supervision.supervisor,
                                    std::to_string(program),
                                    std::to_string(supervision.caller.get()),
                                    std::to_string(supervision.signals.get()),
                                    std::to_string(time(nullptr)),
                                    supervision.exit_file,
                                    supervision.remover,
                                    jail.base,
                                    jail.name,
                                    jail.id,
                                    std::to_string(supervision.times.wall_ms),
                                    std::to_string(supervision.times.grace_ms),
                                    std::to_string(supervision.times.cpu_s),
                                    supervision.has_init ? "1" : "0",
                                    std::to_string(supervision.terminal_relay),
                                    std::to_string(supervision.terminal_own)};
  UniqueFd listener;
  if (supervision.answers) {
    // It was sent before the exec.
    const Supervision::Answers& answers = *supervision.answers;
    listener = UniqueFd(sys::receive_descriptor(answers.from_program.get()));
    words.insert(words.end(),
                 {std::to_string(listener.get()), std::to_string(answers.noted.get()),
                  std::to_string(answers.error_number), std::to_string(answers.directory), answers.learned});
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  for (int stream = 0; stream < 3 && supervision.null; ++stream) dup2(supervision.null.get(), stream);
  char* const no_environment[] = {nullptr};
  // Only now, in a process that the program is not a copy of: with the first it could enter the namespaces of
  // jailrun's caller, and with the second take the signals that are meant for others.
  std::vector<int> watched = {supervision.signals.get()};
  if (supervision.caller) watched.push_back(supervision.caller.get());
  if (supervision.terminal_relay >= 0) watched.push_back(supervision.terminal_relay);
  if (supervision.terminal_own >= 0) watched.push_back(supervision.terminal_own);
  if (listener) watched.insert(watched.end(), {listener.get(), supervision.answers->noted.get()});
  if (listener && supervision.answers->directory >= 0) watched.push_back(supervision.answers->directory);
  const bool has_all = !supervision.answers || listener;
  if (has_all && sys::close_on_exec_all_but(watched)) {
    report_exec();
    execve(supervision.supervisor.c_str(), argv.data(), no_environment);
  }
  const Error error = system_error(errno, "become " + supervision.supervisor);
  kill(program, SIGKILL);  // the caller did not ask for an unsupervised program
  return error;
}

}  // namespace jailrun::core
