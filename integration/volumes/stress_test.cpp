// SPDX-License-Identifier: Apache-2.0
// Volumes under load and accident: fifty from one base at once, and launches killed at any moment.
#include "integration/sweep/tracer.hpp"
#include "integration/volumes/volume_fixture.hpp"

#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

constexpr uint64_t kTwoGibibytes = 2048 * kMebibyte;

class VolumeStressTest : public VolumeTest, public testing::WithParamInterface<const char*> {
 protected:
  std::string way() const { return std::string(GetParam()) == "ext4" ? "way=copy" : "way=reflink"; }
};

INSTANTIATE_TEST_SUITE_P(Filesystems, VolumeStressTest, testing::Values("ext4", "xfs", "btrfs"),
                         [](const auto& kind) { return std::string(kind.param); });

TEST_P(VolumeStressTest, FiftyJailsFromOneBaseSeeNothingOfEachOther) {
  constexpr size_t kJails = 50;
  const LoopFilesystem filesystem(GetParam(), base(), 1024 * kMebibyte);
  const std::string image = make_base(base() + "/base.img", 8 * kMebibyte, kTwoGibibytes);
  const std::string before = digest(image);
  const auto id = [](size_t i) { return "jail-" + std::to_string(i); };
  std::deque<Child> jails;
  for (size_t i = 0; i < kJails; ++i) {
    Strings options = with_disk(image, way());
    options.insert(options.end(), {"--id", id(i)});
    // The second time it reads what it has written itself, while all the others write too.
    jails.emplace_back(command(options, {"--mark", "/disk:" + id(i), "--mark", "/disk:" + id(i), "--sleep"}));
  }
  for (size_t i = 0; i < kJails; ++i) {
    EXPECT_TRUE(jails[i].says("end")) << jails[i].wait().text();
    EXPECT_EQ(reported(jails[i].out_so_far(), "mark"),
              (Strings{"/disk 2147483648 the base", "/disk 2147483648 " + id(i)}));
  }
  for (size_t i = 0; i < kJails; ++i) {
    const int fd = open((root(id(i)) + "/disk").c_str(), O_RDONLY | O_CLOEXEC);
    char now[16] = "";
    EXPECT_GT(read(fd, now, sizeof now - 1), 0);
    close(fd);
    EXPECT_EQ(now, id(i));
  }
  EXPECT_EQ(digest(image), before);
  jails.clear();
  EXPECT_TRUE(run({runner(), "rm", "--all-dead", "--chroot-base-dir", base()}).succeeded());
  EXPECT_FALSE(exists(base() + "/probe"));
  EXPECT_EQ(digest(image), before);
}

// At each of the calls by which a volume comes to be.
TEST_P(VolumeStressTest, KilledAtAnyMomentLeavesNothing) {
  const LoopFilesystem filesystem(GetParam(), base());
  const std::string image = make_base(base() + "/base.img", 2 * kMebibyte, 8 * kMebibyte);
  const std::string before = digest(image);
  const std::string there = list(base());
  size_t reached = 0;
  for (const char* words : {"", ",keep=yes"}) {
    const Strings argv = command(with_disk(image, way() + words + ",size=16M")).argv;
    for (const long call :
         {SYS_ioctl, SYS_pwrite64, SYS_pread64, SYS_lseek, SYS_fcntl, SYS_mkdirat, SYS_mkdir, SYS_linkat,
          SYS_ftruncate, SYS_fchown, SYS_fchmod, SYS_renameat2, SYS_unlinkat}) {
      for (size_t nth = 1; nth <= 4; ++nth) {
        const sweep::Call* const known = sweep::find_call(call);
        ASSERT_NE(known, nullptr) << call;
        const sweep::TraceResult traced =
            sweep::run_traced(argv, sweep::Fault{{0, known, nth}, sweep::FaultKind::kKillAll});
        if (traced.reached) ++reached;
        (void)run({runner(), "rm", "--all-dead", "--chroot-base-dir", base()});
        if (*words != '\0') std::filesystem::remove_all(base() + "/probe");  // what is kept by then, is kept
        EXPECT_EQ(list(base()), there) << known->name << " " << nth;
        if (!traced.reached) break;
      }
    }
  }
  EXPECT_GT(reached, 20U);
  EXPECT_EQ(digest(image), before);
}

// What makes it quick, without a clock: no data is copied.
TEST_F(VolumeTest, ThatSharesALargeImageTakesNoSpaceAtItsStart) {
  const LoopFilesystem filesystem("xfs", base(), 1024 * kMebibyte);
  const std::string image = make_base(base() + "/base.img", 256 * kMebibyte, kTwoGibibytes);
  sync();
  const auto before = std::filesystem::space(base()).free;
  const Outcome outcome = launch(with_disk(image, "way=reflink"));
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  sync();
  EXPECT_LT(before - std::filesystem::space(base()).free, 16 * kMebibyte);
  remove_jail();
}

}  // namespace
}  // namespace jailrun::integration
