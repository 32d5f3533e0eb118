// SPDX-License-Identifier: Apache-2.0
// A volume made larger under a running jail, whose tenant may have put anything in its place.
#include "integration/volumes/volume_fixture.hpp"

#include <filesystem>
#include <string>

namespace jailrun::integration {
namespace {

class VolumeGrowTest : public VolumeTest {
 protected:
  void SetUp() override {
    VolumeTest::SetUp();
    image_ = make_base(scratch("base.img"));
  }
  const std::string& image() const { return image_; }
  std::string disk() const { return root() + "/disk"; }
  std::string file() const { return jail() + "/volumes/disk/image"; }

  // One sentence, and the volume as it was.
  std::string refused(const std::string& name, const std::string& size) const {
    const off_t before = size_of(file());
    const Outcome outcome = grow("jail", name, size);
    EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
    EXPECT_EQ(outcome.err_lines().size(), 1U) << outcome.text();
    EXPECT_EQ(size_of(file()), before);
    return outcome.err;
  }

 private:
  std::string image_;
};

TEST_F(VolumeGrowTest, IsLargerUnderTheSameName) {
  const Jailed jailed = start(with_disk(image()), {"--mark", "/disk:mine"});
  const ino_t inode = status_of(disk()).st_ino;
  const Outcome outcome = grow("jail", "disk", "64M");
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(size_of(disk()), static_cast<off_t>(64 * kMebibyte));
  EXPECT_EQ(status_of(disk()).st_ino, inode);
  EXPECT_EQ(read_file(disk()).substr(0, 4), "mine");
  EXPECT_TRUE(grow("probe/jail", "/disk", "67108864").succeeded());  // as it is already
}

TEST_F(VolumeGrowTest, OfSeveralIsTheOneThatIsNamed) {
  const Jailed jailed =
      start(with({"--volume-way", "copy", "--volume", "a=" + image(), "--volume", "disks/b=" + image()}));
  EXPECT_TRUE(grow("jail", "disks/b", "8M").succeeded());
  EXPECT_EQ(size_of(root() + "/a"), static_cast<off_t>(4 * kMebibyte));
  EXPECT_EQ(size_of(root() + "/disks/b"), static_cast<off_t>(8 * kMebibyte));
}

TEST_F(VolumeGrowTest, ThatIsKeptStaysAsLarge) {
  {
    const Jailed jailed = start(with_disk(image(), "way=copy,keep=yes"));
    EXPECT_TRUE(grow("jail", "disk", "8M").succeeded());
  }
  EXPECT_EQ(start(with_disk(image(), "way=copy,keep=yes"), {"--mark", "/disk:x"}).report("mark"),
            "/disk 8388608 the base");
  std::filesystem::remove_all(base() + "/probe");
}

TEST_F(VolumeGrowTest, NeverGetsSmaller) {
  const Jailed jailed = start(with_disk(image()));
  EXPECT_EQ(refused("disk", "1M"),
            "jailrun: stage volume: 1M is less than the volume's size, 4M: it can only grow\n");
}

TEST_F(VolumeGrowTest, IsOneThatTheJailHas) {
  const Jailed jailed = start(with_disk(image()));
  EXPECT_EQ(refused("disc", "8M"),
            "jailrun: jail jail has nothing of stage volume that takes 'grow disc 8M'; it has /disk\n");
  EXPECT_EQ(
      refused("disk", "large"),
      "jailrun: stage volume: 'large' is not a size: use bytes, or a number with K, M, G or T, such as 8G\n");
  EXPECT_EQ(
      run({runner(), "volume", "shrink", "jail", "disk", "1M"}).err,
      "jailrun: volume: give 'grow [NAME/]ID VOLUME SIZE', as in 'jailrun volume grow web-1 disk.ext4 8G'\n");
}

TEST_F(VolumeGrowTest, IsRefusedWhereTheTenantPutSomethingElse) {
  write_file(scratch("victim"), "the host's");
  const std::string lost = "jailrun: stage volume: /disk in the jail is not the volume any more\n";
  const Jailed jailed = start(with_disk(image()));
  std::filesystem::rename(disk(), root() + "/moved");
  EXPECT_EQ(refused("disk", "8M"), lost);
  std::filesystem::create_symlink(scratch("victim"), disk());
  EXPECT_EQ(refused("disk", "8M"), lost);
  std::filesystem::remove(disk());
  std::filesystem::create_symlink("moved", disk());
  EXPECT_EQ(refused("disk", "8M"), lost);
  std::filesystem::remove(disk());
  std::filesystem::create_hard_link(scratch("victim"), disk());
  EXPECT_EQ(refused("disk", "8M"), lost);
  std::filesystem::remove(disk());
  write_file(disk(), "the tenant's");
  EXPECT_EQ(refused("disk", "8M"), lost);
  EXPECT_EQ(read_file(disk()), "the tenant's");
  EXPECT_EQ(read_file(scratch("victim")), "the host's");
}

TEST_F(VolumeGrowTest, IsRefusedWhereALinkOfTheTenantsIsOnTheWay) {
  std::filesystem::create_directory(scratch("victims"));
  write_file(scratch("victims/disk"), "the host's");
  const Jailed jailed = start(with_disk(image(), "way=copy", "disks/disk"));
  std::filesystem::rename(root() + "/disks", root() + "/moved");
  std::filesystem::create_directory_symlink(scratch("victims"), root() + "/disks");
  const Outcome outcome = grow("jail", "disks/disk", "8M");
  EXPECT_EQ(outcome.err,
            "jailrun: stage volume: in the jail, a symbolic link is on the way to /disks/disk\n");
  EXPECT_EQ(read_file(scratch("victims/disk")), "the host's");
  EXPECT_EQ(size_of(root() + "/moved/disk"), static_cast<off_t>(4 * kMebibyte));
}

}  // namespace
}  // namespace jailrun::integration
