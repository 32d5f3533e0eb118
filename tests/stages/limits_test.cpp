// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

namespace jailrun::tests {
namespace {

const char* const kNames =
    "as, core, cpu, data, fsize, locks, memlock, msgqueue, nice, no-file, nproc, rss, rtprio, rttime, "
    "sigpending, stack";

// One more stage than a launch has by itself.
Launch launch(const std::string& settings = "") {
  return Launch().pipeline(
      "[validate-id]\n[close-fds]\n[chroot-builder]\nchroot-base-dir = /usr\n[limits]\n" + settings +
      "[drop-privs]\n[exec]\n");
}
// Without the lines that raise a hard limit beforehand: whether there are any depends on the test's caller.
std::string limits_of(const Launch& launch) {
  std::string text = launch.plan_of("limits");
  for (size_t at = 0; (at = text.find("enter raise-limit")) != std::string::npos;)
    text.erase(at, text.find('\n', at) + 1 - at);
  return text;
}
std::string plan(const std::string& limit) {
  return limits_of(launch("no-file-default = keep\n").add("resource-limit", limit));
}
const std::string kUnlimited = std::to_string(RLIM_INFINITY);

// As the plan shows it: resources by prlimit(1)'s names, in the order of their numbers.
std::string line(unsigned resource, const std::string& values) {
  constexpr const char* kPlanned[] = {"cpu",      "fsize",  "data",    "stack", "core",  "rss",
                                      "nproc",    "nofile", "memlock", "as",    "locks", "sigpending",
                                      "msgqueue", "nice",   "rtprio",  "rttime"};
  const auto shown = [](const std::string& value) { return value == kUnlimited ? "unlimited" : value; };
  const std::string soft = shown(values.substr(0, values.find(':')));
  const std::string hard = shown(values.substr(values.find(':') + 1));
  return std::string("enter limit ") + kPlanned[resource] + "  " + soft + (soft == hard ? "" : ":" + hard) +
         "\n";
}
std::string refused(const std::string& sentence) {
  return "refused: stage limits: --resource-limit: " + sentence + "\n";
}
std::string files_ceiling() {
  std::string text = read_file("/proc/sys/fs/nr_open");
  text.erase(text.find('\n'));
  return text;
}

TEST(Limits, Are2048OpenFilesWhereNothingIsSaid) {
  EXPECT_EQ(limits_of(launch()), line(RLIMIT_NOFILE, "2048:2048"));
}

TEST(Limits, HaveAnyOtherCountOfOpenFilesByDefault) {
  EXPECT_EQ(limits_of(launch("no-file-default = 99\n")), line(RLIMIT_NOFILE, "99:99"));
}

TEST(Limits, AreTheCallersWhereTheDefaultIsKeep) {
  EXPECT_EQ(limits_of(launch("no-file-default = keep\n")), "");
}

TEST(Limits, OfOpenFilesThatAreGivenReplaceTheDefault) {
  EXPECT_EQ(limits_of(launch().add("resource-limit", "no-file=64")), line(RLIMIT_NOFILE, "64:64"));
}

TEST(Limits, OfOtherResourcesLeaveTheDefault) {
  EXPECT_EQ(limits_of(launch().add("resource-limit", "fsize=4096")),
            line(RLIMIT_FSIZE, "4096:4096") + line(RLIMIT_NOFILE, "2048:2048"));
}

TEST(Limits, AreThereForEveryResourceOfTheKernel) {
  const std::pair<const char*, unsigned> resources[] = {
      {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
      {"data", RLIMIT_DATA},       {"fsize", RLIMIT_FSIZE},       {"locks", RLIMIT_LOCKS},
      {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
      {"no-file", RLIMIT_NOFILE},  {"nproc", RLIMIT_NPROC},       {"rss", RLIMIT_RSS},
      {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
      {"stack", RLIMIT_STACK}};
  for (const auto& [name, number] : resources)
    EXPECT_EQ(plan(std::string(name) + "=17"), line(number, "17:17"));
}

TEST(Limits, AreSoftAndHardWhereTwoAreGiven) {
  EXPECT_EQ(plan("core=0:512"), line(RLIMIT_CORE, "0:512"));
  EXPECT_EQ(plan("core=512:512"), line(RLIMIT_CORE, "512:512"));
}

TEST(Limits, CanBeUnlimited) {
  EXPECT_EQ(plan("memlock=unlimited"), line(RLIMIT_MEMLOCK, kUnlimited + ":" + kUnlimited));
  EXPECT_EQ(plan("core=0:unlimited"), line(RLIMIT_CORE, "0:" + kUnlimited));
}

TEST(Limits, TakeEvery64BitNumberAndNotOneMore) {
  EXPECT_EQ(plan("as=18446744073709551615"), line(RLIMIT_AS, kUnlimited + ":" + kUnlimited));
  EXPECT_EQ(
      plan("as=18446744073709551616"),
      refused("'18446744073709551616' is not N, SOFT:HARD or unlimited, where N is 0 to " + kUnlimited));
}

TEST(Limits, OfANameThatIsGivenAgainAreTheLast) {
  EXPECT_EQ(limits_of(launch()
                          .add("resource-limit", "no-file=10")
                          .add("resource-limit", "fsize=20")
                          .add("resource-limit", "no-file=30:40")),
            line(RLIMIT_NOFILE, "30:40") + line(RLIMIT_FSIZE, "20:20"));
}

TEST(Limits, ComeIntoForceAfterAllThatIsMadeWhereverTheStageStands) {
  const std::string plan =
      Launch()
          .pipeline(
              "[limits]\n[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[devices]\n"
              "[drop-privs]\n[exec]\n")
          .plan();
  const size_t limit = plan.find("enter limits: limit");
  EXPECT_LT(plan.rfind("prepare "), limit);
  EXPECT_LT(plan.find("enter chroot-builder: "), limit);
  EXPECT_LT(limit, plan.find("enter exec: exec"));
}

TEST(Limits, RefuseANameThatTheKernelDoesNotHave) {
  for (const char* name : {"nofile", "NO-FILE", "", " fsize"})
    EXPECT_EQ(plan(std::string(name) + "=1"),
              refused("'" + std::string(name) + "' is not a resource; the resources are " + kNames));
}

TEST(Limits, RefuseWhatHasNoValue) { EXPECT_EQ(plan("fsize"), refused("'fsize' is not NAME=VALUE")); }

TEST(Limits, RefuseWhatIsNoNumber) {
  for (const char* wrong : {"", "x", "-1", "+1", " 1", "1 ", "1k", "0x10", "1:", ":1", ":", "1:2:3", "1:x"})
    EXPECT_EQ(plan("fsize=" + std::string(wrong)),
              refused("'" + std::string(wrong) + "' is not N, SOFT:HARD or unlimited, where N is 0 to " +
                      kUnlimited));
}

TEST(Limits, RefuseASoftLimitAboveTheHardOne) {
  EXPECT_EQ(plan("fsize=2:1"), refused("'2:1' has a soft limit above the hard one"));
  EXPECT_EQ(plan("fsize=unlimited:1"), refused("'unlimited:1' has a soft limit above the hard one"));
}

TEST(Limits, RefuseMoreOpenFilesThanTheHostAllowsAnyone) {
  const std::string sentence =
      "no-file can be at most " + files_ceiling() + ", this host's sysctl fs.nr_open";
  const std::string above = std::to_string(std::stoull(files_ceiling()) + 1);
  EXPECT_EQ(plan("no-file=" + files_ceiling()), line(RLIMIT_NOFILE, files_ceiling() + ":" + files_ceiling()));
  EXPECT_EQ(plan("no-file=" + above), refused(sentence));
  EXPECT_EQ(plan("no-file=1:" + above), refused(sentence));
  EXPECT_EQ(plan("no-file=unlimited"), refused(sentence));
  EXPECT_EQ(limits_of(launch().set("no-file-default", above)),
            "refused: stage limits: --no-file-default: " + sentence + "\n");
}

TEST(Limits, RefuseADefaultThatIsNoNumber) {
  for (const char* wrong : {"", "x", "-1", "1:2"})
    EXPECT_EQ(limits_of(launch().set("no-file-default", wrong)),
              "refused: stage limits: --no-file-default: '" + std::string(wrong) +
                  "' is neither a number nor keep\n");
}

TEST(Limits, NameTheOneThatIsWrongByItsLine) {
  const std::string refusal = limits_of(launch("resource-limit = fsize=1\nresource-limit = oops\n"));
  EXPECT_NE(refusal.find("test.conf:7: resource-limit: 'oops' is not NAME=VALUE"), std::string::npos)
      << refusal;
}

}  // namespace
}  // namespace jailrun::tests
