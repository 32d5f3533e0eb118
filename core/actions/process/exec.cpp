// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/exec.hpp"

#include "core/base/text.hpp"
#include "core/sys/process.hpp"

#include <algorithm>
#include <cerrno>

#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {

std::string ExecAction::object() const {
  std::string text = program_.path;
  if (!program_.jailer_id.empty())
    text +=
        "  --id " + program_.jailer_id + " --start-time-us ? --start-time-cpu-us ? --parent-cpu-time-us ?";
  if (!program_.arguments.empty())
    text += (program_.jailer_id.empty() ? "  " : " ") + joined(program_.arguments, " ");
  if (program_.new_privileges) text += "  (new privileges allowed)";
  if (program_.umask != kUsualUmask) text += "  (umask " + octal(program_.umask) + ")";
  return text;
}

Record ExecAction::record() const {
  Record record;
  record.add("path", program_.path);
  if (!program_.jailer_id.empty()) record.add("id", program_.jailer_id);
  if (program_.new_privileges) record.add("new-privileges", 1);
  if (program_.umask != kUsualUmask) record.add("umask", octal(program_.umask));
  for (const std::string& argument : program_.arguments) record.add("argument", argument);
  for (const std::string& variable : program_.environment) record.add("environment", variable);
  return record;
}

std::vector<std::string> ExecAction::jailer_arguments(const Processes& processes) const {
  // As the jailer gives them: the monotonic clock when the launch began; the CPU clock then of the process
  // that becomes the program, 0 where that is a child; the CPU time that the processes before it have used.
  // So the program's CPU clock now, less the second, with the third, is what the launch has cost in every
  // mode. The first is on the program's clock, and 0 where that had not begun.
  const auto began = static_cast<int64_t>(sys::start_times().monotonic_us) + processes.monotonic_offset_us;
  return {"--id",
          program_.jailer_id,
          "--start-time-us",
          std::to_string(std::max<int64_t>(began, 0)),
          "--start-time-cpu-us",
          std::to_string(processes.start_cpu_us),
          "--parent-cpu-time-us",
          std::to_string(processes.parent_cpu_us)};
}

Error exec_error(const ExecFailure& failure) {
  if (failure.is_listener) return system_error(failure.error_number, "let the supervisor answer its filter");
  if (failure.filter > 0)
    return system_error(failure.error_number, "load its filter " + std::to_string(failure.filter + 1));
  if (failure.filter == 0) return system_error(failure.error_number, "load its filter");
  if (failure.ruleset >= 0) return system_error(failure.error_number, "enforce its landlock rules");
  if (failure.is_landlocked && failure.error_number == EACCES)
    return system_error(
        EACCES, "its landlock rules may not let it, its loader or its interpreter be read and executed");
  if (failure.is_labelled && (failure.error_number == EACCES || failure.error_number == EPERM))
    return system_error(failure.error_number,
                        "its label may not let it be executed, or may not be given under no_new_privs");
  // The file itself has just been made.
  return system_error(failure.error_number,
                      failure.error_number == ENOENT
                          ? "its loader or interpreter is not in the jail, where a bind could put it"
                          : "");
}

Result<void> ExecAction::perform(Launch& launch) {
  std::vector<std::string> words = {program_.path};
  if (!program_.jailer_id.empty())
    for (std::string& word : jailer_arguments(launch.processes)) words.push_back(std::move(word));
  words.insert(words.end(), program_.arguments.begin(), program_.arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<std::string> environment = program_.environment;
  std::vector<char*> envp;
  for (std::string& variable : environment) envp.push_back(variable.data());
  envp.push_back(nullptr);
  // Whatever set-user-ID file or file capability is in the jail: by a bind, a link, or from a client that
  // filled the root. For this thread alone.
  if (!program_.new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return system_error(errno, "set no_new_privs");
  umask(program_.umask);
  return exec_error(
      launch.processes.execute(launch.processes, program_.path.c_str(), argv.data(), envp.data()));
}

}  // namespace jailrun::core
