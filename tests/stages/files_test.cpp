// SPDX-License-Identifier: Apache-2.0
#include "plugins/files/file_option.hpp"
#include "tests/support/mounted_as.hpp"
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace jailrun::tests {
namespace {

// "SOURCE -> TARGET way mode uid:gid", or what is wrong.
std::string parsed(const std::string& text) {
  const Result<jailrun_stages::FileOption> file = jailrun_stages::parse_file_option(text);
  if (!file) return file.error().sentence;
  const auto& it = file.value();
  return it.source + " -> " + it.target + (it.method.empty() ? "" : " " + it.method) +
         (it.mode ? " " + std::to_string(*it.mode) : "") +
         (it.owner ? " " + std::to_string(it.owner->uid) + ":" + std::to_string(it.owner->gid) : "") +
         (it.is_jails ? " jail" : "");
}

TEST(FileOption, HasTheSourcesNameInTheRootWhereNoTargetIsGiven) {
  EXPECT_EQ(parsed("/srv/images/vmlinux"), "/srv/images/vmlinux -> /vmlinux");
  EXPECT_EQ(parsed("/srv/images/vmlinux,way=link"), "/srv/images/vmlinux -> /vmlinux link");
}

TEST(FileOption, HasATargetBehindTheFirstColonThatASlashFollows) {
  EXPECT_EQ(parsed("/a/b:/c/d"), "/a/b -> /c/d");
  EXPECT_EQ(parsed("/dev/disk/by-path/pci-0000:00:1f.2:/dev/disk"),
            "/dev/disk/by-path/pci-0000:00:1f.2 -> /dev/disk");
  EXPECT_EQ(parsed("/a:/b:/c"), "/a -> /b:/c");
}

TEST(FileOption, TakesItsWordsInAnyOrder) {
  EXPECT_EQ(parsed("/a:/b,mode=0640,owner=12:34,way=copy"), "/a -> /b copy 416 12:34");
  EXPECT_EQ(parsed("/a:/b,owner=jail,way=reflink"), "/a -> /b reflink jail");
}

TEST(FileOption, TakesWhatABackslashPrecedesAsItIs) {
  EXPECT_EQ(parsed("/a\\,b\\\\c:/d\\,e,way=bind"), "/a,b\\c -> /d,e bind");
  EXPECT_EQ(parsed("/odd\\:/name:/x"), "/odd:/name -> /x");
}

TEST(FileOption, RefusesWhatItCannotRead) {
  EXPECT_EQ(parsed("a:/b"), "'a' is not an absolute path");
  EXPECT_EQ(parsed(""), "'' is not an absolute path");
  EXPECT_EQ(parsed(":/b"), "'' is not an absolute path");
  EXPECT_EQ(parsed("/a/"), "'/a/' names no file");
  EXPECT_EQ(parsed("/a\\"), "'/a\\' ends in a backslash");
  EXPECT_EQ(parsed("/a,b"), "'b' is not one of way=, mode=, owner=; write a comma in a path as \\,");
  EXPECT_EQ(parsed("/a,way"), "'way' is not one of way=, mode=, owner=; write a comma in a path as \\,");
  EXPECT_EQ(parsed("/a,"), "'' is not one of way=, mode=, owner=; write a comma in a path as \\,");
  EXPECT_EQ(parsed("/a,way=symlink"), "'symlink' is not one of reflink, link, bind, copy");
  for (const char* mode : {"", "8", "+1", "-1", "10000", "0x1", "rw", "640 "})
    EXPECT_EQ(parsed("/a,mode=" + std::string(mode)),
              "'" + std::string(mode) + "' is not a mode such as 0640");
  for (const char* mode : {"4755", "02660", "6000"})
    EXPECT_EQ(parsed("/a,mode=" + std::string(mode)),
              "'" + std::string(mode) +
                  "' would make the file set-user-ID or set-group-ID, which no jail may have");
  for (const char* owner :
       {"", "root", "1", ":", "1:", ":1", "1:2:3", "4294967295:0", "0:4294967296", "-1:0"})
    EXPECT_EQ(parsed("/a,owner=" + std::string(owner)),
              "'" + std::string(owner) + "' is not an owner: use UID:GID, or jail for the jail's user");
}

class FilesStage : public testing::Test {
 protected:
  FilesStage() : source_(directory_.file("source", "content", 0640)) {}

  // With the directory as DIR and the runner's ids as ME.
  std::string shown(std::string text) const {
    const std::string as = "mode as source ";
    const std::string me = as + std::to_string(geteuid()) + ":" + std::to_string(getegid());
    for (const auto& [from, to] :
         {std::pair<std::string, std::string>{directory_.path(), "DIR"}, {me, as + "ME"}})
      for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
  }
  static Launch launch() {
    return Launch().pipeline(
        "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[files]\n[drop-privs]\n[exec]\n");
  }
  std::string plan(const std::string& file) const {
    return shown(launch().add("file", file).plan_of("files"));
  }
  std::string plan(const std::string& one, const std::string& other) const {
    return shown(launch().add("file", one).add("file", other).plan_of("files"));
  }
  static std::string refused(const std::string& sentence) {
    return "refused: stage files: --file: " + sentence + "\n";
  }

  TempDirectory directory_;
  std::string source_;
};

TEST_F(FilesStage, PlansNothingWithoutItsOption) { EXPECT_EQ(launch().plan_of("files"), ""); }

TEST_F(FilesStage, GivesEveryWayToAFile) {
  EXPECT_EQ(
      plan(source_ + ":/a/f"),
      "prepare directory /a  0755 0:0\n"
      "prepare copy /a/f  mode as source ME sharing the data of DIR/source  (alternative 1 of 4: reflink)\n"
      "prepare link /a/f  to DIR/source  (alternative 2 of 4: link)\n"
      "prepare write /a/f  0444 0:0  (alternative 3 of 4: bind)\n"
      "prepare take-tree DIR/source  rw,nodev,nosuid  (alternative 3 of 4: bind)\n"
      "prepare copy /a/f  mode as source ME from DIR/source  (alternative 4 of 4: copy)\n"
      "enter bind /a/f  (alternative 3 of 4: bind)\n");
}

TEST_F(FilesStage, GivesAnOwnerOrModeOnlyToAFileOfItsOwn) {
  const std::string ways =
      "prepare copy /f  0600 1234:100 sharing the data of DIR/source  (alternative 1 of 2: reflink)\n"
      "prepare copy /f  0600 1234:100 from DIR/source  (alternative 2 of 2: copy)\n";
  EXPECT_EQ(plan(source_ + ":/f,mode=0600,owner=jail"), ways);
  EXPECT_EQ(plan(source_ + ":/f,mode=600,owner=1234:100"), ways);
  EXPECT_NE(plan(source_ + ":/f,mode=0640").find("link /f"), std::string::npos)
      << "that mode the source has anyway";
}

TEST_F(FilesStage, TakesTheWayThatIsNamed) {
  EXPECT_EQ(plan(source_ + ",way=reflink"),
            "prepare copy /source  mode as source ME sharing the data of DIR/source\n");
  EXPECT_EQ(plan(source_ + ",way=link"), "prepare link /source  to DIR/source\n");
  EXPECT_EQ(plan(source_ + ",way=copy,owner=1:2"),
            "prepare copy /source  mode as source 1:2 from DIR/source\n");
  EXPECT_EQ(plan(source_ + ",way=bind"),
            "prepare write /source  0444 0:0\n"
            "prepare take-tree DIR/source  rw,nodev,nosuid\n"
            "enter bind /source\n");
}

TEST_F(FilesStage, RefusesAnotherOwnerForTheSameFile) {
  for (const std::string way : {"link", "bind"})
    EXPECT_EQ(plan(source_ + ":/f,mode=0600,way=" + way),
              refused("with way=" + way +
                      " /f has the owner and mode of DIR/source; for others use way=copy or way=reflink"));
}

TEST_F(FilesStage, FollowsLinksOnTheHostAndKeepsTheNameThatWasGiven) {
  const std::string link = directory_.link("current", "source");
  EXPECT_EQ(plan(link + ",way=link"), "prepare link /current  to DIR/source\n");
}

TEST_F(FilesStage, MakesANodeOfADevice) {
  EXPECT_EQ(plan("/dev/null:/dev/nothing"),
            "prepare directory /dev  0755 0:0\n"
            "prepare node /dev/nothing  char 1:3 0600 1234:100\n");
  EXPECT_EQ(plan(directory_.link("name-of-a-device", "/dev/null") + ",mode=0666,owner=0:0"),
            "prepare node /name-of-a-device  char 1:3 0666 0:0\n");
  EXPECT_EQ(plan("/dev/null,way=copy"),
            refused("/dev/null is a device, which becomes a node: it can't have way=copy"));
}

TEST_F(FilesStage, RefusesANodeWhereNoneCouldBeOpened) {
  const MountedAs nodev("/usr", ST_NODEV);
  EXPECT_EQ(plan("/dev/null"), refused("/usr is on a filesystem mounted nodev: /null could not be opened in "
                                       "the jail"));
}

TEST_F(FilesStage, RefusesWhatIsNoFile) {
  EXPECT_EQ(plan("/absent"), refused("/absent: No such file or directory"));
  EXPECT_EQ(plan("/absent:b"),
            refused("/absent:b (a target begins with a slash): No such file or directory"));
  EXPECT_EQ(plan(directory_.directory("d")), refused("DIR/d is a directory: name its files, or bind it"));
  EXPECT_EQ(plan(directory_.fifo("fifo")), refused("DIR/fifo is neither a regular file nor a device"));
  EXPECT_EQ(plan(directory_.link("dangling", "absent")), refused("DIR/dangling: No such file or directory"));
}

TEST_F(FilesStage, RefusesATargetThatIsTaken) {
  EXPECT_EQ(plan(source_ + ":/f", "/etc/passwd:/f"), refused("/f is given twice"));
  EXPECT_EQ(plan(source_ + ":/f", "/etc/passwd:/f/g"), refused("/f/g and /f can't both be files"));
  EXPECT_EQ(plan(source_ + ":/vmm"), refused("/vmm: the program is at /vmm"));
  EXPECT_EQ(plan(source_ + ":/vmm/disk"), refused("/vmm/disk: the program is at /vmm"));
  EXPECT_EQ(plan(source_ + ":/vmm2").find("refused"), std::string::npos);
}

TEST_F(FilesStage, RefusesATargetThatLeavesTheJail) {
  for (const char* target : {"/../etc/passwd", "/a/../../b", "/a//b", "/a/.", "/a/"})
    EXPECT_EQ(plan(source_ + ":" + target),
              refused("'" + std::string(target) +
                      "' must be a path in the jail without empty, . or .. components"));
}

}  // namespace
}  // namespace jailrun::tests
