// SPDX-License-Identifier: Apache-2.0
// Other programs, and other rights: what a program that was taken over starts next.
#include "integration/escapes/probe/probe.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace escapes {
namespace {

// What has become of a child that executes a program: `told` is closed by that, or has the errno. A filter
// may refuse to wait for it, and then what the program said is not known.
Result result_of(pid_t child, int told) {
  int error = 0;
  const bool has_failed = read(told, &error, sizeof error) == sizeof error;
  close(told);
  int status = 0;
  pid_t ended = -1;
  while ((ended = waitpid(child, &status, 0)) < 0 && errno == EINTR) {
  }
  if (!has_failed && ended < 0) return reached("it can't be waited for");
  if (!has_failed && WIFSIGNALED(status)) return blocked(std::string("SIG") + sigabbrev_np(WTERMSIG(status)));
  if (!has_failed && WEXITSTATUS(status) == 0) return reached();
  errno = has_failed ? error : WEXITSTATUS(status);
  return failed();
}

// Reached where the program was started and said yes, as it does to "nothing"; by a descriptor without a
// path.
Result execute(int at, const char* path, const char* word) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return failed();
  const pid_t child = fork();
  if (child < 0) return failed();
  if (child == 0) {
    char* const arguments[] = {const_cast<char*>(path), const_cast<char*>(word), nullptr};
    char* const environment[] = {nullptr};
    if (*path == '\0')
      fexecve(at, arguments, environment);
    else
      execve(path, arguments, environment);
    const int error = errno;
    (void)!write(ends[1], &error, sizeof error);
    _exit(error);
  }
  close(ends[1]);
  return result_of(child, ends[0]);
}

std::string its_program(const Targets& targets) { return targets.text("program"); }

// From its own file.
bool copy_program(const Targets& targets, int to) {
  const int from = open(its_program(targets).c_str(), O_RDONLY | O_CLOEXEC);
  if (from < 0) return false;
  char buffer[65536];
  ssize_t length = 0;
  while ((length = read(from, buffer, sizeof buffer)) > 0)
    if (write(to, buffer, static_cast<size_t>(length)) != length) return false;
  close(from);
  return length == 0;
}

Result execute_again(const Targets& targets) { return execute(-1, its_program(targets).c_str(), "nothing"); }

Result execute_what_it_wrote(const Targets& targets) {
  const std::string directory = writable_directory();
  if (directory.empty()) return blocked("no directory to write in");
  const std::string file = directory + "/program-" + std::to_string(getpid());
  const int fd = open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0700);
  if (fd < 0) return failed();
  const bool is_copied = copy_program(targets, fd);
  const int error = errno;
  close(fd);
  errno = error;
  const Result result = is_copied ? execute(-1, file.c_str(), "nothing") : failed();
  unlink(file.c_str());
  return result;
}

Result execute_from_memory(const Targets& targets) {
  const int fd = memfd_create("probe", 0);
  if (fd < 0) return failed();
  if (!copy_program(targets, fd)) return failed();
  return execute(fd, "", "nothing");
}

// A copy of the probe that is root's and set-user-ID, which the host's side has put into the root.
Result gain_by_setuid_file(const Targets& targets) {
  struct stat status {};
  const std::string file = targets.text("setuid");
  if (geteuid() == 0) return reached("it is root");
  if (stat(file.c_str(), &status) != 0) return failed();
  return execute(-1, file.c_str(), "whose");
}

Result become_root(const Targets&) { return by(setuid(0)); }

// Its own file, or one beside it, which the next launch or another jail may execute.
Result write_beside_its_program(const Targets& targets) {
  const std::string program = its_program(targets);
  const std::string file = program.substr(0, program.rfind('/')) + "/beside-" + std::to_string(getpid());
  const int fd = open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) return failed();
  close(fd);
  unlink(file.c_str());
  return reached();
}

// A set-user-ID file of the program's own, for whoever else gets to its root.
Result make_setuid_file(const Targets&) {
  const std::string directory = writable_directory();
  if (directory.empty()) return blocked("no directory to write in");
  const std::string file = directory + "/own-" + std::to_string(getpid());
  const int fd = open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0700);
  if (fd < 0) return failed();
  struct stat status {};
  Result result = by(fchmod(fd, 04755));
  if (result.reached && (fstat(fd, &status) != 0 || (status.st_mode & S_ISUID) == 0))
    result = blocked("the bit is not set");
  close(fd);
  unlink(file.c_str());
  return result;
}

}  // namespace

Probes programs() {
  return {{"execute-a-second-program", execute_again},
          {"execute-what-it-wrote", execute_what_it_wrote},
          {"execute-from-memory", execute_from_memory},
          {"gain-rights-by-a-setuid-file", gain_by_setuid_file},
          {"become-root", become_root},
          {"write-beside-its-program", write_beside_its_program},
          {"make-a-setuid-file", make_setuid_file}};
}

}  // namespace escapes
