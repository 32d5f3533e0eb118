// SPDX-License-Identifier: Apache-2.0
//
// An open file descriptor with one owner. The runner and the stages that ship use it too.
//
//   const jailrun::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
//   if (!file) return jailrun::system_error(errno, path);
#ifndef JAILRUN_UNIQUE_FD_HPP
#define JAILRUN_UNIQUE_FD_HPP

#include <utility>

#include <unistd.h>

namespace jailrun {

// Closes its descriptor when it is destroyed or assigned to. It can be moved, not copied.
class UniqueFd {
 public:
  // Owns nothing.
  UniqueFd() = default;
  // Owns `fd`, the result of open(2) for example. A negative number is a failure: it then owns nothing, and
  // errno is left as it is.
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~UniqueFd() { reset(); }

  // The descriptor, still owned; negative if there is none.
  int get() const { return fd_; }
  // True if it owns a descriptor.
  explicit operator bool() const { return fd_ >= 0; }
  // Gives up ownership: the caller closes what is returned.
  int release() { return std::exchange(fd_, -1); }
  // Closes the descriptor, if there is one.
  void reset() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

}  // namespace jailrun

#endif
