// SPDX-License-Identifier: Apache-2.0
// The fixture of the tests of the stage `volume`.
#pragma once

#include "integration/support/jail_test.hpp"
#include "integration/support/loop_filesystem.hpp"

#include <cerrno>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {

constexpr uint64_t kMebibyte = 1ULL << 20;

class VolumeTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    pipeline_ = pipeline_with("[volume]\n", "cgroup-v1");
  }

  // default.conf with the stage, and these options.
  Strings with(const Strings& options) const {
    Strings words = {"--pipeline", pipeline_};
    words.insert(words.end(), options.begin(), options.end());
    return words;
  }
  Strings with_disk(const std::string& base, const std::string& words = "way=copy",
                    const std::string& name = "disk") const {
    return with({"--volume", name + "=" + base + "," + words});
  }

  // An image that begins with "the base", has that many bytes of data, each block unlike the others, and
  // then a hole.
  static std::string make_base(const std::string& path, uint64_t data = kMebibyte,
                               uint64_t size = 4 * kMebibyte) {
    const int fd = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    std::vector<uint64_t> block(kMebibyte / sizeof(uint64_t));
    uint64_t number = 88172645463325252ULL;
    for (uint64_t at = 0; at < data; at += kMebibyte) {
      for (uint64_t& word : block) {  // xorshift: nothing that a filesystem could make smaller
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        word = number;
      }
      if (pwrite(fd, block.data(), kMebibyte, static_cast<off_t>(at)) < 0)
        throw std::runtime_error("write " + path);
    }
    if (pwrite(fd, "the base", 9, 0) != 9 || ftruncate(fd, static_cast<off_t>(size)) != 0 || fsync(fd) != 0)
      throw std::runtime_error("make " + path);
    close(fd);
    return path;
  }

  // What a file holds, and when it was last written.
  static std::string digest(const std::string& path) {
    const struct stat now = status_of(path);
    return content_hash(path) + " " + std::to_string(now.st_size) + " " + std::to_string(now.st_mtim.tv_sec) +
           "." + std::to_string(now.st_mtim.tv_nsec);
  }

  Outcome grow(const std::string& jail, const std::string& name, const std::string& size) const {
    return run({runner(), "volume", "grow", "--chroot-base-dir", base(), jail, name, size});
  }
  std::string kept(const std::string& id = "jail") const { return base() + "/probe/.volumes-" + id; }

 private:
  std::string pipeline_;
};

// Whether a snapshot can be had on this host.
inline bool has_device_mapper() { return exists("/dev/mapper/control"); }

inline off_t size_of(const std::string& path) { return status_of(path).st_size; }
// What it takes on disk.
inline uint64_t space_of(const std::string& path) {
  return static_cast<uint64_t>(status_of(path).st_blocks) * 512;
}

}  // namespace jailrun::integration
