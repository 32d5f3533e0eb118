// SPDX-License-Identifier: Apache-2.0
// Filesystems that are filled before they are mounted, symbolic links and the read-only root: in a plan, in the
// ledger, and what a rollback leaves. With the caller's own ids, so without privilege.
#include "core/actions/directory.hpp"
#include "core/actions/file.hpp"
#include "core/actions/filesystem.hpp"
#include "core/actions/mount.hpp"
#include "core/actions/restore.hpp"
#include "core/actions/symlink.hpp"
#include "core/base/message.hpp"
#include "core/performing/release.hpp"
#include "core/plan/state.hpp"
#include "tests/support/script.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::tests {
namespace {

using core::Existed;

TEST(FilesystemAction, IsMadeInPrepareAndMountedInEnter) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.new_root();
              plan.directory("/dev", 0755, {0, 0});
              plan.filesystem("tmpfs", "/dev", JR_MOUNT_NOSUID, "size=1m");
              plan.symlink("/proc/self/fd", "/dev/fd");
              plan.directory("/dev", 0700, {1, 2});
            }),
            "prepare directory /dev  0755 0:0\n"
            "prepare filesystem /dev  tmpfs rw,nosuid,size=1m\n"
            "prepare symlink /dev/fd  -> /proc/self/fd\n"
            "enter new-root /base/name/id/root\n"
            "enter mount /dev\n");
}

TEST(FilesystemAction, MayHideNothing) {
  const auto hidden = [](uint32_t flags) {
    return planned([flags](jailrun::Plan& plan) {
      plan.new_root();
      plan.write("/tmp/a", "", 0444);
      plan.mount("tmpfs", "/tmp", flags);
    });
  };
  const std::string why = "what is mounted at /tmp would hide /tmp/a of stage scripted";
  EXPECT_EQ(hidden(0), refused(why.c_str()));
  EXPECT_EQ(hidden(JR_MOUNT_PREPARE), refused((why + ": stage scripted must come before that").c_str()));
}

TEST(FilesystemAction, IsOneAtAPath) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.new_root();
              plan.filesystem("tmpfs", "/dev/shm", 0);
              plan.mount("tmpfs", "/dev/shm", 0);
            }),
            refused("a filesystem is mounted at /dev/shm already, by stage scripted"));
}

TEST(FilesystemAction, NeedsTheJailsOwnMountNamespace) {
  const char* const why = "mount is planned before new_root: its stage must come after chroot-builder";
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.filesystem("tmpfs", "/tmp", 0); }), refused(why));
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.read_only_root(); }),
            refused("read_only_root is planned before new_root: its stage must come after chroot-builder"));
}

TEST(FilesystemAction, IsPartOfNoAlternative) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.new_root();
              plan.first_of(
                  "one", [&] { plan.filesystem("tmpfs", "/tmp", 0); }, "two", [] {});
            }),
            refused("a filesystem that is made in prepare can't be planned in an alternative"));
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.new_root();
              plan.first_of(
                  "one", [&] { plan.read_only_root(); }, "two", [] {});
            }),
            refused("read_only_root can't be planned in an alternative"));
}

TEST(FilesystemAction, LetsALaunchComeBackWhereNoFileInItGivesPrivileges) {
  EXPECT_TRUE(core::MountFilesystemAction("/tmp", JR_MOUNT_NOSUID).has(core::kCanComeBack));
  EXPECT_FALSE(core::MountFilesystemAction("/tmp", JR_MOUNT_NODEV).has(core::kCanComeBack));
  EXPECT_TRUE(core::ReadOnlyRootAction("/root").has(core::kCanComeBack));
}

TEST(ReadOnlyRootAction, IsDoneOnceAfterAllMountsAndBeforeTheCredentials) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.new_root();
              plan.read_only_root();
              plan.read_only_root();
              plan.mount("proc", "/proc", 0);
              plan.credentials({1, 2});
            }),
            "enter new-root /base/name/id/root\n"
            "enter mount /proc  proc rw\n"
            "enter read-only-root /base/name/id/root\n"
            "enter credentials uid 1, gid 2, no groups\n");
}

TEST(ReadOnlyRootAction, IsDoneBeforeTheExecWhereThereAreNoCredentials) {
  const std::string text = script([](jailrun::Plan& plan) {
                             plan.new_root();
                             plan.read_only_root();
                             plan.mount("proc", "/proc", 0);
                           }).full_plan();
  EXPECT_NE(
      text.find(
          "mount /proc  proc rw\nenter scripted: read-only-root /base/name/id/root\nenter closing: exec"),
      std::string::npos)
      << text;
}

TEST(SymlinkAction, NeedsATarget) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.symlink("", "/a"); }),
            refused("'' can't be the target of a symbolic link"));
}

// A directory in the place of the filesystem: these tests have no privileges.
class InFilesystem : public testing::Test {
 protected:
  InFilesystem() {
    jail_.directory("root");
    jail_.directory("root/dev");
    jail_.directory("elsewhere");
    launch_.jail.directory = jail_.open();
    launch_.jail.root = opened("root");
  }
  UniqueFd opened(const std::string& path) const {
    return UniqueFd(open((jail_ / path).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  void mount_later() { launch_.jail.made.push_back({"/dev", opened("elsewhere"), true}); }
  static sys::Ownership own(uint32_t mode) { return {mode, {geteuid(), getegid()}}; }
  std::string survey_and_perform(core::Action& action) {
    core::Survey survey;
    survey.jail = std::move(launch_.jail);
    const Result<void> surveyed = action.survey(survey);
    launch_.jail = std::move(survey.jail);
    if (!surveyed) return core::message(surveyed.error());
    const Result<void> done = action.perform(launch_);
    return done ? "" : core::message(done.error());
  }
  std::string release(core::Action& action) {
    core::Release rollback = core::rollback_of(launch_);
    const Result<void> done = action.release(rollback);
    return done ? "" : core::message(done.error());
  }
  std::string target(const std::string& path) const {
    char text[4096];
    const ssize_t length = readlink((jail_ / path).c_str(), text, sizeof text);
    return length < 0 ? "" : std::string(text, static_cast<size_t>(length));
  }

  TempDirectory jail_;
  core::Launch launch_;
};

TEST_F(InFilesystem, FilesAreMadeThereAndNotInTheRoot) {
  mount_later();
  core::DirectoryAction directory(false, "/dev/a", own(0700));
  core::WriteAction file("/dev/a/f", own(0640), "ours");
  core::SymlinkAction link("/dev/l", "a/f");
  for (core::Action* action : std::initializer_list<core::Action*>{&directory, &file, &link}) {
    const Result<void> done = action->perform(launch_);
    EXPECT_TRUE(done) << core::message(done.error());
  }
  EXPECT_EQ(read_file(jail_ / "elsewhere/a/f"), "ours");
  EXPECT_EQ(target("elsewhere/l"), "a/f");
  EXPECT_FALSE(exists(jail_ / "root/dev/a"));
  // As for the next alternative.
  EXPECT_EQ(release(link), "");
  EXPECT_EQ(release(file), "");
  EXPECT_EQ(release(directory), "");
  EXPECT_FALSE(exists(jail_ / "elsewhere/a"));
}

TEST_F(InFilesystem, TheInnermostIsTaken) {
  mount_later();
  jail_.directory("inner");
  launch_.jail.made.push_back({"/dev/shm", opened("inner"), true});
  core::WriteAction file("/dev/shm/f", own(0640), "ours");
  EXPECT_TRUE(file.perform(launch_));
  EXPECT_TRUE(exists(jail_ / "inner/f"));
}

// What is in the root at that path is a caller's.
TEST_F(InFilesystem, NothingIsReleasedInTheRoot) {
  jail_.file("root/dev/f", "a caller's");
  auto file = std::make_unique<core::WriteAction>("/dev/f", own(0640), "ours");
  file->set_filesystem("/dev");
  const Result<core::Record> record = core::decode(core::encode(core::to_record(*file)));
  ASSERT_TRUE(record);
  EXPECT_EQ(core::from_record(record.value()).value(), nullptr);
  core::Plan plan;
  plan.append(std::move(file));
  core::Release rollback = core::rollback_of(launch_);
  EXPECT_TRUE(core::release(plan, rollback).empty());
  EXPECT_EQ(read_file(jail_ / "root/dev/f"), "a caller's");
}

TEST_F(InFilesystem, ASymbolicLinkInTheRootIsRemoved) {
  core::SymlinkAction link("/l", "/proc/self/fd");
  EXPECT_EQ(survey_and_perform(link), "");
  EXPECT_EQ(target("root/l"), "/proc/self/fd");
  EXPECT_EQ(link.remains(jail_ / "root"), "exists");
  EXPECT_EQ(release(link), "");
  EXPECT_EQ(release(link), "");
  EXPECT_EQ(target("root/l"), "");
}

TEST_F(InFilesystem, ASymbolicLinkThatLeadsThereAlreadyStays) {
  ASSERT_EQ(symlink("/proc/self/fd", (jail_ / "root/l").c_str()), 0);
  core::SymlinkAction link("/l", "/proc/self/fd");
  EXPECT_EQ(survey_and_perform(link), "");
  EXPECT_EQ(release(link), "");
  EXPECT_EQ(target("root/l"), "/proc/self/fd");
}

TEST_F(InFilesystem, ASymbolicLinkTakesThePlaceOfNothingElse) {
  ASSERT_EQ(symlink("/etc", (jail_ / "root/l").c_str()), 0);
  core::SymlinkAction link("/l", "/proc/self/fd");
  EXPECT_EQ(survey_and_perform(link), "make the symbolic link /l: File exists");
  EXPECT_EQ(release(link), "");
  EXPECT_EQ(target("root/l"), "/etc");
}

}  // namespace
}  // namespace jailrun::tests
