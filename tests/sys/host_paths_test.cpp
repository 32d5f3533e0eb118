// SPDX-License-Identifier: Apache-2.0
#include "core/sys/host_paths.hpp"

#include "core/base/message.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

using core::message;
using tests::TempDirectory;

std::string source(const std::string& path, HostKind kind = HostKind::kRegular) {
  const Result<HostFile> opened = open_host_source(path, kind);
  return opened ? "opened" : message(opened.error());
}

std::string output(const std::string& path) {
  const Result<UniqueFd> opened = open_host_output(path);
  return opened ? "opened" : message(opened.error());
}

TEST(HostPaths, ASourceIsARegularFileAndNothingWaitsForAFifosWriter) {
  const TempDirectory directory;
  EXPECT_EQ(source(directory.file("file")), "opened");
  const std::string fifo = directory.fifo("fifo");
  EXPECT_EQ(source(fifo), fifo + " is not a regular file");
  EXPECT_EQ(source(fifo, HostKind::kRegularOrBlock), fifo + " is neither a regular file nor a block device");
  EXPECT_EQ(source(directory.path()), directory.path() + " is not a regular file");
  EXPECT_EQ(source(directory / "absent"), "open " + (directory / "absent") + ": No such file or directory");
}

TEST(HostPaths, OwnLinksAreFollowedWhereverTheyAre) {
  const TempDirectory directory;
  directory.directory("one");
  directory.file("one/file", "the file's");
  directory.link("directory", "one");
  directory.link("one/relative", "../one/./file");
  directory.link("absolute", directory / "directory/relative");
  for (const char* way : {"directory/file", "one/relative", "absolute", "one/../directory//file"}) {
    const Result<HostFile> opened = open_host_source(directory / way, HostKind::kRegular);
    ASSERT_TRUE(opened) << way << ": " << message(opened.error());
    const Result<HostWalk> walk = HostWalk::to(directory / way);
    ASSERT_TRUE(walk) << way;
    EXPECT_EQ(walk.value().real_path(), directory / "one/file") << way;
  }
  directory.link("loop", "loop");
  EXPECT_EQ(source(directory / "loop"), "open " + (directory / "loop") + ": " + std::strerror(ELOOP));
}

TEST(HostPaths, ALinkOfSomebodyElseIsFollowedNowhere) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make a link that is another user's";
  const TempDirectory directory;
  directory.directory("one");
  directory.file("one/file");
  for (const char* name : {"link", "one/link"}) {
    directory.link(name, name == std::string("link") ? "one" : "file");
    ASSERT_EQ(lchown((directory / name).c_str(), 1234, 1234), 0);
  }
  for (const char* way : {"link/file", "one/link"}) {
    const std::string sentence = source(directory / way);
    EXPECT_NE(sentence.find("is a symbolic link of uid 1234"), std::string::npos) << sentence;
    EXPECT_NE(output(directory / way), "opened");
  }
  EXPECT_NE(output(directory / "link/new"), "opened");
  EXPECT_FALSE(tests::exists(directory / "one/new"));
}

TEST(HostPaths, ASecondNameIsRefusedWhereOthersCanHaveMadeIt) {
  const TempDirectory directory;
  const std::string file = directory.file("file");
  directory.directory("open");
  ASSERT_EQ(::link(file.c_str(), (directory / "open/name").c_str()), 0);
  EXPECT_EQ(source(file), "opened");
  EXPECT_EQ(source(directory / "open/name"), "opened");
  EXPECT_EQ(output(directory / "open/name"), "opened");
  ASSERT_EQ(chmod((directory / "open").c_str(), 0777), 0);
  EXPECT_EQ(source(directory / "open/name").find((directory / "open/name") + " has 2 hard links"), 0U);
  EXPECT_NE(output(directory / "open/name"), "opened");
  ASSERT_EQ(chmod((directory / "open").c_str(), 0755), 0);
  if (geteuid() != 0) return;
  ASSERT_EQ(chown((directory / "open").c_str(), 1234, 1234), 0);
  EXPECT_EQ(source(directory / "open/name").find((directory / "open/name") + " has 2 hard links"), 0U);
  ASSERT_EQ(chown(file.c_str(), 1234, 1234), 0);  // its own file, in its own directory
  EXPECT_EQ(source(directory / "open/name"), "opened");
}

TEST(HostPaths, AnOutputIsMadeForItsOwnerAlone) {
  const TempDirectory directory;
  EXPECT_EQ(output(directory / "log"), "opened");
  EXPECT_EQ(tests::mode_of(directory / "log") & 0137U, 0U);
  EXPECT_NE(output(directory / "absent/log"), "opened");
  directory.link("link", "log");
  EXPECT_EQ(output(directory / "link"), "open " + (directory / "link") + ": " + std::strerror(ELOOP));
  EXPECT_TRUE(open_host_output(directory / "link", HostWalk::LastLink::kFollow));
}

TEST(HostPaths, AnOutputMayBeAFifoThatSomebodyReads) {
  const TempDirectory directory;
  const std::string fifo = directory.fifo("fifo");
  EXPECT_EQ(output(fifo), fifo + " is a FIFO that nobody has open for reading");
  const UniqueFd reader(open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  EXPECT_EQ(output(fifo), "opened");
  EXPECT_EQ(output("/dev/null"), "opened");
  EXPECT_EQ(output("/dev/zero"), "/dev/zero is not a regular file");
}

// A link of /proc is nobody's but the kernel's: it leads to what this process has open.
TEST(HostPaths, OwnDescriptorsCanBeNamed) {
  const TempDirectory directory;
  const UniqueFd file(open(directory.file("file").c_str(), O_WRONLY | O_CLOEXEC));
  EXPECT_EQ(source("/proc/self/fd/" + std::to_string(file.get())), "opened");
  EXPECT_EQ(source("/dev/fd/" + std::to_string(file.get())), "opened");
  EXPECT_EQ(output("/dev/fd/" + std::to_string(file.get())), "opened");
}

}  // namespace
}  // namespace jailrun::sys
