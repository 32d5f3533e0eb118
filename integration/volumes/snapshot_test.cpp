// SPDX-License-Identifier: Apache-2.0
// Volumes that are device-mapper snapshots. Where the kernel has no device-mapper that is what a launch says,
// and the next way is taken; the rest of these tests needs one that has.
#include "integration/sweep/tracer.hpp"
#include "integration/volumes/volume_fixture.hpp"

#include <chrono>
#include <deque>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/syscall.h>

namespace jailrun::integration {
namespace {

class NoDeviceMapperTest : public VolumeTest {
 protected:
  void SetUp() override {
    VolumeTest::SetUp();
    if (has_device_mapper())
      GTEST_SKIP() << "this kernel has device-mapper: VolumeSnapshotTest is run instead";
  }
};

TEST_F(NoDeviceMapperTest, ASnapshotIsRefusedAndSaysWhy) {
  EXPECT_EQ(refusal(with_disk(make_base(scratch("base.img")), "way=snapshot")),
            "jailrun: call /disk in jail jail: stage volume: way=snapshot: no device-mapper: open "
            "/dev/mapper/control: "
            "No such file or directory\n");
}

TEST_F(NoDeviceMapperTest, TheVolumeIsASparseCopy) {
  const LoopFilesystem filesystem("ext4", base());
  const std::string image = make_base(base() + "/base.img", 3 * kMebibyte, 64 * kMebibyte);
  const Jailed jailed = start(with_disk(image, "way=auto"), {"--mark", "/disk:mine"});
  EXPECT_EQ(jailed.report("mark"), "/disk 67108864 the base");
  EXPECT_LT(space_of(root() + "/disk"), 4 * kMebibyte);
}

class VolumeSnapshotTest : public VolumeTest {
 protected:
  void SetUp() override {
    VolumeTest::SetUp();
    if (!has_device_mapper())
      GTEST_SKIP() << "this kernel has no device-mapper (/dev/mapper/control): snapshots are not tested here";
    image_ = make_base(scratch("base.img"), 2 * kMebibyte, 64 * kMebibyte);
    digest_ = digest(image_);
    devices_ = devices();
  }
  void TearDown() override {
    if (!image_.empty()) {
      EXPECT_EQ(digest(image_), digest_) << "the base image has changed";
      EXPECT_EQ(devices_after_udev(), devices_) << "devices are left behind";
    }
    VolumeTest::TearDown();
  }
  const std::string& image() const { return image_; }

  // All of device-mapper's, and the loop devices over a file of this test's.
  static std::string devices() {
    std::string text;
    for (const auto& entry : std::filesystem::directory_iterator("/sys/block")) {
      const std::string name = entry.path().filename();
      if (name.compare(0, 3, "dm-") == 0) text += name + " ";
      // Empty where it is not a loop device over a file, or where it stops being one at this moment.
      std::string file;
      std::getline(std::ifstream(entry.path() / "loop/backing_file"), file);
      if (file.find("jailrun-tests-") != std::string::npos) text += name + " ";
    }
    return text;
  }

  // udev looks into each new device. A loop device that is let go meanwhile is gone when udev closes it.
  std::string devices_after_udev() const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (devices() != devices_ && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return devices();
  }

  // At that place of the jail's volume.
  void write_at(const std::string& disk, off_t at, const std::string& text) const {
    const int fd = open(disk.c_str(), O_RDWR | O_CLOEXEC);
    EXPECT_EQ(pwrite(fd, text.data(), text.size(), at), static_cast<ssize_t>(text.size()))
        << disk << " at " << at;
    EXPECT_EQ(fsync(fd), 0);
    close(fd);
  }
  std::string read_at(const std::string& disk, off_t at, size_t size) const {
    std::string text(size, '?');
    const int fd = open(disk.c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(pread(fd, text.data(), size, at), static_cast<ssize_t>(size)) << disk << " at " << at;
    close(fd);
    return text;
  }
  static off_t device_size(const std::string& disk) {
    const int fd = open(disk.c_str(), O_RDONLY | O_CLOEXEC);
    const off_t size = lseek(fd, 0, SEEK_END);
    close(fd);
    return size;
  }
  static constexpr off_t kMega = static_cast<off_t>(kMebibyte);

 private:
  std::string image_;
  std::string digest_;
  std::string devices_;
};

TEST_F(VolumeSnapshotTest, BeginsWithTheBasesDataAndIsTheJailsToWrite) {
  const Jailed jailed = start(with_disk(image(), "way=snapshot"),
                              {"--mark", "/disk:mine", "--mark", "/disk:mine", "--stat", "/disk"});
  EXPECT_EQ(jailed.report_all("mark"), (Strings{"/disk 67108864 the base", "/disk 67108864 mine"}));
  EXPECT_EQ(jailed.report("stat").rfind("/disk block 0600 1234:4321 ", 0), 0U) << jailed.report("stat");
  EXPECT_EQ(read_at(image(), kMega, 4096), read_at(root() + "/disk", kMega, 4096));
}

TEST_F(VolumeSnapshotTest, IsWritableToItsEndBeyondTheBases) {
  const Jailed jailed = start(with_disk(image(), "way=snapshot,size=96M"));
  const std::string disk = root() + "/disk";
  EXPECT_EQ(device_size(disk), 96 * kMega);
  write_at(disk, 64 * kMega - 4, "across the base's end");
  write_at(disk, 96 * kMega - 4, "last");
  EXPECT_EQ(read_at(disk, 64 * kMega - 4, 21), "across the base's end");
  EXPECT_EQ(read_at(disk, 96 * kMega - 4, 4), "last");
}

TEST_F(VolumeSnapshotTest, GrowsUnderTheSameNameWhileItIsInUse) {
  const Jailed jailed = start(with_disk(image(), "way=snapshot"), {"--mark", "/disk:mine"});
  const std::string disk = root() + "/disk";
  const dev_t number = status_of(disk).st_rdev;
  const int held = open(disk.c_str(), O_RDWR | O_CLOEXEC);
  for (const off_t size : {80, 128, 128}) {
    const Outcome outcome = grow("jail", "disk", std::to_string(size) + "M");
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    EXPECT_EQ(lseek(held, 0, SEEK_END), size * kMega);
    EXPECT_EQ(device_size(disk), size * kMega);
    write_at(disk, size * kMega - 4, "last");
  }
  close(held);
  EXPECT_EQ(status_of(disk).st_rdev, number);
  EXPECT_EQ(read_at(disk, 0, 4), "mine");
  EXPECT_EQ(read_at(disk, 80 * kMega - 4, 4), "last");
  EXPECT_EQ(read_at(disk, kMega, 4096), read_at(image(), kMega, 4096));
  EXPECT_EQ(grow("jail", "disk", "1M").err,
            "jailrun: stage volume: 1M is less than the volume's size, 128M: it can only grow\n");
  std::filesystem::rename(disk, root() + "/moved");
  EXPECT_EQ(grow("jail", "disk", "256M").err,
            "jailrun: stage volume: /disk in the jail is not the volume any more\n");
}

TEST_F(VolumeSnapshotTest, ThatIsKeptIsFoundByTheNextJailOfItsId) {
  const std::string words = "way=snapshot,keep=yes";
  {
    const Jailed jailed = start(with_disk(image(), words), {"--mark", "/disk:first"});
    EXPECT_TRUE(grow("jail", "disk", "80M").succeeded());
    write_at(root() + "/disk", 80 * kMega - 4, "last");
  }
  {
    const Jailed jailed = start(with_disk(image(), words), {"--mark", "/disk:second"});
    EXPECT_EQ(jailed.report("mark"), "/disk 83886080 first");
    EXPECT_EQ(read_at(root() + "/disk", 80 * kMega - 4, 4), "last");
  }
  std::filesystem::remove_all(base() + "/probe");
}

TEST_F(VolumeSnapshotTest, ThatIsKeptIsWorthNothingWithAnotherBase) {
  const std::string other = make_base(scratch("other.img"), kMebibyte, 64 * kMebibyte);
  EXPECT_TRUE(launch_and_remove(with_disk(image(), "way=snapshot,keep=yes")).succeeded());
  EXPECT_NE(refusal(with_disk(other, "way=snapshot,keep=yes")).find("belongs to another base image"),
            std::string::npos);
  std::filesystem::remove_all(base() + "/probe");
}

TEST_F(VolumeSnapshotTest, OfALaunchThatFailsLeavesNothing) {
  Strings options = with_disk(image(), "way=snapshot,size=96M");
  options.insert(options.end(), {"--exec-file", broken_program()});
  refusal(options);
}

TEST_F(VolumeSnapshotTest, OfFiftyJailsAtOnceSeesNothingOfTheOthers) {
  constexpr size_t kJails = 50;
  std::deque<Child> jails;
  for (size_t i = 0; i < kJails; ++i) {
    Strings options = with_disk(image(), "way=snapshot,size=96M");
    const std::string id = "jail-" + std::to_string(i);
    options.insert(options.end(), {"--id", id});
    Command launch = command(options, {"--mark", "/disk:" + id, "--mark", "/disk:" + id, "--sleep"});
    launch.time_limit = std::chrono::minutes(10);  // in an emulated guest, where such kernels are tried
    jails.emplace_back(launch);
  }
  for (size_t i = 0; i < kJails; ++i) {
    EXPECT_TRUE(jails[i].says("end")) << jails[i].wait().text();
    EXPECT_EQ(reported(jails[i].out_so_far(), "mark"),
              (Strings{"/disk 100663296 the base", "/disk 100663296 jail-" + std::to_string(i)}));
  }
  jails.clear();
  EXPECT_TRUE(run({runner(), "rm", "--all-dead", "--chroot-base-dir", base()}).succeeded());
  EXPECT_FALSE(exists(base() + "/probe"));
}

TEST_F(VolumeSnapshotTest, KilledAtAnyMomentLeavesNothing) {
  const Strings argv = command(with_disk(image(), "way=snapshot,size=96M")).argv;
  size_t reached = 0;
  for (const long call : {SYS_ioctl, SYS_mknodat, SYS_fchownat, SYS_ftruncate, SYS_renameat2}) {
    for (size_t nth = 1; nth <= 40; ++nth) {
      const sweep::Fault fault = {{0, sweep::find_call(call), nth}, sweep::FaultKind::kKillAll};
      const bool is_reached = sweep::run_traced(argv, fault).reached;
      (void)run({runner(), "rm", "--all-dead", "--chroot-base-dir", base()});
      EXPECT_EQ(list(base()), "") << fault.site.call->name << " " << nth;
      if (!is_reached) break;
      ++reached;
    }
  }
  EXPECT_GT(reached, 20U);
}

}  // namespace
}  // namespace jailrun::integration
