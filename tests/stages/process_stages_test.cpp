// SPDX-License-Identifier: Apache-2.0
// daemonize, drop-privs and exec: what the process becomes.
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

TEST(Daemonize, PlansNothingWithoutItsOption) { EXPECT_EQ(Launch().plan_of("daemonize"), ""); }

TEST(Daemonize, PlansASessionOnNullStreams) {
  EXPECT_EQ(Launch().flag("daemonize").plan_of("daemonize"),
            "prepare open /dev/null\n"
            "enter session /dev/null /dev/null /dev/null\n");
}

TEST(DropPrivs, PlansTheUserAndGroupWithoutSupplementaryGroups) {
  EXPECT_EQ(Launch().plan_of("drop-privs"), "enter credentials uid 1234, gid 100, no groups\n");
}

TEST(DropPrivs, TakesEveryIdThatTheKernelHas) {
  EXPECT_EQ(Launch().set("uid", "0").set("gid", "4294967294").plan_of("drop-privs"),
            "enter credentials uid 0, gid 4294967294, no groups\n");
}

TEST(DropPrivs, RefusesTheIdThatMeansNoChangeToTheKernel) {
  EXPECT_EQ(Launch().set("uid", "4294967295").plan(),
            "refused: --uid: '4294967295' is out of range: 0 to 4294967294\n");
  EXPECT_EQ(Launch().set("gid", "4294967296").plan(),
            "refused: --gid: '4294967296' is out of range: 0 to 4294967294\n");
}

TEST(DropPrivs, TakesTheNumbersOfNames) {
  EXPECT_EQ(Launch().set("uid", "root").set("gid", "root").plan_of("drop-privs"),
            "enter credentials uid 0, gid 0, no groups\n");
}

TEST(DropPrivs, RefusesWhatIsNeitherANumberNorAName) {
  EXPECT_EQ(Launch().set("gid", "-1").plan(), "refused: --gid: '-1' is not a number from 0 to 4294967294\n");
}

TEST(DropPrivs, NeedsBothIds) {
  EXPECT_EQ(Launch().without("uid").plan(), "refused: stage drop-privs: --uid is required\n");
  EXPECT_EQ(Launch().without("gid").plan(), "refused: stage drop-privs: --gid is required\n");
}

TEST(Exec, StartsTheProgramWithTheJailersArgumentsBeforeItsOwn) {
  EXPECT_EQ(Launch().arguments({"--api-sock", "/run/api"}).plan_of("exec"),
            "prepare pid-file /vmm.pid  0644 0:0\n"
            "enter exec /vmm  --id web-1 --start-time-us ? --start-time-cpu-us ? --parent-cpu-time-us ? "
            "--api-sock /run/api\n");
}

TEST(Exec, StartsAnyOtherProgramWithItsOwnArgumentsAlone) {
  EXPECT_EQ(Launch().set("arguments", "none").arguments({"-v", "--"}).plan_of("exec"),
            "prepare pid-file /vmm.pid  0644 0:0\n"
            "enter exec /vmm  -v --\n");
}

TEST(Exec, SaysWhereNewPrivilegesAreAllowed) {
  EXPECT_EQ(Launch().set("arguments", "none").flag("new-privileges").plan_of("exec"),
            "prepare pid-file /vmm.pid  0644 0:0\n"
            "enter exec /vmm  (new privileges allowed)\n");
}

TEST(Exec, RefusesAnUnknownWordForTheArguments) {
  EXPECT_EQ(Launch().set("arguments", "some").plan(),
            "refused: stage exec: --arguments: 'some' is neither firecracker nor none\n");
}

std::string plan_of_program(const std::string& path) {
  return Launch().set("exec-file", path).plan_of("exec");
}

TEST(Exec, NamesTheProgramAsItsRealFileIsNamed) {
  const TempDirectory directory;
  EXPECT_EQ(plan_of_program(directory.link("alias", program())), Launch().plan_of("exec"));
}

TEST(Exec, RefusesAProgramThatIsNotThere) {
  EXPECT_EQ(plan_of_program("/absent"),
            "refused: stage exec: --exec-file: /absent: No such file or directory\n");
  EXPECT_EQ(plan_of_program(""),
            "refused: stage exec: --exec-file: an empty path: No such file or directory\n");
}

TEST(Exec, RefusesADirectory) {
  EXPECT_EQ(plan_of_program("/usr"), "refused: stage exec: --exec-file: /usr is not a regular file\n");
}

TEST(Exec, RefusesAFileThatIsNotExecutable) {
  EXPECT_EQ(plan_of_program("/etc/passwd"),
            "refused: stage exec: --exec-file: /etc/passwd is not executable\n");
}

TEST(Exec, RefusesADirectoryBelowAFile) {
  EXPECT_EQ(plan_of_program("/etc/passwd/x"),
            "refused: stage exec: --exec-file: /etc/passwd/x: Not a directory\n");
}

TEST(Exec, RefusesANameThatNoDirectoryOfAJailCanHave) {
  const TempDirectory directory;
  EXPECT_EQ(plan_of_program(directory.file(".hidden", "", 0755)).find("refused: "), 0U);
}

}  // namespace
}  // namespace jailrun::tests
