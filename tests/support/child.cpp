// SPDX-License-Identifier: Apache-2.0
#include "tests/support/child.hpp"

#include <cerrno>
#include <cstring>
#include <exception>

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::tests {
namespace {

std::string result_of(const std::function<std::string()>& work) {
  try {
    return work();
  } catch (const std::exception& exception) {
    return std::string("thrown: ") + exception.what();
  }
}

std::string read_all(int fd) {
  std::string text;
  char chunk[4096];
  for (ssize_t count = 0; (count = read(fd, chunk, sizeof chunk)) > 0;)
    text.append(chunk, static_cast<size_t>(count));
  return text;
}

}  // namespace

std::string in_child(const std::function<std::string()>& work) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::string("pipe: ") + std::strerror(errno);
  const pid_t child = fork();
  if (child == 0) {
    const std::string result = result_of(work);
    _exit(write(ends[1], result.data(), result.size()) == static_cast<ssize_t>(result.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string result = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return std::string("fork: ") + std::strerror(errno);
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? result : "exit status " + std::to_string(WEXITSTATUS(status));
}

std::string as_ordinary_user(const std::function<std::string()>& work) {
  return in_child([&]() -> std::string {
    constexpr unsigned kNobody = 65534;
    if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setresgid(kNobody, kNobody, kNobody) != 0 ||
                           setresuid(kNobody, kNobody, kNobody) != 0))
      return std::string("can't become an ordinary user: ") + std::strerror(errno);
    prctl(PR_SET_DUMPABLE, 1);  // else the process's own /proc/self/fd would be root's
    return work();
  });
}

}  // namespace jailrun::tests
