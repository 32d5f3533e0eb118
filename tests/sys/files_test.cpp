// SPDX-License-Identifier: Apache-2.0
#include "core/sys/files.hpp"

#include "core/base/message.hpp"
#include "core/sys/remove_tree.hpp"
#include "tests/support/child.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <ctime>

#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

using core::message;
using tests::exists;
using tests::mode_of;
using tests::read_file;
using tests::TempDirectory;

template <class T>
int errno_of(const Result<T>& result) {
  return result ? 0 : result.error().error_number;
}

class Files : public testing::Test {
 protected:
  Place at(const std::string& leaf) const { return {directory_.open(), leaf}; }
  static Ownership own(uint32_t mode) { return {mode, {geteuid(), getegid()}}; }

  TempDirectory directory_;
};

TEST_F(Files, ANewDirectoryHasExactlyItsModeWhateverTheUmask) {
  if (geteuid() != 0) GTEST_SKIP() << "the jail's directories are made by root";
  const mode_t before = umask(077);
  const Result<MadeDirectory> made = make_directory(at("d"), own(0755));
  umask(before);
  ASSERT_TRUE(made) << message(made.error());
  EXPECT_TRUE(made.value().is_new);
  EXPECT_EQ(mode_of(directory_ / "d"), 0755U);
}

TEST_F(Files, ANewDirectoryIsItsOwners) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  ASSERT_TRUE(make_directory(at("d"), {0700, {1234, 100}}));
  struct stat now {};
  stat((directory_ / "d").c_str(), &now);
  EXPECT_EQ(now.st_uid, 1234U);
  EXPECT_EQ(now.st_gid, 100U);
  EXPECT_EQ(now.st_mode & 07777, 0700U);
}

// What stands where root has just made a directory, and is not root's, was put there by somebody else.
TEST_F(Files, ANewDirectoryThatIsNotRootsIsNotTakenForOurs) {
  EXPECT_EQ(tests::as_ordinary_user([] {
              const TempDirectory directory;
              const auto made = make_directory({directory.open(), "d"}, own(0755));
              return made ? "taken" : message(made.error());
            }),
            "directory d was exchanged while it was made: Operation not permitted");
}

TEST_F(Files, ADirectoryThatStandsIsLeftAsItIs) {
  directory_.directory("d", 0711);
  const Result<MadeDirectory> made = make_directory(at("d"), own(0755));
  ASSERT_TRUE(made);
  EXPECT_FALSE(made.value().is_new);
  EXPECT_EQ(mode_of(directory_ / "d"), 0711U);
}

TEST_F(Files, AFileOrLinkInADirectorysPlaceIsRefused) {
  directory_.file("file");
  directory_.directory("real");
  directory_.link("link", "real");
  directory_.link("dangling", "absent");
  EXPECT_FALSE(make_directory(at("file"), own(0755)));
  EXPECT_FALSE(make_directory(at("link"), own(0755)));
  EXPECT_FALSE(make_directory(at("dangling"), own(0755)));
  EXPECT_FALSE(exists(directory_ / "absent"));
}

TEST_F(Files, ANewFileStandsWhereNothingStood) {
  directory_.file("old", "kept");
  directory_.link("dangling", "absent");
  EXPECT_TRUE(make_file(at("new")));
  EXPECT_EQ(mode_of(directory_ / "new"), 0600U);
  EXPECT_EQ(errno_of(make_file(at("old"))), EEXIST);
  EXPECT_EQ(errno_of(make_file(at("dangling"))), EEXIST);
  EXPECT_EQ(read_file(directory_ / "old"), "kept");
  EXPECT_FALSE(exists(directory_ / "absent"));
}

TEST_F(Files, AFileIsGivenItsMode) {
  const Result<UniqueFd> file = make_file(at("f"));
  ASSERT_TRUE(file);
  EXPECT_TRUE(set_ownership(file.value().get(), own(0444)));
  EXPECT_EQ(mode_of(directory_ / "f"), 0444U);
}

TEST_F(Files, AFileGivenAwayKeepsItsSetIdBits) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const Result<UniqueFd> file = make_file(at("f"));
  ASSERT_TRUE(file);
  EXPECT_TRUE(set_ownership(file.value().get(), {04711, {1234, 100}}));
  EXPECT_EQ(mode_of(directory_ / "f"), 04711U);
}

TEST_F(Files, ACopyHasAllDataAndIsAnotherFile) {
  const std::string content(200000, 'x');
  const UniqueFd from(open(directory_.file("from", content).c_str(), O_RDONLY | O_CLOEXEC));
  const UniqueFd to(open(directory_.file("to").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(copy_data(from.get(), to.get()));
  EXPECT_EQ(read_file(directory_ / "to"), content);
  struct stat one {};
  struct stat other {};
  fstat(from.get(), &one);
  fstat(to.get(), &other);
  EXPECT_NE(one.st_ino, other.st_ino);
}

TEST_F(Files, ACopyBetweenFilesystemsHasAllData) {
  // The kernel's own files can be neither cloned nor copied within the kernel, and show no size.
  const UniqueFd from(open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  const UniqueFd to(open(directory_.file("to").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(copy_data(from.get(), to.get()));
  EXPECT_EQ(read_file(directory_ / "to").substr(0, 5), "Name:");
}

// Three pieces of data with holes before, between and behind them; not aligned to blocks.
TEST_F(Files, ACopyKeepsHoles) {
  constexpr off_t kSize = (64 << 20) + 5;
  const UniqueFd from(open(directory_.file("from").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(ftruncate(from.get(), kSize), 0);
  const std::string piece(70000, 'x');
  for (const off_t at : {off_t{3} << 20, off_t{20} << 20, off_t{63} << 20})
    ASSERT_EQ(pwrite(from.get(), piece.data(), piece.size(), at + 7), static_cast<ssize_t>(piece.size()));
  const UniqueFd to(open(directory_.file("to").c_str(), O_RDWR | O_CLOEXEC));
  const Result<void> copied = copy_data(from.get(), to.get());
  ASSERT_TRUE(copied) << message(copied.error());
  struct stat now {};
  ASSERT_EQ(fstat(to.get(), &now), 0);
  EXPECT_EQ(now.st_size, kSize);
  EXPECT_LT(now.st_blocks * 512, 1 << 20);
  EXPECT_TRUE(read_file(directory_ / "to") == read_file(directory_ / "from"));
}

TEST_F(Files, ACopyOfNothingButAHoleIsOne) {
  const UniqueFd from(open(directory_.file("from").c_str(), O_RDWR | O_CLOEXEC));
  constexpr off_t kSize = off_t{5} << 30;
  ASSERT_EQ(ftruncate(from.get(), kSize), 0);
  const UniqueFd to(open(directory_.file("to").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(copy_data(from.get(), to.get()));
  struct stat now {};
  ASSERT_EQ(fstat(to.get(), &now), 0);
  EXPECT_EQ(now.st_size, kSize);
  EXPECT_EQ(now.st_blocks, 0);
}

// Its size is that of a page, it has no blocks, and its content is shorter.
TEST_F(Files, ACopyOfAFileInSysfsHasItsContentAndNoMore) {
  const UniqueFd from(open("/sys/devices/system/cpu/online", O_RDONLY | O_CLOEXEC));
  if (!from) GTEST_SKIP() << "no sysfs here";
  const UniqueFd to(open(directory_.file("to").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(copy_data(from.get(), to.get()));
  EXPECT_EQ(read_file(directory_ / "to"), read_file("/sys/devices/system/cpu/online"));
}

TEST_F(Files, ANodeHasItsNumberOwnerAndMode) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make device nodes";
  const Result<void> made = make_node(at("null"), S_IFCHR, makedev(1, 3), {0640, {1234, 100}});
  ASSERT_TRUE(made) << message(made.error());
  struct stat now {};
  stat((directory_ / "null").c_str(), &now);
  EXPECT_TRUE(S_ISCHR(now.st_mode));
  EXPECT_EQ(now.st_rdev, makedev(1, 3));
  EXPECT_EQ(now.st_uid, 1234U);
  EXPECT_EQ(now.st_mode & 07777, 0640U);
}

TEST_F(Files, SomethingElseInANodesPlaceIsRefusedAndKept) {
  directory_.file("f", "kept", 0644);
  EXPECT_FALSE(make_node(at("f"), S_IFCHR, makedev(1, 3), own(0600)));
  EXPECT_EQ(read_file(directory_ / "f"), "kept");
  EXPECT_EQ(mode_of(directory_ / "f"), 0644U);
}

TEST_F(Files, RemovingWhatIsNotThereIsFine) {
  EXPECT_TRUE(remove_file(at("absent")));
  EXPECT_TRUE(remove_directory(at("absent")));
  EXPECT_TRUE(remove_tree(at("absent")));
}

TEST_F(Files, ADirectoryThatHoldsSomethingIsNotRemoved) {
  directory_.directory("d");
  directory_.file("d/f");
  EXPECT_EQ(errno_of(remove_directory(at("d"))), ENOTEMPTY);
  EXPECT_TRUE(exists(directory_ / "d/f"));
}

TEST_F(Files, ATreeIsRemovedWhole) {
  directory_.directory("d");
  directory_.directory("d/e");
  directory_.directory("d/e/f");
  for (const char* name : {"d/1", "d/2", "d/e/3", "d/e/f/4"}) directory_.file(name);
  directory_.fifo("d/e/fifo");
  ASSERT_TRUE(remove_tree(at("d")));
  EXPECT_FALSE(exists(directory_ / "d"));
}

TEST_F(Files, ATreesSymbolicLinksAreRemovedAndNotFollowed) {
  directory_.directory("outside");
  directory_.file("outside/kept");
  directory_.directory("d");
  directory_.link("d/to-folder", "../outside");
  directory_.link("d/to-file", "../outside/kept");
  ASSERT_TRUE(remove_tree(at("d")));
  EXPECT_FALSE(exists(directory_ / "d"));
  EXPECT_TRUE(exists(directory_ / "outside/kept"));
}

// A leftover process that works in the tree: what it has open or is in is taken from it.
TEST_F(Files, ATreeInWhichAnOrdinaryUserKeepsBuildingIsRemoved) {
  if (geteuid() != 0) GTEST_SKIP() << "the tree is taken from its owner by root";
  directory_.directory("d");
  chmod((directory_ / "d").c_str(), 0777);
  const pid_t builder = fork();
  if (builder == 0) {
    alarm(60);  // only a removal that follows it for ever gets there
    if (chdir((directory_ / "d").c_str()) != 0 || setuid(65534) != 0) _exit(1);
    for (unsigned number = 0;; ++number) {
      const std::string name = std::to_string(number);
      if (mkdir(name.c_str(), 0777) != 0 && errno != EEXIST) usleep(1000);
      close(open((name + "/file").c_str(), O_CREAT | O_WRONLY, 0666));
    }
  }
  while (!exists(directory_ / "d/50")) usleep(1000);
  const Result<void> removed = remove_tree(at("d"));
  kill(builder, SIGKILL);
  waitpid(builder, nullptr, 0);
  EXPECT_TRUE(removed) << message(removed.error());
  EXPECT_FALSE(exists(directory_ / "d"));
}

TEST_F(Files, ATreeThatAnOrdinaryUserDigsDeeperEndsInRemovalOrARefusal) {
  if (geteuid() != 0) GTEST_SKIP() << "the tree is taken from its owner by root";
  directory_.directory("d");
  chmod((directory_ / "d").c_str(), 0777);
  const pid_t digger = fork();
  if (digger == 0) {
    alarm(60);  // only a removal that follows it for ever gets there
    if (chdir((directory_ / "d").c_str()) != 0 || setuid(65534) != 0) _exit(1);
    for (;;)
      if (mkdir("x", 0777) != 0 || chdir("x") != 0) usleep(1000);
  }
  while (!exists(directory_ / "d/x/x")) usleep(1000);
  const Result<void> removed = remove_tree(at("d"));
  kill(digger, SIGKILL);
  int status = 0;
  waitpid(digger, &status, 0);
  EXPECT_EQ(WTERMSIG(status), SIGKILL) << "the removal has outlasted the digging";
  EXPECT_TRUE(removed || errno_of(removed) == EBUSY) << message(removed.error());
  EXPECT_TRUE(remove_tree(at("d")));
}

TEST_F(Files, ImmutableAndAppendOnlyFilesOfATreeAreRemoved) {
  directory_.directory("d");
  directory_.directory("d/e");
  directory_.file("d/e/f");
  directory_.file("d/g");
  const auto mark = [&](const char* name, int flags) {
    const UniqueFd fd(open((directory_ / name).c_str(), O_RDONLY | O_CLOEXEC));
    return fd && ioctl(fd.get(), FS_IOC_SETFLAGS, &flags) == 0;
  };
  if (!mark("d/e/f", FS_IMMUTABLE_FL)) GTEST_SKIP() << "the filesystem or the caller can't set the flag";
  ASSERT_TRUE(mark("d/g", FS_APPEND_FL) && mark("d/e", FS_APPEND_FL) && mark("d", FS_IMMUTABLE_FL));
  const Result<void> removed = remove_tree(at("d"));
  EXPECT_TRUE(removed) << message(removed.error());
  EXPECT_FALSE(exists(directory_ / "d"));
}

TEST_F(Files, ASymbolicLinkInATreesPlaceIsNotFollowed) {
  directory_.directory("outside");
  directory_.file("outside/kept");
  directory_.link("d", "outside");
  EXPECT_FALSE(remove_tree(at("d")));
  EXPECT_TRUE(exists(directory_ / "outside/kept"));
}

// A tenant can nest directories far deeper than there are descriptors.
TEST_F(Files, ATreeDeeperThanTheDescriptorLimitIsRemoved) {
  constexpr int kDepth = 120;
  std::string path = "d";
  directory_.directory(path);
  for (int i = 0; i < kDepth; ++i) directory_.directory(path += "/d");
  EXPECT_EQ(tests::in_child([&] {
              const UniqueFd first_free(open("/dev/null", O_RDONLY | O_CLOEXEC));
              const rlim_t few = static_cast<rlim_t>(first_free.get()) + 100;
              const rlimit limit = {few, few};
              setrlimit(RLIMIT_NOFILE, &limit);
              const Result<void> removed = remove_tree(at("d"));
              return removed ? "removed" : message(removed.error());
            }),
            "removed");
}

}  // namespace
}  // namespace jailrun::sys
