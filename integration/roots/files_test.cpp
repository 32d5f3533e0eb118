// SPDX-License-Identifier: Apache-2.0
// Host files in the jail, by each way, on filesystems of three kinds.
#include "integration/support/jail_test.hpp"
#include "integration/support/loop_filesystem.hpp"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class FilesTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    write_file(scratch("file"), "the host's");
    ASSERT_EQ(chmod(scratch("file").c_str(), 0640), 0);
    ASSERT_EQ(chown(scratch("file").c_str(), 1, kGid), 0);
  }

  Strings with(const Strings& files) const {
    Strings words = {"--pipeline", pipeline_with("[files]\n", "cgroup-v1")};
    for (const std::string& file : files) words.insert(words.end(), {"--file", file});
    return words;
  }
  // Which alternative the first choice's is, as the ledger says.
  std::string taken() const {
    const std::string text = read_file(jail() + "/ledger");
    const std::string mark = "slot name=jailrun/first-of/1 value=";
    const size_t at = text.find(mark);
    return at == std::string::npos ? ""
                                   : text.substr(at + mark.size(), text.find('\n', at) - at - mark.size());
  }
  std::string in_jail(const Jailed& jailed, const std::string& path) const {
    return "/proc/" + std::to_string(jailed.pid()) + "/root" + path;
  }
};

bool is_same_file(const std::string& one, const std::string& other) {
  const struct stat a = status_of(one);
  const struct stat b = status_of(other);
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// 3 GiB of which 1 MiB is data, in three places.
void make_sparse(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  const std::string data(1 << 18, 'd');
  for (const off_t at : {off_t{0}, off_t{1} << 30, (off_t{5} << 29) + 4096})
    ASSERT_EQ(pwrite(fd, data.data(), data.size(), at), static_cast<ssize_t>(data.size()));
  ASSERT_EQ(ftruncate(fd, off_t{3} << 30), 0);
  close(fd);
}

void expect_sparse(const std::string& path) {
  const struct stat there = status_of(path);
  EXPECT_EQ(there.st_size, off_t{3} << 30);
  EXPECT_LT(there.st_blocks * 512, 8 << 20);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  for (const auto& [at, expected] : {std::pair<off_t, char>{100, 'd'},
                                     {off_t{1} << 29, '\0'},
                                     {off_t{1} << 30, 'd'},
                                     {(off_t{5} << 29) + 5000, 'd'},
                                     {(off_t{3} << 30) - 1, '\0'}}) {
    char byte = 'x';
    EXPECT_EQ(pread(fd, &byte, 1, at), 1);
    EXPECT_EQ(byte, expected) << at;
  }
  close(fd);
}

// Where source and jail are on one filesystem of this kind.
class FilesOn : public FilesTest, public testing::WithParamInterface<const char*> {
 protected:
  bool shares_data() const { return GetParam() != std::string("ext4"); }
  std::string source() const { return base() + "/.images/file"; }
  void make_source() const {
    std::filesystem::create_directory(base() + "/.images");
    write_file(source(), "the host's");
  }
};
INSTANTIATE_TEST_SUITE_P(Kinds, FilesOn, testing::Values("ext4", "xfs", "btrfs"),
                         [](const auto& kind) { return kind.param; });

TEST_P(FilesOn, TheFirstWayThatTheFilesystemHasIsTaken) {
  const LoopFilesystem filesystem(GetParam(), base());
  make_source();
  {
    const Jailed jailed = start(with({source() + ":/deep/file"}));
    EXPECT_EQ(taken(), shares_data() ? "reflink" : "link");
    EXPECT_EQ(is_same_file(root() + "/deep/file", source()), !shares_data());
    EXPECT_EQ(read_file(in_jail(jailed, "/deep/file")), "the host's");
    EXPECT_EQ(describe(root() + "/deep/file"), "file 0644 0:0");
  }
  EXPECT_EQ(read_file(source()), "the host's");
  EXPECT_EQ(status_of(source()).st_nlink, 1U);
}

TEST_P(FilesOn, EachWayCanBeNamed) {
  const LoopFilesystem filesystem(GetParam(), base());
  make_source();
  for (const std::string way : {"reflink", "link", "bind", "copy"}) {
    const Strings options = with({source() + ":/file,way=" + way});
    if (way == "reflink" && !shares_data()) {
      EXPECT_NE(
          refusal(options).find("/file in jail jail: share the data, which btrfs and XFS can, within one "
                                "filesystem: Operation not supported"),
          std::string::npos);
      continue;
    }
    const Jailed jailed = start(options);
    EXPECT_EQ(is_same_file(in_jail(jailed, "/file"), source()), way == "link" || way == "bind") << way;
    EXPECT_EQ(is_same_file(root() + "/file", source()), way == "link") << way;
    EXPECT_EQ(read_file(in_jail(jailed, "/file")), "the host's") << way;
  }
}

TEST_P(FilesOn, HolesStayHolesInACopyFromAnotherFilesystem) {
  make_sparse(scratch("sparse"));
  const LoopFilesystem filesystem(GetParam(), base());
  const Jailed jailed = start(with({scratch("sparse") + ":/sparse,way=copy"}));
  expect_sparse(root() + "/sparse");
}

TEST_P(FilesOn, WhatTheProgramWritesToAFileOfItsOwnTheHostDoesNotSee) {
  const LoopFilesystem filesystem(GetParam(), base());
  make_source();
  const Jailed jailed = start(with({source() + ":/file,owner=jail,mode=0600"}), {"--open", "/file"});
  EXPECT_EQ(jailed.report("open"), "/file yes");
  write_file(in_jail(jailed, "/file"), "the jail's");
  EXPECT_EQ(read_file(source()), "the host's");
}

// All but a few MiB.
void fill(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  off_t filled = 0;
  for (off_t piece = off_t{64} << 20; piece >= off_t{4} << 20;)
    if (posix_fallocate(fd, filled, piece) == 0)
      filled += piece;
    else
      piece /= 2;
  EXPECT_EQ(ftruncate(fd, filled - (off_t{8} << 20)), 0);
  close(fd);
}

TEST_P(FilesOn, ADiskThatIsFullInTheMiddleEndsTheLaunchAndLeavesNothing) {
  write_file(scratch("large"), std::string(24 << 20, 'x'));
  const LoopFilesystem filesystem(GetParam(), base());
  fill(base() + "/.filled");
  const std::string sentence =
      refusal(with({scratch("file") + ":/first", scratch("large") + ":/large,way=copy"}));
  EXPECT_NE(sentence.find("copy /large in jail jail: "), std::string::npos) << sentence;
  EXPECT_NE(sentence.find(": No space left on device"), std::string::npos) << sentence;
}

TEST_F(FilesTest, AFileOnAnotherFilesystemIsBound) {
  const LoopFilesystem filesystem("ext4", base());
  const Jailed jailed = start(with({scratch("file")}), {"--stat", "/file"});
  EXPECT_EQ(taken(), "bind");
  EXPECT_EQ(jailed.report("stat"), "/file file 0640 1:4321 0:0");
  EXPECT_TRUE(is_same_file(in_jail(jailed, "/file"), scratch("file")));
  EXPECT_EQ(status_of(root() + "/file").st_size, 0) << "the host sees the bind through the jail's root";
}

TEST_F(FilesTest, OneThatMustHaveAnotherOwnerIsCopiedThen) {
  const LoopFilesystem filesystem("ext4", base());
  const Jailed jailed = start(with({scratch("file") + ",owner=jail"}), {"--open", "/file"});
  EXPECT_EQ(taken(), "copy");
  EXPECT_EQ(jailed.report("open"), "/file yes");
  EXPECT_EQ(describe(root() + "/file"), "file 0640 1234:4321");
  EXPECT_EQ(describe(scratch("file")), "file 0640 1:4321");
}

TEST_F(FilesTest, ALinkToAnotherFilesystemIsRefused) {
  const LoopFilesystem filesystem("ext4", base());
  EXPECT_NE(
      refusal(with({scratch("file") + ",way=link"}))
          .find("link /file in jail jail: link file to a file on another mount: Invalid cross-device link"),
      std::string::npos);
}

// An immutable file: EPERM, as from a filesystem that has no hard links.
TEST_F(FilesTest, AFileThatCannotBeLinkedComesAnotherWay) {
  if (!run({"chattr", "+i", scratch("file")}).succeeded()) GTEST_SKIP() << "no immutable files here";
  {
    const Jailed jailed = start(with({scratch("file")}));
    EXPECT_NE(taken(), "link");
    EXPECT_EQ(read_file(in_jail(jailed, "/file")), "the host's");
  }
  EXPECT_TRUE(run({"chattr", "-i", scratch("file")}).succeeded());
}

TEST_F(FilesTest, ABlockDeviceBecomesANodeWithItsNumber) {
  std::filesystem::create_directory(scratch("disk"));
  const LoopFilesystem filesystem("ext4", scratch("disk"));
  // As in /dev/mapper: a name that leads to the device.
  std::filesystem::create_symlink(filesystem.device(), scratch("vg-disk"));
  const Jailed jailed = start(with({scratch("vg-disk") + ":/drives/data", filesystem.device()}),
                              {"--stat", "/drives/data", "--open", "/drives/data"});
  const std::string number = filesystem.device().substr(std::string("/dev/loop").size());
  EXPECT_EQ(jailed.report("stat"), "/drives/data block 0600 1234:4321 7:" + number);
  EXPECT_EQ(jailed.report("open"), "/drives/data yes");
  EXPECT_EQ(describe(root() + "/loop" + number), "block 0600 1234:4321");
}

TEST_F(FilesTest, AFileThatAClientHasLinkedBeforeIsFoundAndStays) {
  std::filesystem::create_hard_link(scratch("file"), prefill() + "/file");
  const Jailed jailed = start(with({scratch("file")}), {"--stat", "/file"});
  EXPECT_EQ(jailed.report("stat"), "/file file 0640 1:4321 0:0");
  EXPECT_TRUE(is_same_file(root() + "/file", scratch("file")));
}

TEST_F(FilesTest, TheClientsLinkIsThereAfterTheJail) {
  std::filesystem::create_hard_link(scratch("file"), prefill() + "/file");
  const Outcome outcome = launch(with({scratch("file")}), {"--exit", "0"});
  ASSERT_TRUE(outcome.succeeded()) << outcome.text();
  ASSERT_TRUE(run({runner(), "rm", "--chroot-base-dir", base(), "probe/jail"}).succeeded());
  EXPECT_TRUE(is_same_file(root() + "/file", scratch("file")));
  remove_prefilled();
}

TEST_F(FilesTest, AClientLinksOtherFilesAfterTheStart) {
  const Jailed jailed = start(with({scratch("file") + ":/ours,way=link"}));
  std::filesystem::create_hard_link(scratch("file"), root() + "/theirs");
  EXPECT_TRUE(is_same_file(in_jail(jailed, "/theirs"), in_jail(jailed, "/ours")));
}

TEST_F(FilesTest, AFileThatStandsAtTheTargetIsThereAgainAfterwards) {
  write_file(prefill() + "/file", "a caller's");
  for (const char* way : {"link", "bind", "copy"}) {
    const Outcome outcome = launch(with({scratch("file") + ",way=" + way}), {"--stat", "/file"});
    ASSERT_TRUE(outcome.succeeded()) << outcome.text();
    EXPECT_NE(outcome.out.find("stat /file file 0640 1:4321"), std::string::npos) << outcome.text();
    ASSERT_TRUE(run({runner(), "rm", "--chroot-base-dir", base(), "probe/jail"}).succeeded());
    EXPECT_EQ(read_file(root() + "/file"), "a caller's") << way;
  }
  remove_prefilled();
}

TEST_F(FilesTest, ATargetThroughALinkIsRefused) {
  std::filesystem::create_directory_symlink("/etc", prefill() + "/conf");
  EXPECT_NE(refusal(with({scratch("file") + ":/conf/file"})).find("conf"), std::string::npos);
  std::filesystem::create_symlink("/etc/hostname", root() + "/name");
  EXPECT_NE(refusal(with({scratch("file") + ":/name"}))
                .find("/name exists in the jail and is not a regular file with one link"),
            std::string::npos);
  remove_prefilled();
}

TEST_F(FilesTest, WhatCannotBeIsRefusedInOneSentence) {
  EXPECT_NE(refusal(with({"/absent"})).find("--file: /absent: No such file or directory"), std::string::npos);
  EXPECT_NE(refusal(with({scratch("file"), "/etc/hostname:/file"})).find("--file: /file is given twice"),
            std::string::npos);
  EXPECT_NE(
      refusal(with({scratch("file") + ":/../file"})).find("--file: '/../file' must be a path in the jail"),
      std::string::npos);
  EXPECT_NE(refusal(with({scratch("file") + ":/probe"})).find("the program is at /probe"), std::string::npos);
}

TEST_F(FilesTest, AFailingExecTakesEveryWayBack) {
  const LoopFilesystem filesystem("btrfs", base());
  write_file(base() + "/shared", "the host's");
  Strings options = with({base() + "/shared", base() + "/shared:/linked,way=link",
                          scratch("file") + ":/bound", "/dev/null:/null"});
  options.insert(options.end(), {"--exec-file", broken_program()});
  refusal(options);
  EXPECT_EQ(status_of(base() + "/shared").st_nlink, 1U);
}

}  // namespace
}  // namespace jailrun::integration
