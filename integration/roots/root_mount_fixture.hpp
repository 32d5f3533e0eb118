// SPDX-License-Identifier: Apache-2.0
// What the tests of roots that are mounts share.
#pragma once

#include "integration/support/jail_test.hpp"

#include <filesystem>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace jailrun::integration {

class RootMountTest : public JailTest {
 protected:
  void SetUp() override {
    (void)run({runner(), "rm", "--host", "--reports"});
    JailTest::SetUp();
    std::filesystem::create_directories(image() + "/run");
    std::filesystem::create_directories(image() + "/etc/deep");
    write_file(image() + "/etc/deep/file", "the image's");
    write_file(image() + "/probe", "an older program");
    ASSERT_EQ(chmod((image() + "/etc/deep").c_str(), 0777), 0);
  }

  void TearDown() override {
    (void)run({runner(), "rm", "--host", "--reports"});
    JailTest::TearDown();
  }

  // Shared, as all of a usual host's mounts are.
  void share_base() {
    ASSERT_EQ(mount("tmpfs", base().c_str(), "tmpfs", 0, "mode=0755"), 0);
    ASSERT_EQ(mount(nullptr, base().c_str(), nullptr, MS_SHARED, nullptr), 0);
  }
  void unshare_base() {
    (void)run({runner(), "rm", "--host", "--reports"});
    EXPECT_EQ(umount2(base().c_str(), MNT_DETACH), 0);
  }

  std::string image() const { return scratch("image"); }
  Strings over_image(const Strings& more = {}) const {
    Strings words = {"--pipeline", pipeline("overlay.conf"), "--overlay-lower", image()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  static Strings in_memory(const Strings& more = {}) {
    Strings words = {"--pipeline", pipeline("tmpfs.conf")};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  // How often a mount of jailrun's making is in a mount table.
  static size_t mounts_in(const std::string& table) {
    size_t count = 0;
    for (const std::string& line : split_lines(table)) count += line.find(" jailrun-") != std::string::npos;
    return count;
  }
  static size_t mounts() { return mounts_in(read_file("/proc/self/mountinfo")); }

  // The mount table of a namespace that holds no process.
  static std::string table_of(const std::string& namespace_file) {
    const int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int ends[2] = {-1, -1};
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) {
      const int place = open(namespace_file.c_str(), O_RDONLY | O_CLOEXEC);
      if (setns(place, CLONE_NEWNS) != 0) _exit(1);
      const int table = openat(proc, "thread-self/mountinfo", O_RDONLY | O_CLOEXEC);
      char part[4096];
      for (ssize_t size = 0; (size = read(table, part, sizeof part)) > 0;)
        if (write(ends[1], part, static_cast<size_t>(size)) != size) _exit(1);
      _exit(table < 0 ? 1 : 0);
    }
    close(ends[1]);
    std::string text;
    char part[4096];
    for (ssize_t size = 0; (size = read(ends[0], part, sizeof part)) > 0;)
      text.append(part, static_cast<size_t>(size));
    close(ends[0]);
    close(proc);
    int status = 1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0) << namespace_file;
    return text;
  }
};

}  // namespace jailrun::integration
