// SPDX-License-Identifier: Apache-2.0
#include "integration/support/loop_filesystem.hpp"

#include "integration/support/command.hpp"
#include "integration/support/workplace.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

[[noreturn]] void give_up(const std::string& what) {
  throw std::runtime_error("no filesystem on a loop device: " + what + ": " + std::strerror(errno));
}

class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  OpenFile(OpenFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

OpenFile open_or_throw(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) give_up("open " + path);
  return OpenFile(fd);
}

// The image, made and nameless.
OpenFile make_image(const std::string& kind, uint64_t size) {
  std::string path = workplace() + "/image-XXXXXX";
  OpenFile image(mkostemp(path.data(), O_CLOEXEC));
  if (image.get() < 0 || ftruncate(image.get(), static_cast<off_t>(size)) != 0) give_up("make " + path);
  const Outcome made = run({"mkfs." + kind, "-q", path});
  unlink(path.c_str());
  if (!made.succeeded()) throw std::runtime_error("mkfs." + kind + ": " + made.text());
  return image;
}

// Only what is there is copied: the image is sparse.
OpenFile copy_of(int image) {
  std::string path = workplace() + "/image-XXXXXX";
  OpenFile copy(mkostemp(path.data(), O_CLOEXEC));
  if (copy.get() < 0) give_up("make " + path);
  unlink(path.c_str());
  struct stat now {};
  if (fstat(image, &now) != 0 || ftruncate(copy.get(), now.st_size) != 0) give_up("copy an image");
  std::vector<char> piece(1 << 20);
  for (off_t at = 0; (at = lseek(image, at, SEEK_DATA)) >= 0;) {
    const ssize_t count = pread(image, piece.data(), piece.size(), at);
    if (count <= 0 || pwrite(copy.get(), piece.data(), static_cast<size_t>(count), at) != count)
      give_up("copy an image");
    at += count;
  }
  return copy;
}

struct Loop {
  OpenFile device;
  std::string path;
};

// Between asking for a free device and taking it, somebody else may.
Loop attach(int image) {
  const OpenFile control = open_or_throw("/dev/loop-control");
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const int number = ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) give_up("find a free device");
    std::string path = "/dev/loop" + std::to_string(number);
    OpenFile device = open_or_throw(path);
    loop_config config{};
    config.fd = static_cast<uint32_t>(image);
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    if (ioctl(device.get(), LOOP_CONFIGURE, &config) == 0) return {std::move(device), std::move(path)};
    if (errno != EBUSY) give_up("attach " + path);
  }
  give_up("every free device is taken at once");
}

}  // namespace

LoopFilesystem::LoopFilesystem(const std::string& kind, const std::string& directory, uint64_t size)
    : LoopFilesystem(kind, directory, make_image(kind, size).release()) {
  if (chmod(directory_.c_str(), 0755) != 0) give_up("change the mode of " + directory_);
}

LoopFilesystem::LoopFilesystem(const std::string& kind, const std::string& directory, int image)
    : kind_(kind), directory_(directory), image_(image) {
  const Loop loop = attach(image_);
  device_ = loop.path;
  if (mount(device_.c_str(), directory_.c_str(), kind.c_str(), 0, nullptr) != 0)
    give_up("mount " + kind + " at " + directory_);
}

LoopFilesystem LoopFilesystem::after_power_cut() {
  OpenFile copy = copy_of(image_);
  umount2(directory_.c_str(), MNT_DETACH);
  return {kind_, directory_, copy.release()};
}

// Detached: a mount namespace that a launch has left, as the template, may still hold it.
LoopFilesystem::~LoopFilesystem() {
  umount2(directory_.c_str(), MNT_DETACH);
  close(image_);
}

}  // namespace jailrun::integration
