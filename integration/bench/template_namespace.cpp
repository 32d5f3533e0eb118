// SPDX-License-Identifier: Apache-2.0
#include "integration/bench/template_namespace.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::integration::bench {
namespace {

constexpr const char* kPlace = "/run";  // in that namespace alone

void must(long result, const char* what) {
  if (result < 0)
    throw std::runtime_error(std::string("template namespace: ") + what + ": " + std::strerror(errno));
}

}  // namespace

TemplateNamespace::TemplateNamespace() {
  const int home = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  must(home, "open the own one");
  must(unshare(CLONE_NEWNS), "make one");
  must(mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr), "make it a slave");
  must(mount("tmpfs", kPlace, "tmpfs", MS_RDONLY, nullptr), "mount an empty directory");
  // Its mounts are what counts: opened before /proc is out of reach.
  fd_ = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  must(fd_, "open it");
  must(chdir(kPlace), "enter the directory");
  must(syscall(SYS_pivot_root, ".", "."), "make it the root");
  must(umount2(".", MNT_DETACH), "unmount all else");
  must(setns(home, CLONE_NEWNS), "leave");
  close(home);
}

TemplateNamespace::~TemplateNamespace() { close(fd_); }

std::string TemplateNamespace::path() const {
  return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd_);
}

}  // namespace jailrun::integration::bench
