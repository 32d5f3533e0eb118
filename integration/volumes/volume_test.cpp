// SPDX-License-Identifier: Apache-2.0
// Writable disks that begin with a base image's data, on each kind of filesystem.
#include "integration/volumes/volume_fixture.hpp"

#include <filesystem>
#include <string>

#include <sys/statvfs.h>

namespace jailrun::integration {
namespace {

class VolumeOnTest : public VolumeTest, public testing::WithParamInterface<const char*> {
 protected:
  std::string kind() const { return GetParam(); }
  bool shares() const { return kind() != "ext4"; }
  // A file, on hosts with device-mapper too.
  std::string way() const { return shares() ? "way=reflink" : "way=copy"; }

  // A file on the filesystem that takes all but this.
  void leave_free(uint64_t size) const {
    struct statvfs now {};
    ASSERT_EQ(statvfs(base().c_str(), &now), 0);
    const int fd = open((base() + "/filler").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    EXPECT_EQ(posix_fallocate(fd, 0, static_cast<off_t>(now.f_bavail * now.f_frsize - size)), 0);
    close(fd);
  }
};

INSTANTIATE_TEST_SUITE_P(Filesystems, VolumeOnTest, testing::Values("ext4", "xfs", "btrfs"),
                         [](const auto& kind) { return std::string(kind.param); });

TEST_P(VolumeOnTest, IsMadeByTheFirstWayThatWorks) {
  const LoopFilesystem filesystem(kind(), base());
  const std::string image = make_base(base() + "/base.img");
  const Jailed jailed =
      start(with({"--volume", "disk=" + image, "--log-level", "info"}), {"--mark", "/disk:mine"});
  EXPECT_EQ(jailed.report("mark"), "/disk 4194304 the base");
  const bool is_snapshot = !shares() && has_device_mapper();
  EXPECT_EQ(S_ISBLK(status_of(root() + "/disk").st_mode), is_snapshot);
}

TEST_P(VolumeOnTest, BeginsWithTheBasesDataAndIsTheJailsToWrite) {
  const LoopFilesystem filesystem(kind(), base());
  const std::string image = make_base(base() + "/base.img");
  const std::string before = digest(image);
  {
    const Jailed jailed =
        start(with_disk(image, way()), {"--mark", "/disk:mine", "--mark", "/disk:mine", "--stat", "/disk"});
    EXPECT_EQ(jailed.report_all("mark"), (Strings{"/disk 4194304 the base", "/disk 4194304 mine"}));
    EXPECT_EQ(jailed.report("stat"), "/disk file 0600 1234:4321 0:0");
  }
  EXPECT_EQ(digest(image), before);
  EXPECT_FALSE(exists(base() + "/probe"));
}

TEST_P(VolumeOnTest, IsNoSecondCopyWhereTheDataCanBeShared) {
  const LoopFilesystem filesystem(kind(), base());
  const std::string image = make_base(base() + "/base.img", 64 * kMebibyte, 256 * kMebibyte);
  const auto free_space = [&] {
    struct statvfs now {};
    sync();
    statvfs(base().c_str(), &now);
    return now.f_bavail * now.f_frsize;
  };
  const uint64_t before = free_space();
  const Jailed jailed = start(with_disk(image, way()));
  const uint64_t taken = before - std::min(before, static_cast<uint64_t>(free_space()));
  if (shares())
    EXPECT_LT(taken, 16 * kMebibyte);
  else
    EXPECT_GE(taken, 64 * kMebibyte);
  // Where it is one, its holes are holes.
  EXPECT_LT(space_of(root() + "/disk"), 66 * kMebibyte);
}

TEST_P(VolumeOnTest, MayBeLargerThanItsBase) {
  const LoopFilesystem filesystem(kind(), base());
  const std::string image = make_base(base() + "/base.img");
  const Jailed jailed = start(with_disk(image, way() + ",size=1G"), {"--mark", "/disk:mine"});
  EXPECT_EQ(jailed.report("mark"), "/disk 1073741824 the base");
  EXPECT_LT(space_of(root() + "/disk"), 2 * kMebibyte);
}

TEST_P(VolumeOnTest, ThatIsCopiedIsWholeAndSparse) {
  const LoopFilesystem filesystem(kind(), base());
  const std::string image = make_base(base() + "/base.img", 3 * kMebibyte, 64 * kMebibyte);
  const Jailed jailed = start(with_disk(image, "way=copy"));
  EXPECT_EQ(digest(root() + "/disk").substr(0, 30), digest(image).substr(0, 30));
  EXPECT_LT(space_of(root() + "/disk"), 4 * kMebibyte);
}

TEST_P(VolumeOnTest, ThatIsKeptIsFoundByTheNextJailOfItsIdAndByNoOther) {
  const LoopFilesystem filesystem(kind(), base());
  const std::string image = make_base(base() + "/base.img");
  const std::string before = digest(image);
  const auto marks = [&](const std::string& id, const std::string& word) {
    Strings options = with_disk(image, way() + ",keep=yes");
    options.insert(options.end(), {"--id", id});
    return start(options, {"--mark", "/disk:" + word}).report("mark");
  };
  EXPECT_EQ(marks("one", "first"), "/disk 4194304 the base");
  EXPECT_EQ(marks("two", "other"), "/disk 4194304 the base");
  EXPECT_EQ(marks("one", "second"), "/disk 4194304 first");
  EXPECT_EQ(marks("one", "third"), "/disk 4194304 second");
  EXPECT_EQ(marks("two", "other"), "/disk 4194304 other");
  EXPECT_EQ(digest(image), before);
  EXPECT_EQ(list(base() + "/probe"), ".volumes-one .volumes-two");
  EXPECT_EQ(describe(kept("one")), "directory 0700 0:0");
  // It does not depend on the base.
  std::filesystem::remove(image);
  EXPECT_EQ(marks("one", "fourth"), "/disk 4194304 third");
}

TEST_P(VolumeOnTest, ThatIsKeptIsAsLargeAsItEverWas) {
  const LoopFilesystem filesystem(kind(), base());
  const std::string image = make_base(base() + "/base.img");
  const auto size = [&](const std::string& words) {
    const Jailed jailed = start(with_disk(image, way() + ",keep=yes" + words), {"--mark", "/disk:x"});
    return jailed.report("mark").substr(6, jailed.report("mark").find(' ', 6) - 6);
  };
  EXPECT_EQ(size(""), "4194304");
  EXPECT_EQ(size(",size=16M"), "16777216");
  EXPECT_EQ(size(",size=8M"), "16777216");
  EXPECT_EQ(size(""), "16777216");
}

TEST_P(VolumeOnTest, OfALaunchThatFailsLeavesNothingKeptOrNot) {
  const LoopFilesystem filesystem(kind(), base());
  const std::string image = make_base(base() + "/base.img");
  const std::string before = digest(image);
  for (const char* words : {"", ",keep=yes"}) {
    Strings options = with_disk(image, way() + words);
    options.insert(options.end(), {"--exec-file", broken_program()});
    refusal(options);
  }
  EXPECT_EQ(digest(image), before);
}

TEST_P(VolumeOnTest, ThatWasKeptOutlivesALaunchThatFails) {
  const LoopFilesystem filesystem(kind(), base());
  const std::string image = make_base(base() + "/base.img");
  const std::string program = scratch("in/probe");
  std::filesystem::create_directory(scratch("in"));
  std::filesystem::copy_file(test_file("probe"), program);
  Strings options = with_disk(image, way() + ",keep=yes");
  options.insert(options.end(), {"--exec-file", program});
  EXPECT_EQ(start(options, {"--mark", "/disk:mine"}).report("mark"), "/disk 4194304 the base");
  std::filesystem::rename(broken_program(), program);
  refusal(options);
  std::filesystem::copy_file(test_file("probe"), program, std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(start(options, {"--mark", "/disk:mine"}).report("mark"), "/disk 4194304 mine");
}

TEST_P(VolumeOnTest, ThatADiskHasNoRoomForLeavesNothing) {
  const LoopFilesystem filesystem(kind(), base());
  const std::string image = make_base(scratch("base.img"), 32 * kMebibyte, 32 * kMebibyte);
  leave_free(16 * kMebibyte);
  const std::string before = digest(image);
  const std::string there = list(base());
  const Outcome outcome = launch(with_disk(image, "way=copy"));
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  EXPECT_EQ(outcome.err,
            "jailrun: call /disk in jail jail: stage volume: copy " + image + ": No space left on device\n");
  EXPECT_EQ(list(base()), there);
  EXPECT_EQ(digest(image), before);
}

TEST_P(VolumeOnTest, IsRefusedInTheNamedWayWhereTheFilesystemHasItNot) {
  const LoopFilesystem filesystem(kind(), base());
  const std::string here = make_base(base() + "/base.img");
  const std::string elsewhere = make_base(scratch("base.img"));
  if (!shares()) {
    EXPECT_EQ(
        refusal(with_disk(here, "way=reflink")),
        "jailrun: call /disk in jail jail: stage volume: way=reflink: the filesystem of the base image " +
            here + " can't share data between files: btrfs and XFS can\n");
  } else {
    EXPECT_EQ(refusal(with_disk(elsewhere, "way=reflink")),
              "jailrun: call /disk in jail jail: stage volume: way=reflink: the base image " + elsewhere +
                  " is not on the filesystem of the jails\n");
  }
}

using VolumePlacesTest = VolumeTest;

TEST_F(VolumePlacesTest, ThereMayBeSeveralInDirectoriesOfTheirOwn) {
  const std::string image = make_base(scratch("base.img"));
  const Jailed jailed = start(
      with({"--volume-way", "copy", "--volume", "a=" + image, "--volume", "/disks/b=" + image + ",size=8M"}),
      {"--mark", "/a:a", "--mark", "/disks/b:b", "--stat", "/disks"});
  EXPECT_EQ(jailed.report_all("mark"), (Strings{"/a 4194304 the base", "/disks/b 8388608 the base"}));
  EXPECT_EQ(jailed.report("stat"), "/disks directory 0700 1234:4321 0:0");
}

TEST_F(VolumePlacesTest, ABaseMayBeGivenByALink) {
  const std::string image = make_base(scratch("base.img"));
  std::filesystem::create_symlink(image, scratch("link"));
  EXPECT_EQ(start(with_disk(scratch("link")), {"--mark", "/disk:x"}).report("mark"),
            "/disk 4194304 the base");
}

TEST_F(VolumePlacesTest, ABaseUnderALoopDeviceThatCanWriteIsRefused) {
  const std::string image = make_base(scratch("base.img"));
  const Outcome attached = run({"losetup", "--find", "--show", image});
  ASSERT_TRUE(attached.succeeded()) << attached.text();
  EXPECT_EQ(refusal(with_disk(image)),
            "jailrun: stage volume: --volume: the base image " + image +
                " is open for writing: stop the program that has it open, or copy the image first\n");
  EXPECT_TRUE(run({"losetup", "--detach", attached.out_lines().front()}).succeeded());
  (void)start(with_disk(image));
}

TEST_F(VolumePlacesTest, ANameThatIsTakenIsRefused) {
  const std::string image = make_base(scratch("base.img"));
  EXPECT_EQ(refusal(with_disk(image, "way=copy", "probe")),
            "jailrun: call /probe in jail jail: stage volume: in the jail, /probe exists already\n");
  write_file(prefill() + "/disk", "a caller's");
  EXPECT_EQ(refusal(with_disk(image)),
            "jailrun: call /disk in jail jail: stage volume: in the jail, /disk exists already\n");
  EXPECT_EQ(read_file(root() + "/disk"), "a caller's");
  remove_prefilled();
}

TEST_F(VolumePlacesTest, ALinkInTheNamesPlaceOrOnItsWayIsRefused) {
  const std::string image = make_base(scratch("base.img"));
  write_file(scratch("victim"), "the host's");
  std::filesystem::create_directory(scratch("directory"));
  std::filesystem::create_symlink(scratch("victim"), prefill() + "/disk");
  EXPECT_NE(refusal(with_disk(image)).find("/disk exists already"), std::string::npos);
  std::filesystem::create_directory_symlink(scratch("directory"), root() + "/disks");
  EXPECT_NE(refusal(with_disk(image, "way=copy", "disks/disk")).find("disks"), std::string::npos);
  EXPECT_EQ(read_file(scratch("victim")), "the host's");
  EXPECT_EQ(list(scratch("directory")), "");
  remove_prefilled();
}

// What a caller filled in stays, and the volume goes.
TEST_F(VolumePlacesTest, AVolumeInACallersRootGoesWithTheJail) {
  const std::string image = make_base(scratch("base.img"));
  write_file(prefill() + "/kernel", "a caller's");
  EXPECT_TRUE(launch(with_disk(image)).succeeded());
  EXPECT_TRUE(exists(root() + "/disk"));
  EXPECT_TRUE(run({runner(), "rm", "--chroot-base-dir", base(), "probe/jail"}).succeeded());
  EXPECT_EQ(list(root()), "kernel");
  remove_prefilled();
}

TEST_F(VolumePlacesTest, AVolumeThatATenantRemovedOrReplacedDoesNotHinderRm) {
  const std::string image = make_base(scratch("base.img"));
  write_file(prefill() + "/kernel", "a caller's");
  EXPECT_TRUE(launch(with_disk(image)).succeeded());
  std::filesystem::remove(root() + "/disk");
  write_file(root() + "/disk", "the tenant's");
  EXPECT_TRUE(run({runner(), "rm", "--chroot-base-dir", base(), "probe/jail"}).succeeded());
  EXPECT_EQ(list(root()), "disk kernel");
  EXPECT_EQ(list(jail()), "root");
  remove_prefilled();
}

}  // namespace
}  // namespace jailrun::integration
