// SPDX-License-Identifier: Apache-2.0
#include "integration/support/network.hpp"

#include "integration/support/files.hpp"

#include <stdexcept>
#include <utility>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {

NetworkNamespace::NetworkNamespace(std::string file) : file_(std::move(file)) {
  write_file(file_, "");
  const pid_t pid = fork();
  if (pid == 0) {
    const bool made = unshare(CLONE_NEWNET) == 0 &&
                      mount("/proc/self/ns/net", file_.c_str(), nullptr, MS_BIND, nullptr) == 0;
    _exit(made ? 0 : 1);
  }
  int status = -1;
  waitpid(pid, &status, 0);
  if (status != 0) throw std::runtime_error("can't make a network namespace at " + file_);
}

NetworkNamespace::~NetworkNamespace() {
  umount2(file_.c_str(), MNT_DETACH);
  unlink(file_.c_str());
}

OpenTun::OpenTun(std::string node) : node_(std::move(node)) {
  constexpr unsigned kMajor = 10;
  constexpr unsigned kMinor = 200;
  if (mknod(node_.c_str(), S_IFCHR | 0666, makedev(kMajor, kMinor)) != 0 || chmod(node_.c_str(), 0666) != 0 ||
      mount(node_.c_str(), "/dev/net/tun", nullptr, MS_BIND, nullptr) != 0)
    throw std::runtime_error("can't give all users /dev/net/tun");
}

OpenTun::~OpenTun() {
  umount2("/dev/net/tun", MNT_DETACH);
  unlink(node_.c_str());
}

std::string NetworkNamespace::name() const { return "net:[" + std::to_string(status_of(file_).st_ino) + "]"; }

}  // namespace jailrun::integration
