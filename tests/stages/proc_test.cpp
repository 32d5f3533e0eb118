// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

std::string plan(const std::string& settings) {
  return Launch()
      .pipeline("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[proc]\n" + settings +
                "[drop-privs]\n[exec]\n")
      .plan_of("proc");
}

// As the stage gives it, with the origin in front.
std::string refused_at(const std::string& settings) {
  const std::string text = plan(settings);
  EXPECT_EQ(text.find("refused: stage proc: "), 0U) << text;
  EXPECT_NE(text.find("test.conf:"), std::string::npos) << text;
  const size_t colon = text.rfind("test.conf:");
  const size_t at = text.find(": ", colon + 12);
  const size_t sentence = text.find(": ", at + 1);
  return text.substr(sentence == std::string::npos ? at + 2 : sentence + 2);
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Proc, ShowsTheProgramsOwnProcessesAlone) {
  EXPECT_EQ(plan(""),
            "prepare directory /proc  0755 0:0\n"
            "enter mount /proc  proc rw,nodev,nosuid,noexec,hidepid=invisible,subset=pid\n");
}

TEST(Proc, CanShowAllProcesses) {
  EXPECT_EQ(plan("hidepid = off\n"),
            "prepare directory /proc  0755 0:0\n"
            "enter mount /proc  proc rw,nodev,nosuid,noexec,subset=pid\n");
}

TEST(Proc, OfTheKernelHidesAndProtectsWhatDockerDoes) {
  const std::string shown = plan("subset = all\nhidepid = noaccess\n");
  EXPECT_TRUE(has_line(shown, "enter mount /proc  proc rw,nodev,nosuid,noexec,hidepid=noaccess")) << shown;
  EXPECT_TRUE(has_line(shown, "prepare take-tree /proc/sys  ro,nodev,nosuid,noexec")) << shown;
  EXPECT_TRUE(has_line(shown, "enter bind /proc/sys")) << shown;
  EXPECT_TRUE(has_line(shown, "enter bind /proc/interrupts")) << shown;
  EXPECT_TRUE(has_line(shown, "prepare take-tree /dev/null  ro,nosuid,noexec")) << shown;
}

TEST(Proc, MasksADirectoryByAnEmptyFilesystem) {
  EXPECT_EQ(
      plan(
          "subset = all\nhidepid = off\nmask-proc = /proc/sys/kernel,no-such-thing\nread-only-proc = none\n"),
      "prepare directory /proc  0755 0:0\n"
      "enter mount /proc  proc rw,nodev,nosuid,noexec\n"
      "enter mount /proc/sys/kernel  tmpfs ro,nodev,nosuid,noexec,size=4k,nr_inodes=1,mode=0555\n");
}

TEST(Proc, CanBeWithoutMasks) {
  EXPECT_EQ(plan("subset = all\nhidepid = off\nmask-proc = none\nread-only-proc = none\n"),
            "prepare directory /proc  0755 0:0\n"
            "enter mount /proc  proc rw,nodev,nosuid,noexec\n");
}

TEST(Proc, AddsToWhatIsMaskedByDefault) {
  const std::string shown = plan("subset = all\nmask-proc = default\nmask-proc = meminfo\n");
  EXPECT_TRUE(has_line(shown, "enter bind /proc/interrupts")) << shown;
  EXPECT_TRUE(has_line(shown, "enter bind /proc/meminfo")) << shown;
}

TEST(Proc, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(refused_at("hidepid = 2\n"), "'2' is none of invisible, noaccess, off\n");
  EXPECT_EQ(refused_at("subset = net\n"), "'net' is none of pid, all\n");
  EXPECT_EQ(refused_at("subset = all\nmask-proc = ../etc\n"),
            "'../etc' is not the name of something in /proc\n");
  EXPECT_EQ(refused_at("subset = all\nmask-proc = /proc/\n"),
            "'/proc/' is not the name of something in /proc\n");
}

TEST(Proc, OfTheHostsProcessesIsRefusedToRoot) {
  const auto roots = [](const std::string& settings) {
    return Launch()
        .pipeline("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[proc]\n" + settings +
                  "[drop-privs]\n[exec]\n")
        .set("uid", "0")
        .plan_of("proc");
  };
  const std::string refused =
      "refused: stage proc: the program stays root, and would get to the host's files by /proc/1/root: it "
      "needs a "
      "pid namespace of its own, --new-pid-ns of the stage pid-namespace\n";
  EXPECT_EQ(roots(""), refused);
  EXPECT_EQ(roots("[pid-namespace]\n"), refused);
  EXPECT_EQ(roots("[pid-namespace]\nnew-pid-ns = yes\n").find("prepare directory /proc"), 0U);
}

TEST(Proc, RefusesAContradiction) {
  EXPECT_EQ(refused_at("mask-proc = kcore\n"), "with subset = pid there is nothing of the kind in /proc\n");
  EXPECT_EQ(refused_at("subset = all\nmask-proc = sys\n"), "/proc/sys can't be both masked and read-only\n");
}

}  // namespace
}  // namespace jailrun::tests
