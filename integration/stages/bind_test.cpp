// SPDX-License-Identifier: Apache-2.0
// Host directories and files shown in the jail, and only there.
#include "integration/support/jail_test.hpp"

#include <filesystem>

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class BindTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    std::filesystem::create_directory(scratch("data"));
    write_file(scratch("data/file"), "shared");
    ASSERT_EQ(chown(scratch("data/file").c_str(), kUid, kGid), 0);
  }

  // default.conf with this one bind: "SOURCE:TARGET[:WORDS]".
  Strings with(const std::string& bind) const {
    return {"--pipeline", pipeline_with("[bind]\n", "cgroup-v1"), "--bind", bind};
  }
  Strings with_data(const std::string& words = "") const {
    return with(scratch("data") + ":/data" + (words.empty() ? "" : ":" + words));
  }
};

// The mount at that place in the jail; empty fields where there is none.
Mount mount_at(pid_t pid, const std::string& target) {
  for (const Mount& one : mounts(pid))
    if (one.target == target) return one;
  return {};
}

bool has_word(const std::string& options, const std::string& word) {
  return ("," + options + ",").find("," + word + ",") != std::string::npos;
}

TEST_F(BindTest, ADirectoryIsReadOnlyUnlessSaidOtherwise) {
  const Jailed jailed = start(with_data(), {"--open", "/data/file"});
  EXPECT_TRUE(has_word(mount_at(jailed.pid(), "/data").options, "ro"));
  EXPECT_EQ(jailed.report("open"), "/data/file EROFS");
}

TEST_F(BindTest, ADirectoryCanBeWritable) {
  const Jailed jailed = start(with_data("rw"), {"--open", "/data/file"});
  EXPECT_TRUE(has_word(mount_at(jailed.pid(), "/data").options, "rw"));
  EXPECT_EQ(jailed.report("open"), "/data/file yes");
}

TEST_F(BindTest, AFileCanBeShown) {
  const Jailed jailed =
      start(with(scratch("data/file") + ":/etc/shown:rw"), {"--open", "/etc/shown", "--stat", "/etc/shown"});
  EXPECT_EQ(jailed.report("open"), "/etc/shown yes");
  EXPECT_EQ(jailed.report("stat"), "/etc/shown file 0644 1234:4321 0:0");
  EXPECT_EQ(mount_at(jailed.pid(), "/etc/shown").target, "/etc/shown");
}

TEST_F(BindTest, EachWordSetsItsOptionAndNoOther) {
  const std::string words[] = {"nodev", "nosuid", "noexec"};
  for (const std::string& word : words) {
    const Jailed jailed = start(with_data("rw,dev,suid," + word));
    for (const std::string& other : words)
      EXPECT_EQ(has_word(mount_at(jailed.pid(), "/data").options, other), other == word)
          << word << ": " << other;
  }
}

TEST_F(BindTest, NodevAndNosuidHoldUnlessSaidOtherwise) {
  const Jailed jailed = start(with_data());
  for (const char* word : {"nodev", "nosuid"})
    EXPECT_TRUE(has_word(mount_at(jailed.pid(), "/data").options, word)) << word;
  EXPECT_FALSE(has_word(mount_at(jailed.pid(), "/data").options, "noexec"));
}

TEST_F(BindTest, AllWordsTogether) {
  const Jailed jailed = start(with_data("ro,rec,nodev,nosuid,noexec"));
  for (const char* word : {"ro", "nodev", "nosuid", "noexec"})
    EXPECT_TRUE(has_word(mount_at(jailed.pid(), "/data").options, word)) << word;
}

// Linux before 5.12: the call is refused, as it is there.
Command without_mount_setattr(Command wanted, const std::string& trace) {
  const Strings in_front = {"strace", "-f", "-qq", "-o", trace, "-e", "inject=mount_setattr:error=ENOSYS"};
  wanted.argv.insert(wanted.argv.begin(), in_front.begin(), in_front.end());
  return wanted;
}

TEST_F(BindTest, AKernelThatSetsNoOptionsBeforehandSetsThemOnceItIsPlaced) {
  for (const std::string words : {"ro,dev,suid", "ro,nodev,nosuid,noexec", "rw,dev,nosuid", "rec,dev,suid"}) {
    Command wanted = command(with_data(words), {"--stat", "/data/file", "--sleep"});
    Child child(without_mount_setattr(wanted, scratch("trace")));
    ASSERT_TRUE(child.says("end")) << child.wait().text();
    const pid_t pid = std::stoi(reported(child.out_so_far(), "pid").back());
    for (const char* word : {"ro", "nodev", "nosuid", "noexec"})
      EXPECT_EQ(
          has_word(mount_at(pid, "/data").options, word),
          words.find(word) != std::string::npos || (words == "rec,dev,suid" && std::string(word) == "ro"))
          << words << ": " << word;
    end_process(pid);
    child.wait();
    remove_jail();
    EXPECT_NE(read_file(scratch("trace")).find("(INJECTED)"), std::string::npos)
        << "the call is not made any more";
  }
}

TEST_F(BindTest, AFileIsBoundReadOnlyByThatWayToo) {
  Strings options = with(scratch("data/file") + ":/etc/shown:ro,noexec");
  Command wanted = command(options, {"--stat", "/etc/shown", "--sleep"});
  Child child(without_mount_setattr(wanted, scratch("trace")));
  ASSERT_TRUE(child.says("end")) << child.wait().text();
  const pid_t pid = std::stoi(reported(child.out_so_far(), "pid").back());
  EXPECT_TRUE(has_word(mount_at(pid, "/etc/shown").options, "ro"));
  EXPECT_TRUE(has_word(mount_at(pid, "/etc/shown").options, "noexec"));
  end_process(pid);
  child.wait();
  remove_jail();
}

TEST_F(BindTest, WhatSuchAKernelCannotDoIsRefused) {
  std::filesystem::create_directory(scratch("data/below"));
  ASSERT_EQ(mount("tmpfs", scratch("data/below").c_str(), "tmpfs", 0, nullptr), 0);
  const std::string sentence = refusal(without_mount_setattr(command(with_data("ro,rec")), "/dev/null"));
  EXPECT_NE(sentence.find("Linux 5.12"), std::string::npos) << sentence;
  umount2(scratch("data/below").c_str(), MNT_DETACH);
}

TEST_F(BindTest, ADeviceBehindNodevCannotBeOpened) {
  ASSERT_EQ(mknod(scratch("data/null").c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
  ASSERT_EQ(chmod(scratch("data/null").c_str(), 0666), 0);
  const Jailed with_it = start(with_data("rw,nodev"), {"--open", "/data/null"});
  EXPECT_EQ(with_it.report("open"), "/data/null EACCES");
}

TEST_F(BindTest, MountsBelowTheSourceComeAlongWithRec) {
  if (!has_mount_setattr())
    GTEST_SKIP() << "this kernel has no mount_setattr, so it can't make them read-only";
  std::filesystem::create_directory(scratch("data/below"));
  ASSERT_EQ(mount("tmpfs", scratch("data/below").c_str(), "tmpfs", 0, nullptr), 0);
  {
    const Jailed jailed = start(with_data("rec"));
    EXPECT_EQ(mount_at(jailed.pid(), "/data/below").type, "tmpfs");
    EXPECT_TRUE(has_word(mount_at(jailed.pid(), "/data/below").options, "ro"))
        << "a writable place below a read-only bind";
  }
  umount2(scratch("data/below").c_str(), MNT_DETACH);
}

TEST_F(BindTest, MountsBelowTheSourceStayOutWithoutRec) {
  std::filesystem::create_directory(scratch("data/below"));
  ASSERT_EQ(mount("tmpfs", scratch("data/below").c_str(), "tmpfs", 0, nullptr), 0);
  {
    const Jailed jailed = start(with_data());
    EXPECT_EQ(mounts(jailed.pid()).size(), 2U);
  }
  umount2(scratch("data/below").c_str(), MNT_DETACH);
}

TEST_F(BindTest, AMountTheHostMakesLaterBelowTheSourceStaysOut) {
  const std::string source = scratch("data");
  std::filesystem::create_directory(scratch("data/below"));
  ASSERT_EQ(mount(source.c_str(), source.c_str(), nullptr, MS_BIND, nullptr), 0);
  ASSERT_EQ(mount(nullptr, source.c_str(), nullptr, MS_SHARED, nullptr), 0);
  {
    const Jailed jailed = start(with_data("rec"));
    ASSERT_EQ(mount("tmpfs", scratch("data/below").c_str(), "tmpfs", 0, nullptr), 0);
    EXPECT_EQ(mount_at(jailed.pid(), "/data/below").target, "");
  }
  umount2(scratch("data/below").c_str(), MNT_DETACH);
  umount2(source.c_str(), MNT_DETACH);
}

TEST_F(BindTest, TheHostsMountTableNeverShowsIt) {
  const std::string before = read_file("/proc/self/mountinfo");
  const Jailed jailed = start(with_data("rw,rec"));
  ASSERT_EQ(mount_at(jailed.pid(), "/data").target, "/data");
  EXPECT_EQ(read_file("/proc/self/mountinfo"), before);
  EXPECT_EQ(list(root() + "/data"), "") << "the host sees the bind through the jail's root";
}

TEST_F(BindTest, TheSourcesOwnMountKeepsItsOptions) {
  const Jailed jailed = start(with_data("ro,noexec"));
  write_file(scratch("data/another"), "the host can write");
  EXPECT_EQ(read_file(root() + "/../../../../scratch/data/another"), "the host can write");
}

TEST_F(BindTest, ALinkAsSourceIsFollowed) {
  std::filesystem::create_directory_symlink(scratch("data"), scratch("link"));
  const Jailed jailed = start(with(scratch("link") + ":/data"), {"--stat", "/data/file"});
  EXPECT_EQ(jailed.report("stat"), "/data/file file 0644 1234:4321 0:0");
}

TEST_F(BindTest, ALinkAsTargetIsRefused) {
  std::filesystem::create_directory_symlink("/run", prefill() + "/data");
  EXPECT_NE(refusal(with_data()).find("data"), std::string::npos);
  remove_prefilled();
}

TEST_F(BindTest, ATargetOfTheCallersIsUsedAndKept) {
  std::filesystem::create_directory(prefill() + "/data");
  const Jailed jailed = start(with_data(), {"--stat", "/data/file"});
  EXPECT_EQ(jailed.report("stat"), "/data/file file 0644 1234:4321 0:0");
}

TEST_F(BindTest, TwoTargetsMayShareADirectory) {
  Strings options = with_data();
  options.insert(options.end(),
                 {"--bind", scratch("data") + ":/deep/one", "--bind", scratch("data") + ":/deep/two:rw"});
  const Jailed jailed = start(options, {"--stat", "/deep/one/file", "--open", "/deep/two/file"});
  EXPECT_EQ(jailed.report("stat"), "/deep/one/file file 0644 1234:4321 0:0");
  EXPECT_EQ(jailed.report("open"), "/deep/two/file yes");
}

}  // namespace
}  // namespace jailrun::integration
