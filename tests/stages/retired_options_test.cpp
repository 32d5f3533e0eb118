#include "core/log.hpp"
#include "tests/support/planning.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

// One more stage than a launch has by itself.
Launch launch() {
  return Launch().pipeline(
      "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[drop-privs]\n[retired-options]\n[exec]\n");
}

// What such a launch logs, at the level info.
std::string log_of(const Launch& launch) {
  core::log::configure(JR_LOG_INFO, core::log::Format::kText, "");
  testing::internal::CaptureStderr();
  static_cast<void>(launch.plan());
  std::string text = testing::internal::GetCapturedStderr();
  core::log::configure(JR_LOG_WARNING, core::log::Format::kText, "");
  return text;
}

TEST(RetiredOptions, ChangeNothingOfTheLaunch) {
  EXPECT_EQ(launch().set("seccomp-level", "2").set("extra-args", "x").plan(), launch().plan());
}

TEST(RetiredOptions, SayThatALevelIsIgnoredAndWhatToDo) {
  EXPECT_EQ(
      log_of(launch().set("seccomp-level", "0")),
      "jailrun: retired-options: --seccomp-level is ignored: what Firecracker shall filter is said after "
      "--, by its own --no-seccomp or --seccomp-filter\n");
}

TEST(RetiredOptions, SayThatExtraArgumentsAreIgnoredAndWhatToDo) {
  EXPECT_EQ(log_of(launch().set("extra-args", "--no-api")),
            "jailrun: retired-options: --extra-args is ignored: what shall reach the program is said after "
            "--\n");
}

TEST(RetiredOptions, AreSilentWhereTheyAreNotGiven) { EXPECT_EQ(log_of(launch()), ""); }

TEST(RetiredOptions, RefuseALevelThatNoJailerHad) {
  EXPECT_EQ(launch().set("seccomp-level", "3").plan(),
            "refused: --seccomp-level: '3' is out of range: 0 to 2\n");
  EXPECT_EQ(launch().set("seccomp-level", "all").plan(),
            "refused: --seccomp-level: 'all' is no number from 0 to 2\n");
}

TEST(RetiredOptions, RefuseOneThatIsGivenTwice) {
  EXPECT_EQ(launch().add("extra-args", "a").add("extra-args", "b").plan().find("refused: "), 0U);
}

}  // namespace
}  // namespace jailrun::tests
