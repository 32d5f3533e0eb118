// SPDX-License-Identifier: Apache-2.0
#include "core/sys/holder.hpp"

#include <cerrno>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::sys {

Result<Holder> Holder::start(ChildOptions options, const std::function<void(int end)>& work) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return system_error(errno, "make a socket pair");
  UniqueFd mine(ends[0]);
  const UniqueFd its(ends[1]);
  JR_ASSIGN(const pid_t pid, make_child(options));
  if (pid == 0) {
    mine.reset();
    work(its.get());
    _exit(0);
  }
  return Holder(pid, std::move(mine));
}

Holder::~Holder() {
  end_.reset();
  while (pid_ > 0 && waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace jailrun::sys
