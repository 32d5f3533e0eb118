// SPDX-License-Identifier: Apache-2.0
#include "plugins/volume/device_mapper.hpp"
#include "plugins/volume/job.hpp"
#include "plugins/volume/sizes.hpp"
#include "plugins/volume/snapshot.hpp"
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::tests {
namespace {

constexpr const char* kPipeline =
    "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[volume]\n[drop-privs]\n[exec]\n";

class Volume : public testing::Test {
 protected:
  // Of 4096 bytes.
  std::string base() const { return base_; }
  const TempDirectory& directory() const { return directory_; }

  static Launch launch() { return Launch().pipeline(kPipeline); }
  std::string plan(const std::string& volume) const {
    return launch().add("volume", volume).plan_of("volume");
  }
  std::string refused(const std::string& sentence) const {
    return "refused: stage volume: --volume: " + sentence + "\n";
  }
  std::string planned(const std::string& target, const std::string& how, const std::string& store) const {
    return "prepare call " + target + "  from " + base_ + ", " + how + ", in " + store + "\n";
  }

  static constexpr const char* kStore = "/usr/vmm/web-1/volumes";
  static constexpr const char* kAnyWay = "reflink, else snapshot, else copy";

 private:
  TempDirectory directory_;
  std::string base_ = directory_.file("base.img", std::string(4096, 'x'));
};

TEST_F(Volume, PlansNothingWithoutItsOption) { EXPECT_EQ(launch().plan_of("volume"), ""); }

TEST_F(Volume, IsMadeByWhateverWayWorks) {
  EXPECT_EQ(plan("disk.ext4=" + base()), planned("/disk.ext4", kAnyWay, kStore));
}

TEST_F(Volume, IsMadeByANamedWay) {
  for (const std::string way : {"reflink", "snapshot", "copy"}) {
    EXPECT_EQ(plan("disk=" + base() + ",way=" + way), planned("/disk", way, kStore));
    EXPECT_EQ(launch().add("volume", "disk=" + base()).add("volume-way", way).plan_of("volume"),
              planned("/disk", way, kStore));
  }
}

TEST_F(Volume, MayStandInADirectoryThatIsMade) {
  EXPECT_EQ(plan("/disks/data/1=" + base()),
            "prepare directory /disks  0700 1234:100\n"
            "prepare directory /disks/data  0700 1234:100\n" +
                planned("/disks/data/1", kAnyWay, kStore));
}

TEST_F(Volume, ThatIsKeptStandsBesideTheJail) {
  const std::string kept = planned("/disk", std::string(kAnyWay) + ", kept", "/usr/vmm/.volumes-web-1");
  EXPECT_EQ(plan("disk=" + base() + ",keep=yes"), kept);
  EXPECT_EQ(launch().add("volume", "disk=" + base()).flag("volume-keep").plan_of("volume"), kept);
  EXPECT_EQ(launch().add("volume", "disk=" + base() + ",keep=no").flag("volume-keep").plan_of("volume"),
            planned("/disk", kAnyWay, kStore));
}

TEST_F(Volume, IsAsLargeAsSaid) {
  const std::string large = planned("/disk", std::string(kAnyWay) + ", 8G", kStore);
  EXPECT_EQ(plan("disk=" + base() + ",size=8G"), large);
  EXPECT_EQ(launch().add("volume", "disk=" + base()).add("volume-size", "8G").plan_of("volume"), large);
  EXPECT_EQ(launch().add("volume", "disk=" + base()).add("volume-size", "/disk=8192M").plan_of("volume"),
            large);
}

TEST_F(Volume, HasTheSizeThatIsSaidForAllWhereItSaysNone) {
  const std::string text = launch()
                               .add("volume", "a=" + base() + ",size=1M")
                               .add("volume", "b=" + base())
                               .add("volume-size", "2M")
                               .plan_of("volume");
  EXPECT_EQ(text, planned("/a", std::string(kAnyWay) + ", 1M", kStore) +
                      planned("/b", std::string(kAnyWay) + ", 2M", kStore));
}

TEST_F(Volume, RefusesASizeBelowItsBases) {
  EXPECT_EQ(plan("disk=" + base() + ",size=4095"),
            refused("a size of 4095 bytes is less than that of the base image " + base() + ", 4K"));
}

TEST_F(Volume, RefusesASizeForAVolumeThatIsNone) {
  EXPECT_EQ(launch().add("volume", "disk=" + base()).add("volume-size", "disc=8G").plan_of("volume"),
            "refused: stage volume: --volume-size: there is no volume 'disc'\n");
}

TEST_F(Volume, RefusesABaseThatIsNoImage) {
  EXPECT_EQ(plan("disk=/absent"), refused("the base image /absent: No such file or directory"));
  EXPECT_EQ(plan("disk=/dev/null"), refused("the base image /dev/null is not a regular file"));
  EXPECT_EQ(plan("disk=/usr"), refused("the base image /usr is not a regular file"));
  const std::string empty = directory().file("empty", "");
  EXPECT_EQ(plan("disk=" + empty), refused("the base image " + empty + " is empty"));
  EXPECT_EQ(plan("disk=base.img"), refused("'base.img' is not an absolute path"));
}

TEST_F(Volume, RefusesABaseThatIsOpenForWriting) {
  const int fd = open(base().c_str(), O_RDWR | O_CLOEXEC);
  EXPECT_EQ(plan("disk=" + base()),
            refused("the base image " + base() +
                    " is open for writing: stop the program that has it open, or copy the image first"));
  close(fd);
  EXPECT_EQ(plan("disk=" + base()), planned("/disk", kAnyWay, kStore));
}

TEST_F(Volume, RefusesAPlaceOutsideTheJail) {
  for (const char* name : {"../disk", "/../disk", "/a/../disk", "a/./disk", "/a//disk", "/", "disk/"})
    EXPECT_EQ(plan(name + ("=" + base())),
              refused("'" + std::string(name) + "' is not a path inside the jail's root"));
  const std::string longest(256, 'x');
  EXPECT_EQ(plan(longest + "=" + base()), refused("'" + longest + "' is too long for a volume's name"));
}

TEST_F(Volume, RefusesTheSamePlaceTwice) {
  EXPECT_EQ(launch().add("volume", "disk=" + base()).add("volume", "/disk=" + base()).plan_of("volume"),
            refused("/disk is given twice"));
}

TEST_F(Volume, RefusesWordsThatItDoesNotKnow) {
  EXPECT_EQ(plan("disk"), refused("'disk' is not NAME=BASE[,WORDS]"));
  EXPECT_EQ(plan("=" + base()), refused("'=" + base() + "' is not NAME=BASE[,WORDS]"));
  EXPECT_EQ(plan("disk=" + base() + ",ro"),
            refused("'ro' is not one of size=SIZE, way=METHOD, keep=yes, keep=no"));
  EXPECT_EQ(plan("disk=" + base() + ",way=link"),
            refused("'link' is not one of auto, reflink, snapshot, copy"));
  EXPECT_EQ(plan("disk=" + base() + ",keep"), refused("'' is neither yes nor no"));
  EXPECT_EQ(launch().add("volume-way", "fast").plan_of("volume"),
            "refused: stage volume: --volume-way: 'fast' is not one of auto, reflink, snapshot, copy\n");
}

TEST(VolumeSize, IsReadInBytesOrUnits) {
  const auto size = [](const char* text) { return volume::parse_size(text).value(); };
  EXPECT_EQ(size("1"), 1U);
  EXPECT_EQ(size("4096"), 4096U);
  EXPECT_EQ(size("1K"), 1024U);
  EXPECT_EQ(size("3M"), 3U << 20);
  EXPECT_EQ(size("2G"), 2ULL << 30);
  EXPECT_EQ(size("5T"), 5ULL << 40);
  EXPECT_EQ(size("9223372036854775807"), static_cast<uint64_t>(INT64_MAX));
}

TEST(VolumeSize, IsRefusedWhereItIsNone) {
  for (const char* text : {"", "0", "0G", "G", "-1", "+1", " 1", "1 ", "1g", "1GB", "1.5G", "0x10",
                           "9223372036854775808", "8388608T", "99999999999999999999999"})
    EXPECT_FALSE(volume::parse_size(text)) << text;
}

TEST(VolumeSize, IsShownInTheLargestUnitThatIsExact) {
  EXPECT_EQ(volume::show_size(512), "512 bytes");
  EXPECT_EQ(volume::show_size(1025), "1025 bytes");
  EXPECT_EQ(volume::show_size(1536), "1536 bytes");
  EXPECT_EQ(volume::show_size(2ULL << 30), "2G");
  EXPECT_EQ(volume::show_size(2048ULL << 40), "2048T");
}

TEST(VolumePayload, IsReadBackAsItWasWritten) {
  volume::Job job;
  job.target = "/disks/with = and , and\nnewline";
  job.base = "/images/base.ext4";
  job.root = "/srv/jailer/vmm/web-1/root";
  job.store = "/srv/jailer/vmm/.volumes-web-1";
  job.size = 8ULL << 30;
  job.method = volume::Method::kSnapshot;
  job.keep = true;
  job.owner = {4294967294U, 5};
  job.index = 7;
  volume::Job back;
  ASSERT_TRUE(volume::decode(volume::encode(job), back));
  EXPECT_EQ(volume::encode(back), volume::encode(job));
  EXPECT_EQ(back.target, job.target);
  EXPECT_EQ(back.size, job.size);
  EXPECT_EQ(back.method, job.method);
  EXPECT_TRUE(back.keep);
  EXPECT_EQ(back.owner.uid, 4294967294U);
}

TEST(VolumePayload, OfAnotherFormIsRefused) {
  volume::Job job;
  EXPECT_FALSE(volume::decode("", job));
  EXPECT_FALSE(volume::decode("/disk", job));
  job.target = "/disk";
  const std::string whole = volume::encode(job);
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(volume::decode(std::string_view(whole).substr(0, length), job)) << length;
  EXPECT_FALSE(volume::decode(whole + "more", job));
}

TEST(VolumeStore, HasADirectoryOfItsOwnForEachTarget) {
  EXPECT_EQ(volume::directory_name("/disk.ext4"), "disk.ext4");
  EXPECT_EQ(volume::directory_name("/disks/data"), "disks%2Fdata");
  EXPECT_EQ(volume::directory_name("/disks%2Fdata"), "disks%252Fdata");
}

}  // namespace
}  // namespace jailrun::tests
