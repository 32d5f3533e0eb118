// SPDX-License-Identifier: Apache-2.0
#include "core/sys/paths.hpp"

#include "tests/support/child.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace jailrun::sys {
namespace {

using tests::TempDirectory;

// From here on this process's kernel has no openat2, as before 5.6.
bool forget_openat2() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),  // the system call's number
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter = {4, program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 &&
         syscall(SYS_openat2, 0, nullptr, nullptr, 0) == -1 && errno == ENOSYS;
}

std::string outcome(const Result<UniqueFd>& opened) {
  return opened ? "opened" : std::strerror(opened.error().error_number);
}
std::string outcome(const Result<Place>& place) {
  return place ? "located" : std::strerror(place.error().error_number);
}

// Each test is done with and without openat2.
class Below : public testing::TestWithParam<bool> {
 protected:
  Below() {
    root_.directory("dir");
    root_.directory("dir/sub");
    root_.file("dir/file", "inside");
    root_.link("to-etc", "/etc");
    root_.link("to-dir", "dir");
    root_.link("dir/to-file", "file");
  }
  static std::string in_this_kernel(const std::function<std::string()>& work) {
    return tests::in_child([&] { return GetParam() || forget_openat2() ? work() : "no seccomp"; });
  }
  std::string open(const std::string& path, int flags = O_RDONLY) const {
    return in_this_kernel([&] { return outcome(open_below(root_.open().get(), path, flags)); });
  }
  std::string locate(const std::string& path) const {
    return in_this_kernel([&] { return outcome(sys::locate(root_.open().get(), path)); });
  }

  TempDirectory root_;
};
INSTANTIATE_TEST_SUITE_P(Paths, Below, testing::Bool(),
                         [](const auto& way) { return way.param ? "WithOpenat2" : "WithoutOpenat2"; });

TEST_P(Below, AFileIsOpened) {
  EXPECT_EQ(open("/dir/file"), "opened");
  EXPECT_EQ(open("dir/file"), "opened");
}

TEST_P(Below, TheRootItselfIsOpened) { EXPECT_EQ(open("/", O_PATH | O_DIRECTORY), "opened"); }

TEST_P(Below, ASymbolicLinkOnTheWayIsRefused) {
  EXPECT_NE(open("/to-etc/passwd"), "opened");
  EXPECT_NE(open("/to-dir/file"), "opened");
}

TEST_P(Below, ASymbolicLinkAtTheEndIsRefused) {
  EXPECT_NE(open("/dir/to-file"), "opened");
  EXPECT_NE(open("/to-dir", O_PATH | O_DIRECTORY), "opened");
}

TEST_P(Below, ASymbolicLinkAtTheEndIsRefusedForADescriptorThatOnlyNamesIt) {
  EXPECT_NE(open("/dir/to-file", O_PATH), "opened");
}

TEST_P(Below, NothingAboveTheRootIsOpened) {
  EXPECT_NE(open("/..", O_PATH | O_DIRECTORY), "opened");
  EXPECT_NE(open("/dir/../../x", O_PATH), "opened");
  EXPECT_NE(open("/dir/../..", O_PATH | O_DIRECTORY), "opened");
}

TEST_P(Below, AnAbsentFileIsAbsent) { EXPECT_EQ(open("/dir/absent"), "No such file or directory"); }

TEST_P(Below, TheDescriptorIsClosedOnExec) {
  EXPECT_EQ(in_this_kernel([&]() -> std::string {
              const Result<UniqueFd> opened = open_below(root_.open().get(), "/dir/file", O_RDONLY);
              return fcntl(opened.value().get(), F_GETFD) == FD_CLOEXEC ? "closed" : "kept";
            }),
            "closed");
}

TEST_P(Below, APlaceIsTheOpenParentAndTheLastName) {
  EXPECT_EQ(in_this_kernel([&] {
              const UniqueFd root = root_.open();
              const Result<Place> place = sys::locate(root.get(), "/dir/sub/new");
              struct stat parent {};
              struct stat sub {};
              fstat(place.value().parent(), &parent);
              stat((root_ / "dir/sub").c_str(), &sub);
              return place.value().leaf + (parent.st_ino == sub.st_ino ? " in sub" : " elsewhere");
            }),
            "new in sub");
}

TEST_P(Below, APlaceInTheRootIsLocated) {
  EXPECT_EQ(in_this_kernel([&] {
              const UniqueFd root = root_.open();
              const Result<Place> place = sys::locate(root.get(), "/new");
              struct stat parent {};
              struct stat top {};
              fstat(place.value().parent(), &parent);
              fstat(root.get(), &top);
              return place.value().leaf + (parent.st_ino == top.st_ino ? " in root" : " elsewhere");
            }),
            "new in root");
}

TEST_P(Below, ALinkPlantedForADirectoryIsRefused) {
  EXPECT_NE(locate("/to-etc/shadow"), "located");
  EXPECT_NE(locate("/to-dir/sub"), "located");
}

TEST_P(Below, APlaceAboveTheRootIsRefused) {
  EXPECT_NE(locate("/../x"), "located");
  EXPECT_NE(locate("/dir/../../x"), "located");
}

// The name is used with the parent's descriptor, by calls that would follow it.
TEST_P(Below, APlaceIsNeverNamedDotDot) {
  EXPECT_NE(locate("/.."), "located");
  EXPECT_NE(locate("/dir/.."), "located");
}

TEST(CleanAbsolute, NamesEachComponent) {
  for (const char* path : {"/a", "/a/b", "/a/..b", "/.a", "/...", "/a b"})
    EXPECT_TRUE(is_clean_absolute(path)) << path;
}

TEST(CleanAbsolute, HasNoEmptyOrDotComponents) {
  for (const char* path : {"", "/", "a", "a/b", "//", "/a/", "//a", "/a//b", "/.", "/..", "/a/.", "/a/..",
                           "/./a", "/../a", "/a/../b"})
    EXPECT_FALSE(is_clean_absolute(path)) << path;
}

TEST(ReadSmall, ReadsAFileWhole) {
  const TempDirectory directory;
  const std::string content(10000, 'x');
  const Result<std::string> read = read_small(directory.file("a", content));
  ASSERT_TRUE(read);
  EXPECT_EQ(read.value(), content);
}

TEST(ReadSmall, RefusesWhatIsLargerThanItsLimit) {
  const TempDirectory directory;
  const std::string path = directory.file("a", std::string(100, 'x'));
  EXPECT_TRUE(read_small(path, 100));
  const Result<std::string> read = read_small(path, 99);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().error_number, EFBIG);
}

TEST(OpenHost, FollowsLinksAndNamesWhatItCanNotOpen) {
  const TempDirectory directory;
  directory.file("a");
  EXPECT_TRUE(open_host(directory.link("link", "a"), O_RDONLY));
  const Result<UniqueFd> absent = open_host("/absent", O_RDONLY);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().sentence, "open /absent");
  EXPECT_EQ(absent.error().error_number, ENOENT);
}

}  // namespace
}  // namespace jailrun::sys
