// SPDX-License-Identifier: Apache-2.0
// Answers the system calls that the program's filter leaves to its supervisor, and notes them. Nothing of the
// program's memory is read, so nothing that it changes meanwhile could make the answer another one.
#pragma once

#include "core/seccomp/noted_calls.hpp"
#include "core/supervisor/text.hpp"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

namespace jailrun::supervisor {

class Notifications {
 public:
  // `listener`: -1 where there is none. `table`: a memory file for seccomp::NotedCalls. `error_number`: what
  // calls fail with; 0: they are made.
  Notifications(int listener, int table, int error_number)
      : listener_(listener), error_number_(error_number) {
    if (listener_ < 0) return;
    void* const mapped =
        mmap(nullptr, sizeof(seccomp::NotedCalls), PROT_READ | PROT_WRITE, MAP_SHARED, table, 0);
    if (mapped != MAP_FAILED) noted_ = static_cast<seccomp::NotedCalls*>(mapped);
    constexpr char kMessage[] = "jailrun: there is no memory to note what the program calls\n";
    if (noted_ == nullptr) (void)!write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
    fcntl(listener_, F_SETFD, FD_CLOEXEC);  // what removes the jail answers nothing
    // From Linux 6.6 on: the two wake each other on one processor, which takes a third of the time.
    constexpr unsigned long kSetFlags = _IOW('!', 4, uint64_t);
    constexpr unsigned long kSyncWakeUp = 1;
    ioctl(listener_, kSetFlags, kSyncWakeUp);
  }

  int descriptor() const { return listener_; }

  // After poll(2): answers one call, so that a program which makes no end of them keeps the supervisor from
  // nothing. Never blocks, as nobody else receives.
  void heed(short events) {
    if ((events & POLLIN) != 0) return answer();
    if (events != 0) end();  // nobody is left who has the filter
  }

  // The kernel lets calls under this filter fail with ENOSYS from now on.
  void end() {
    if (listener_ >= 0) close(listener_);
    listener_ = -1;
  }

 private:
  void answer() {
    memset(request_, 0, sizeof request_);
    memset(response_, 0, sizeof response_);
    auto* const request = reinterpret_cast<seccomp_notif*>(request_);
    auto* const response = reinterpret_cast<seccomp_notif_resp*>(response_);
    // ENOENT where it was killed meanwhile. What goes on for ever is nothing that the kernel does.
    constexpr int kTries = 100;
    if (ioctl(listener_, SECCOMP_IOCTL_NOTIF_RECV, request) != 0) {
      if (errno != ENOENT && ++failures_ > kTries) end();
      return;
    }
    if (noted_ != nullptr) note(*request);
    response->id = request->id;
    if (error_number_ == 0)
      response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    else
      response->error = -error_number_;
    if (has_sent(response)) return;
    // Before Linux 5.5 a call can't be let through. It must not wait for ever.
    response->flags = 0;
    response->error = -ENOSYS;
    if (!has_sent(response)) end();
  }

  // Or nobody waits for it any more.
  bool has_sent(seccomp_notif_resp* response) const {
    for (int tries = 0; tries < 3; ++tries)
      if (ioctl(listener_, SECCOMP_IOCTL_NOTIF_SEND, response) == 0 || errno == ENOENT ||
          errno == EINPROGRESS)
        return true;
    return false;
  }

  void note(const seccomp_notif& request) {
    const uint32_t at = seccomp::noted_index(request.data.arch, static_cast<uint32_t>(request.data.nr));
    if (at == seccomp::kNotNoted) {
      ++noted_->others;
      return;
    }
    seccomp::NotedCall& call = noted_->calls[at];
    call.last = time(nullptr);
    if (call.count == 0) {
      call.first = call.last;
      call.architecture = request.data.arch;
      call.number = static_cast<uint32_t>(request.data.nr);
      call.pid = static_cast<int32_t>(request.pid);
      note_program(call, request.id);
    }
    __atomic_store_n(&call.count, call.count + 1, __ATOMIC_RELEASE);  // a reader sees the rest before it
  }

  // Another process may have the pid by now: then the kernel no longer knows the request.
  void note_program(seccomp::NotedCall& call, uint64_t id) const {
    Text path;
    path.add("/proc/", call.pid).add("/comm");
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    char name[sizeof call.program] = "";
    const ssize_t size = read(fd, name, sizeof name);
    close(fd);
    if (size <= 0 || ioctl(listener_, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) != 0) return;
    name[size - 1] = '\0';  // in the place of its newline
    memcpy(call.program, name, sizeof name);
  }

  int listener_;
  int error_number_;
  seccomp::NotedCalls* noted_ = nullptr;
  int failures_ = 0;
  // As large as some later kernel's structures may become.
  alignas(8) char request_[seccomp::kLargestNotification];
  alignas(8) char response_[seccomp::kLargestNotification];
};

}  // namespace jailrun::supervisor
