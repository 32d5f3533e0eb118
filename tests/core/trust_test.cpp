// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/trust.hpp"

#include "core/base/message.hpp"
#include "tests/support/child.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

using tests::TempDirectory;

std::string with_tmp(std::string text, const std::string& path) {
  for (size_t at = 0; (at = text.find(path, at)) != std::string::npos;) text.replace(at, path.size(), "TMP");
  return text;
}

// Opens what `make` made in a new directory, without privilege; "trusted", or why not.
std::string verdict(const std::function<std::string(const TempDirectory&)>& make) {
  return tests::as_ordinary_user([&] {
    const TempDirectory directory;
    const std::string path = make(directory);
    Trust trust;
    const Result<int> opened = trust.open_file(path);
    return opened ? "trusted" : with_tmp(message(opened.error()), directory.path());
  });
}

constexpr const char* kWritable =
    " is writable by others, who could make jailrun run any code: chmod go-w it";

TEST(Trust, ACallersOwnFileIsTrustedWithoutPrivilege) {
  EXPECT_EQ(verdict([](const TempDirectory& tmp) { return tmp.file("a"); }), "trusted");
}

TEST(Trust, RootsFileIsTrusted) {
  EXPECT_EQ(verdict([](const TempDirectory&) { return "/etc/passwd"; }), "trusted");
}

TEST(Trust, TheDescriptorReadsTheFile) {
  EXPECT_EQ(tests::as_ordinary_user([]() -> std::string {
              const TempDirectory directory;
              Trust trust;
              const Result<int> opened = trust.open_file(directory.file("a", "content"));
              char text[16] = "";
              return opened && pread(opened.value(), text, sizeof text - 1, 0) == 7 ? text : "not read";
            }),
            "content");
}

TEST(Trust, AFileThatItsGroupOrOthersCanWriteIsRefused) {
  EXPECT_EQ(verdict([](const TempDirectory& tmp) { return tmp.file("a", "", 0664); }),
            std::string("TMP/a") + kWritable);
  EXPECT_EQ(verdict([](const TempDirectory& tmp) { return tmp.file("a", "", 0646); }),
            std::string("TMP/a") + kWritable);
}

TEST(Trust, ADirectoryAboveThatItsGroupCanWriteIsRefused) {
  EXPECT_EQ(verdict([](const TempDirectory& tmp) {
              tmp.directory("open", 0775);
              tmp.directory("open/below");
              return tmp.file("open/below/a");
            }),
            std::string("TMP/open") + kWritable);
}

TEST(Trust, AStickyDirectoryMayBeWritable) {
  EXPECT_EQ(verdict([](const TempDirectory& tmp) {
              tmp.directory("sticky", 01777);
              return tmp.file("sticky/a");
            }),
            "trusted");
}

TEST(Trust, ASymbolicLinkIsFollowed) {
  EXPECT_EQ(verdict([](const TempDirectory& tmp) {
              tmp.file("a");
              return tmp.link("link", "a");
            }),
            "trusted");
  EXPECT_EQ(verdict([](const TempDirectory& tmp) {
              tmp.directory("real");
              tmp.file("real/a");
              tmp.link("folder", tmp / "real");
              return tmp / "folder/a";
            }),
            "trusted");
}

TEST(Trust, TheDirectoriesThatALinkLeadsThroughAreJudged) {
  EXPECT_EQ(verdict([](const TempDirectory& tmp) {
              tmp.directory("open", 0777);
              tmp.file("open/a");
              return tmp.link("link", tmp / "open/a");
            }),
            std::string("TMP/open") + kWritable);
  EXPECT_EQ(verdict([](const TempDirectory& tmp) {
              tmp.directory("open", 0777);
              tmp.directory("open/real");
              tmp.file("open/real/a");
              tmp.link("folder", "open/real");
              return tmp / "folder/a";
            }),
            std::string("TMP/open") + kWritable);
}

TEST(Trust, TheDirectoryThatHoldsALinkIsChecked) {
  EXPECT_EQ(verdict([](const TempDirectory& tmp) {
              tmp.file("a");
              tmp.directory("open", 0777);
              return tmp.link("open/link", tmp / "a");
            }),
            std::string("TMP/open") + kWritable);
}

TEST(Trust, ALinkThatLeadsNowhereOrInACircleIsRefused) {
  EXPECT_EQ(verdict([](const TempDirectory& tmp) { return tmp.link("link", "absent"); }),
            "open TMP/link: No such file or directory");
  EXPECT_EQ(verdict([](const TempDirectory& tmp) {
              tmp.link("b", "a");
              return tmp.link("a", "b");
            }),
            "open TMP/a: Too many levels of symbolic links");
}

TEST(Trust, DotDotIsTheParentThatTheKernelKnows) {
  EXPECT_EQ(verdict([](const TempDirectory& tmp) {
              tmp.directory("open", 0777);
              tmp.directory("open/real");
              tmp.file("open/a");
              tmp.link("folder", "open/real");
              return tmp / "folder/../a";  // open/a, not a
            }),
            std::string("TMP/open") + kWritable);
}

TEST(Trust, OnlyARegularFileIsOpenedAndAFifoIsNotWaitedFor) {
  EXPECT_EQ(verdict([](const TempDirectory& tmp) { return tmp.directory("folder"); }),
            "TMP/folder is not a regular file");
  EXPECT_EQ(verdict([](const TempDirectory& tmp) { return tmp.fifo("fifo"); }),
            "TMP/fifo is not a regular file");
}

TEST(Trust, AnAbsentFileIsNamed) {
  EXPECT_EQ(verdict([](const TempDirectory& tmp) { return tmp / "absent"; }),
            "open TMP/absent: No such file or directory");
  EXPECT_EQ(verdict([](const TempDirectory& tmp) { return tmp / "no/file"; }),
            "open TMP/no/file: No such file or directory");
}

TEST(Trust, ARelativePathBeginsAtTheWorkingDirectory) {
  EXPECT_EQ(verdict([](const TempDirectory& tmp) {
              tmp.file("a");
              return chdir(tmp.path().c_str()) == 0 ? "a" : "";
            }),
            "trusted");
}

TEST(Trust, AnotherUsersFileIsRefusedByRoot) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const TempDirectory directory;
  const std::string path = directory.file("a");
  ASSERT_EQ(chown(path.c_str(), 1, 1), 0);
  Trust trust;
  const Result<int> opened = trust.open_file(path);
  ASSERT_FALSE(opened);
  EXPECT_EQ(message(opened.error()),
            path + " is owned by uid 1, who could make jailrun run any code: it must be owned by root");
}

TEST(Trust, AFileInAnotherUsersDirectoryIsRefusedByRoot) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  const TempDirectory directory;
  const std::string folder = directory.directory("folder");
  const std::string path = directory.file("folder/a");
  ASSERT_EQ(chown(folder.c_str(), 1, 1), 0);
  Trust trust;
  EXPECT_FALSE(trust.open_file(path));
}

// In a sticky directory anybody can make a link, and change where it leads between two looks at it.
// The kernel does not follow such links either (fs.protected_symlinks), but here it is not the
// kernel that follows.
TEST(Trust, AnotherUsersLinkInAStickyDirectoryIsRefusedByRoot) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a link away";
  const TempDirectory directory;
  directory.directory("sticky", 01777);
  const std::string link = directory.link("sticky/link", directory.file("a"));
  ASSERT_EQ(lchown(link.c_str(), 1, 1), 0);
  Trust trust;
  EXPECT_FALSE(trust.open_file(link));
}

}  // namespace
}  // namespace jailrun::core
