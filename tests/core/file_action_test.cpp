// SPDX-License-Identifier: Apache-2.0
// Files made in a jail's root: what exists in their place already, and what a rollback leaves of it. With the
// caller's own ids, so without privilege.
#include "core/actions/copy.hpp"
#include "core/actions/file.hpp"
#include "core/actions/restore.hpp"
#include "core/base/message.hpp"
#include "core/plan/state.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

using tests::exists;
using tests::read_file;

class FileActions : public testing::Test {
 protected:
  FileActions() {
    jail_.directory("root");
    jail_.directory("root/a");
    launch_.jail.directory = jail_.open();
    launch_.jail.root = UniqueFd(open((jail_ / "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    launch_.processes.program = 4711;
  }
  static sys::Ownership own(uint32_t mode) { return {mode, {geteuid(), getegid()}}; }
  std::unique_ptr<Action> writing(const std::string& path) const {
    return std::make_unique<WriteAction>(path, own(0640), "ours");
  }
  Result<void> survey(Action& action) {
    Survey survey;
    survey.jail = std::move(launch_.jail);
    Result<void> surveyed = action.survey(survey);
    launch_.jail = std::move(survey.jail);
    return surveyed;
  }
  std::string survey_and_perform(Action& action) {
    if (const Result<void> surveyed = survey(action); !surveyed) return message(surveyed.error());
    return perform(action);
  }
  std::string perform(Action& action) {
    const Result<void> done = action.perform(launch_);
    return done ? "" : message(done.error());
  }
  std::string release(Action& action) {
    Release rollback = rollback_of(launch_);
    const Result<void> done = action.release(rollback);
    return done ? "" : message(done.error());
  }

  tests::TempDirectory jail_;
  Launch launch_;
};

TEST_F(FileActions, AFileHasItsContentAndModeAndIsGoneAfterRelease) {
  const auto action = writing("/a/f");
  EXPECT_EQ(survey_and_perform(*action), "");
  EXPECT_EQ(read_file(jail_ / "root/a/f"), "ours");
  EXPECT_EQ(tests::mode_of(jail_ / "root/a/f"), 0640U);
  EXPECT_EQ(release(*action), "");
  EXPECT_FALSE(exists(jail_ / "root/a/f"));
}

TEST_F(FileActions, AnActionShowsWhetherItsFileIsThere) {
  const auto action = writing("/a/f");
  EXPECT_EQ(survey_and_perform(*action), "");
  EXPECT_EQ(action->remains(jail_ / "root"), "exists");
  EXPECT_EQ(release(*action), "");
  EXPECT_EQ(action->remains(jail_ / "root"), "gone");
}

TEST_F(FileActions, ReleaseMayComeTwiceOrBeforeTheFile) {
  const auto action = writing("/a/f");
  ASSERT_TRUE(survey(*action));
  EXPECT_EQ(release(*action), "");
  EXPECT_EQ(perform(*action), "");
  EXPECT_EQ(release(*action), "");
  EXPECT_EQ(release(*action), "");
}

TEST_F(FileActions, AFileThatExistedIsThereAgainAfterRelease) {
  jail_.file("root/a/f", "theirs", 0604);
  const auto action = writing("/a/f");
  EXPECT_EQ(survey_and_perform(*action), "");
  EXPECT_EQ(read_file(jail_ / "root/a/f"), "ours");
  EXPECT_EQ(release(*action), "");
  EXPECT_EQ(read_file(jail_ / "root/a/f"), "theirs");
  EXPECT_EQ(tests::mode_of(jail_ / "root/a/f"), 0604U);
  EXPECT_EQ(release(*action), "");
  EXPECT_EQ(read_file(jail_ / "root/a/f"), "theirs");
}

TEST_F(FileActions, AFileThatExistedIsGivenBackWhateverATenantPutInItsPlace) {
  jail_.file("root/a/f", "old");
  const auto action = writing("/a/f");
  ASSERT_EQ(survey_and_perform(*action), "");
  ASSERT_EQ(unlink((jail_ / "root/a/f").c_str()), 0);
  jail_.directory("root/a/f");
  EXPECT_EQ(release(*action), "");
  EXPECT_EQ(std::system(("grep -qx old " + (jail_ / "root/replaced-*")).c_str()), 0);
  EXPECT_EQ(std::system(("! ls -d " + (jail_ / "replaced-*") + " 2>/dev/null").c_str()), 0);
}

TEST_F(FileActions, AFileThatExistedIsSetAsideOutOfTheTenantsReach) {
  jail_.file("root/f", "theirs");
  const auto action = writing("/f");
  ASSERT_EQ(survey_and_perform(*action), "");
  const Result<std::unique_ptr<Action>> restored =
      from_record(to_record(*action));  // as another process has it
  ASSERT_TRUE(restored);
  EXPECT_EQ(release(*restored.value()), "");
  EXPECT_EQ(read_file(jail_ / "root/f"), "theirs");
}

TEST_F(FileActions, ALinkFifoOrDirectoryThatExistsIsRefusedAndKept) {
  jail_.file("outside", "theirs");
  jail_.link("root/link", "../outside");
  jail_.file("root/one", "theirs");
  ASSERT_EQ(link((jail_ / "root/one").c_str(), (jail_ / "root/other").c_str()), 0);
  jail_.fifo("root/fifo");
  for (const char* path : {"/link", "/one", "/fifo", "/a"}) {
    const auto action = writing(path);
    EXPECT_EQ(survey_and_perform(*action),
              std::string(path) + " exists in the jail and is not a regular file with one link: File exists");
    EXPECT_EQ(release(*action), "");
    EXPECT_TRUE(exists(jail_ / ("root" + std::string(path)))) << path;
  }
  EXPECT_EQ(read_file(jail_ / "outside"), "theirs");
  EXPECT_EQ(read_file(jail_ / "root/one"), "theirs");
}

// What a kill leaves while a file is set aside by copying, as it is on another mount: the complete one is
// still in its place.
TEST_F(FileActions, APartialCopyIsNeverPutBackAndIsRemoved) {
  jail_.file("root/a/f", "the caller's, whole");
  jail_.file("replaced-%2Fa%2Ff.partial", "the call");
  const auto action = writing("/a/f");
  ASSERT_TRUE(survey(*action));
  EXPECT_EQ(release(*action), "");
  EXPECT_EQ(read_file(jail_ / "root/a/f"), "the caller's, whole");
  EXPECT_FALSE(exists(jail_ / "replaced-%2Fa%2Ff.partial"));
}

TEST_F(FileActions, AFileThatAppearedAfterTheSurveyIsRefusedAndKept) {
  const auto action = writing("/f");
  ASSERT_TRUE(survey(*action));
  jail_.file("root/f", "theirs");
  EXPECT_NE(perform(*action), "");
  EXPECT_EQ(release(*action), "");
  EXPECT_TRUE(exists(jail_ / "root/f"));
}

// Names that differ only in a slash are two names.
TEST_F(FileActions, EachOfTwoFilesThatExistedIsThereAgainAfterRelease) {
  jail_.file("root/a/f", "one");
  jail_.file("root/a_f", "other");
  const auto first = writing("/a/f");
  const auto second = writing("/a_f");
  EXPECT_EQ(survey_and_perform(*first), "");
  EXPECT_EQ(survey_and_perform(*second), "");
  EXPECT_EQ(release(*second), "");
  EXPECT_EQ(release(*first), "");
  EXPECT_EQ(read_file(jail_ / "root/a/f"), "one");
  EXPECT_EQ(read_file(jail_ / "root/a_f"), "other");
}

TEST_F(FileActions, ADirectoryThatIsALinkIsNotWrittenThrough) {
  jail_.directory("outside");
  jail_.link("root/link", "../outside");
  const auto action = writing("/link/f");
  EXPECT_NE(perform(*action), "");
  EXPECT_FALSE(exists(jail_ / "outside/f"));
}

TEST_F(FileActions, ACopyHasTheSourcesPermissionBitsWithoutSetId) {
  const std::string source = jail_.file("source", "content", 04751);
  CopyAction action(source, "/f", {JR_MODE_OF_SOURCE, {geteuid(), getegid()}}, false);
  EXPECT_EQ(survey_and_perform(action), "");
  EXPECT_EQ(read_file(jail_ / "root/f"), "content");
  EXPECT_EQ(tests::mode_of(jail_ / "root/f"), 0751U);
}

TEST_F(FileActions, ALinkThatAClientHasMadeBeforeIsTheClients) {
  const std::string source = jail_.file("source", "content");
  ASSERT_EQ(link(source.c_str(), (jail_ / "root/f").c_str()), 0);
  LinkAction action(source, "/f");
  EXPECT_EQ(survey_and_perform(action), "");
  EXPECT_EQ(action.policy_for_existing(), "kept");
  const Result<std::unique_ptr<Action>> restored = from_record(to_record(action));
  ASSERT_TRUE(restored);
  EXPECT_EQ(release(action), "");
  EXPECT_EQ(release(*restored.value()), "");
  EXPECT_EQ(read_file(jail_ / "root/f"), "content");
}

TEST_F(FileActions, ALinkThatWasExchangedSinceThePlanIsRefusedAndKept) {
  const std::string source = jail_.file("source", "content");
  ASSERT_EQ(link(source.c_str(), (jail_ / "root/f").c_str()), 0);
  LinkAction action(source, "/f");
  ASSERT_TRUE(survey(action));
  unlink((jail_ / "root/f").c_str());
  jail_.file("root/f", "theirs");
  EXPECT_EQ(perform(action),
            "/f was " + source + " when the plan was made, and is not any more: File exists");
  EXPECT_EQ(release(action), "");
  EXPECT_EQ(read_file(jail_ / "root/f"), "theirs");
}

// Alternatives: the next one is tried only after an error which says that this file can't be linked or
// shared.
TEST_F(FileActions, WhatCountsAsUnsupported) {
  const LinkAction link("/s", "/f");
  const CopyAction reflink("/s", "/f", own(0600), true);
  const CopyAction copy("/s", "/f", own(0600), false);
  for (const int always : {EXDEV, EOPNOTSUPP, ENOSYS})
    EXPECT_TRUE(link.is_unsupported(always) && reflink.is_unsupported(always) && copy.is_unsupported(always))
        << always;
  for (const int never : {ENOSPC, EACCES, EIO, EEXIST, ENOENT, ELOOP})
    EXPECT_FALSE(link.is_unsupported(never) || reflink.is_unsupported(never) || copy.is_unsupported(never))
        << never;
  for (const int of_link : {EPERM, EMLINK})
    EXPECT_TRUE(link.is_unsupported(of_link) && !reflink.is_unsupported(of_link) &&
                !copy.is_unsupported(of_link));
  for (const int of_reflink : {EINVAL, ENOTTY})
    EXPECT_TRUE(!link.is_unsupported(of_reflink) && reflink.is_unsupported(of_reflink) &&
                !copy.is_unsupported(of_reflink));
}

TEST_F(FileActions, ThePidFileHoldsTheProgramsPidAlone) {
  PidFileAction action("/f.pid", own(0644));
  EXPECT_EQ(survey_and_perform(action), "");
  EXPECT_EQ(read_file(jail_ / "root/f.pid"), "4711");
}

}  // namespace
}  // namespace jailrun::core
