// SPDX-License-Identifier: Apache-2.0
// Host files that can't be what the command line says they are: one sentence, exit 1, and an unchanged host.
#include "integration/support/jail_test.hpp"

#include <stdexcept>

#include <sys/mount.h>
#include <sys/stat.h>

namespace jailrun::integration {
namespace {

class BadFile : public JailTest {
 protected:
  void expect_refusal(const Strings& options, const Strings& named) {
    expect_mentions(refusal(options), named);
  }

  std::string fifo() const {
    const std::string path = scratch("fifo");
    if (mkfifo(path.c_str(), 0755) != 0) throw std::runtime_error("can't make a FIFO");
    return path;
  }
};

// In the tests' own mount namespace.
class Tmpfs {
 public:
  Tmpfs(std::string path, unsigned long flags) : path_(std::move(path)) {
    if (mkdir(path_.c_str(), 0755) != 0 || mount("tmpfs", path_.c_str(), "tmpfs", flags, "mode=0755") != 0)
      throw std::runtime_error("can't mount " + path_);
  }
  Tmpfs(const Tmpfs&) = delete;
  Tmpfs& operator=(const Tmpfs&) = delete;
  ~Tmpfs() { umount2(path_.c_str(), MNT_DETACH); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST_F(BadFile, AnExecFileThatIsMissingIsNamed) {
  expect_refusal({"--exec-file", scratch("missing")}, {"--exec-file", scratch("missing"), "No such file"});
}

TEST_F(BadFile, AnExecFileBehindADanglingLinkIsNamed) {
  ASSERT_EQ(symlink("/nonexistent", scratch("link").c_str()), 0);
  expect_refusal({"--exec-file", scratch("link")}, {"--exec-file", scratch("link"), "No such file"});
}

TEST_F(BadFile, AnExecFileThatIsADirectoryIsNamed) {
  expect_refusal({"--exec-file", base()}, {"--exec-file", base(), "is not a regular file"});
}

TEST_F(BadFile, AnExecFileThatIsNotExecutableIsNamed) {
  write_file(scratch("text"), "words\n");
  expect_refusal({"--exec-file", scratch("text")}, {"--exec-file", scratch("text"), "not executable"});
}

TEST_F(BadFile, AnExecFileThatIsAFifoIsRefusedAtOnce) {
  const std::string path = fifo();
  expect_refusal({"--exec-file", path}, {"--exec-file", path, "is not a regular file"});
}

TEST_F(BadFile, AnEmptyExecFileIsRefused) { expect_refusal({"--exec-file", ""}, {"--exec-file", "empty"}); }

TEST_F(BadFile, ABaseThatIsMissingIsNamed) {
  expect_refusal({"--chroot-base-dir", scratch("missing")},
                 {"--chroot-base-dir", scratch("missing"), "mkdir -p"});
}

TEST_F(BadFile, ABaseThatIsNoDirectoryIsNamed) {
  write_file(scratch("text"), "words\n");
  expect_refusal({"--chroot-base-dir", scratch("text")},
                 {"--chroot-base-dir", scratch("text"), "is not a directory"});
}

TEST_F(BadFile, ABaseMountedNodevIsRefusedBeforeItGivesAnUnusableNode) {
  const Tmpfs mounted(scratch("nodev"), MS_NODEV);
  expect_refusal({"--chroot-base-dir", mounted.path()}, {mounted.path(), "nodev", "/dev/"});
}

TEST_F(BadFile, ABaseMountedNodevWillDoForAJailWithoutDevices) {
  const Tmpfs mounted(scratch("nodev"), MS_NODEV);
  const Outcome outcome = launch({"--chroot-base-dir", mounted.path(), "--device", "none"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
}

TEST_F(BadFile, ABaseMountedNoexecIsRefusedBeforeTheExecFails) {
  const Tmpfs mounted(scratch("noexec"), MS_NOEXEC);
  expect_refusal({"--chroot-base-dir", mounted.path()}, {"--chroot-base-dir", mounted.path(), "noexec"});
}

TEST_F(BadFile, ABaseMountedReadOnlyIsNamed) {
  const Tmpfs mounted(scratch("read-only"), MS_RDONLY);
  expect_refusal({"--chroot-base-dir", mounted.path()}, {mounted.path(), "Read-only file system"});
}

TEST_F(BadFile, ANetnsPathThatIsMissingIsNamed) {
  expect_refusal({"--netns", scratch("missing")}, {"--netns", scratch("missing"), "No such file"});
}

TEST_F(BadFile, ANetnsPathThatIsARegularFileIsNamed) {
  write_file(scratch("text"), "words\n");  // what is left of a namespace once it is unmounted
  expect_refusal({"--netns", scratch("text")}, {"--netns", scratch("text"), "is not a network namespace"});
}

TEST_F(BadFile, ANetnsPathThatIsADirectoryIsNamed) {
  expect_refusal({"--netns", base()}, {"--netns", base(), "is not a network namespace"});
}

TEST_F(BadFile, ANetnsPathThatIsAFifoIsRefusedAtOnce) {
  const std::string path = fifo();
  expect_refusal({"--netns", path}, {"--netns", path, "is not a network namespace"});
}

TEST_F(BadFile, ANamespaceOfAnotherTypeIsNoNetworkNamespace) {
  expect_refusal({"--netns", "/proc/self/ns/uts"},
                 {"--netns", "/proc/self/ns/uts", "is not a network namespace"});
}

TEST_F(BadFile, AnEmptyNetnsPathIsRefused) {
  expect_refusal({"--netns", ""}, {"--netns", "is not a network namespace"});
}

TEST_F(BadFile, ALogFileWhoseDirectoryIsMissingIsNamedAndNotMade) {
  expect_refusal({"--log-file", scratch("missing/log")}, {"--log-file", scratch("missing/log")});
}

TEST_F(BadFile, ALogFileCanBeWrittenByNobodyElse) {
  const Outcome outcome = launch_and_remove({"--log-file", scratch("log")});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(status_of(scratch("log")).st_mode & 022U, 0U) << describe(scratch("log"));
}

TEST_F(BadFile, ALogFileIsNotOpenInTheJail) {
  const Outcome outcome = launch_and_remove({"--log-file", scratch("log")});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(reported(outcome.out, "fd").size(), 3U) << outcome.text();
}

}  // namespace
}  // namespace jailrun::integration
