// SPDX-License-Identifier: Apache-2.0
#include "core/performing/supervision.hpp"

#include "core/base/prefix.hpp"
#include "core/host/host_index.hpp"
#include "core/performing/children.hpp"
#include "core/sys/inheritance.hpp"
#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

#include <cerrno>
#include <ctime>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
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
                                    supervision.has_init ? "1" : "0"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  for (int stream = 0; stream < 3 && supervision.null; ++stream) dup2(supervision.null.get(), stream);
  char* const no_environment[] = {nullptr};
  // Only now, in a process that the program is not a copy of: with the first it could enter the namespaces of
  // jailrun's caller, and with the second take the signals that are meant for others.
  std::vector<int> watched = {supervision.signals.get()};
  if (supervision.caller) watched.push_back(supervision.caller.get());
  if (sys::close_on_exec_all_but(watched)) {
    report_exec();
    execve(supervision.supervisor.c_str(), argv.data(), no_environment);
  }
  const Error error = system_error(errno, "become " + supervision.supervisor);
  kill(program, SIGKILL);  // the caller did not ask for an unsupervised program
  return error;
}

}  // namespace jailrun::core
