// SPDX-License-Identifier: Apache-2.0
// A pipeline made of other plugins than those that ship: a stage in another's place, one more stage, one that
// makes things of its own kind, one from a later SDK. The runner is the same file throughout.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

namespace jailrun::integration {
namespace {

class Plugins : public JailTest {
 protected:
  std::string pipeline_file(const std::string& text) const { return written(scratch("site.conf"), text); }
  static std::string default_text() { return read_file(pipeline("default.conf")); }

  // default.conf with a stage before the last one.
  std::string with_stage(const std::string& lines) const {
    return pipeline_file(with_section_before(default_text(), "exec", lines));
  }

  // Built from the installed headers alone, as a site would.
  std::string compiled(const std::string& source) const {
    const std::string library = scratch("site-devices.so");
    const Outcome built = run({"g++", "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fPIC",
                               "-shared", "-I" + stage() + "/include", source, "-o", library});
    EXPECT_TRUE(built.succeeded()) << built.text();
    return library;
  }
};

TEST_F(Plugins, AStageIsSwappedForOneBuiltOutsideTheTreeByOneLine) {
  const std::string library = compiled(stage() + "/lib/jailrun/test-plugins/site_devices.cpp");
  const std::string file =
      pipeline_file(with_setting(default_text(), "devices", "plugin = " + library + "\n"));
  const Outcome outcome = launch_and_remove(
      {"--pipeline", file}, {"--stat", "/dev/null", "--open", "/dev/zero", "--stat", "/dev/kvm"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(reported(outcome.out, "stat"), (Strings{"/dev/null char 0600 1234:4321 1:3", "/dev/kvm ENOENT"}));
  EXPECT_EQ(reported(outcome.out, "open"), Strings{"/dev/zero yes"});
}

TEST_F(Plugins, AnAddedStageDoesItsPart) {
  const std::string file = with_stage(section("motd", "motd"));
  const Outcome outcome = launch({"--pipeline", file});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(read_file(root() + "/motd"), "this is a jail\n");
  EXPECT_EQ(describe(root() + "/motd"), "file 0444 0:0");
  remove_jail();
}

TEST_F(Plugins, AnAddedStagesOptionIsSetInThePipeline) {
  const std::string file = with_stage(section("motd", "motd", "message = from the file\n"));
  EXPECT_TRUE(launch({"--pipeline", file}).succeeded());
  EXPECT_EQ(read_file(root() + "/motd"), "from the file\n");
  remove_jail();
}

TEST_F(Plugins, AnAddedStagesOptionIsSetOnTheCommandLine) {
  const std::string file = with_stage(section("motd", "motd", "message = from the file\n"));
  EXPECT_TRUE(launch({"--pipeline", file, "--message", "from the command line"}).succeeded());
  EXPECT_EQ(read_file(root() + "/motd"), "from the command line\n");
  remove_jail();
}

TEST_F(Plugins, AnAddedStagesOptionIsInTheHelp) {
  const Outcome outcome = run({runner(), "--pipeline", with_stage(section("motd", "motd")), "--help"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.out.find("--message TEXT"), std::string::npos) << outcome.text();
}

TEST_F(Plugins, AnAddedStagesActionsAreInThePlan) {
  const Outcome outcome = launch({"plan", "--pipeline", with_stage(section("motd", "motd"))});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.out.find("/motd"), std::string::npos) << outcome.text();
}

TEST_F(Plugins, AStageFromALaterSdkServesAsLongAsItAsksForNothingNew) {
  const Outcome outcome = launch_and_remove({"--pipeline", with_stage(section("later", "later"))});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
}

TEST_F(Plugins, AStageThatAsksForAnActionOfALaterRunnerIsRefused) {
  const std::string sentence =
      refusal({"--pipeline", with_stage(section("later", "later", "teleport = yes\n"))});
  EXPECT_NE(sentence.find("stage later"), std::string::npos) << sentence;
  EXPECT_NE(sentence.find("'teleport'"), std::string::npos) << sentence;
}

TEST_F(Plugins, AStageThatAsksByAnArgumentForWhatALaterRunnerDoesIsRefused) {
  const std::string sentence = refusal({"--pipeline", with_stage(section("later", "later", "seal = yes\n"))});
  EXPECT_NE(sentence.find("stage later: write: this version of jailrun does not know"), std::string::npos)
      << sentence;
  EXPECT_NE(sentence.find("a newer one is needed"), std::string::npos) << sentence;
}

TEST_F(Plugins, ACallIsShownInThePlanAndNotPerformed) {
  const std::string file = with_stage(section("marker", "call"));
  const Outcome outcome = launch({"plan", "--pipeline", file, "--marker", scratch("marker")});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.out.find(scratch("marker")), std::string::npos) << outcome.text();
  EXPECT_FALSE(exists(scratch("marker")));
}

TEST_F(Plugins, ACallIsPerformed) {
  const std::string file = with_stage(section("marker", "call"));
  const Outcome outcome = launch({"--pipeline", file, "--marker", scratch("marker")});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_TRUE(exists(scratch("marker")));
  if (exists(scratch("marker"))) {
    EXPECT_EQ(read_file(scratch("marker")).size(), 16U) << "the launch's token";
  }
  remove_jail();
}

// By another process, which has nothing but the ledger to go by.
TEST_F(Plugins, ACallIsReleasedWhenTheJailIsRemovedLater) {
  const std::string file = with_stage(section("marker", "call"));
  EXPECT_TRUE(launch({"--pipeline", file, "--marker", scratch("marker")}).succeeded());
  ASSERT_TRUE(exists(scratch("marker")));
  const Outcome removed = run({runner(), "rm", "jail", "--chroot-base-dir", base()});
  EXPECT_TRUE(removed.succeeded()) << removed.text();
  EXPECT_FALSE(exists(scratch("marker")));
  EXPECT_FALSE(exists(jail()));
}

TEST_F(Plugins, ACallIsReleasedWhenALaterStageFails) {
  const std::string file = with_stage(section("marker", "call") + section("saboteur", "call"));
  const std::string sentence = refusal({"--pipeline", file, "--marker", scratch("marker")});
  EXPECT_NE(sentence.find("the saboteur struck: Input/output error"), std::string::npos) << sentence;
  EXPECT_FALSE(exists(scratch("marker")));
}

TEST_F(Plugins, ACallIsReleasedWhenTheProgramCannotBeStarted) {
  write_file(scratch("text"), "no program, whatever its mode says\n");
  set_owner_and_mode(scratch("text"), 0, 0755);
  const std::string file = with_stage(section("marker", "call"));
  const std::string sentence =
      refusal({"--pipeline", file, "--marker", scratch("marker"), "--exec-file", scratch("text")});
  EXPECT_NE(sentence.find("Exec format error"), std::string::npos) << sentence;
  EXPECT_FALSE(exists(scratch("marker")));
}

TEST_F(Plugins, ACallThatFailedReleasesNothingThatWasThereBefore) {
  write_file(scratch("marker"), "somebody else's\n");
  const std::string file = with_stage(section("marker", "call"));
  const std::string sentence = refusal({"--pipeline", file, "--marker", scratch("marker")});
  EXPECT_NE(sentence.find(scratch("marker") + ": File exists"), std::string::npos) << sentence;
  EXPECT_EQ(read_file(scratch("marker")), "somebody else's\n");
}

}  // namespace
}  // namespace jailrun::integration
