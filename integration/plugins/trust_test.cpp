// SPDX-License-Identifier: Apache-2.0
// Whose files may say what root does: those that root alone can change, found through directories that root
// alone can change. Each refusal has a counterpart that differs in nothing else and is accepted.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <filesystem>

#include <sys/stat.h>

namespace jailrun::integration {
namespace {

class Trust : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    std::filesystem::create_directory(scratch("place"));
    set_owner_and_mode(scratch("place"), 0, 0755);
    std::filesystem::copy_file(test_plugin("motd"), plugin());
    set_owner_and_mode(plugin(), 0, 0644);
    write_pipeline(plugin());
  }

  std::string place() const { return scratch("place"); }
  std::string plugin() const { return place() + "/motd.so"; }
  std::string pipeline_file() const { return scratch("x.conf"); }
  void write_pipeline(const std::string& path) const {
    write_file(pipeline_file(), with_section_before(kTenStages, "exec", "[motd]\nplugin = " + path + "\n"));
  }

  void expect_accepted(const std::string& pipeline_path) {
    const Outcome outcome = launch({"plan", "--pipeline", pipeline_path});
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  }
  void expect_refused(const std::string& pipeline_path, const Strings& named) {
    expect_mentions(refusal({"--pipeline", pipeline_path}), named);
    // Showing the plan loads plugins too.
    EXPECT_FALSE(launch({"plan", "--pipeline", pipeline_path}).succeeded());
  }
  void expect_plugin_accepted() { expect_accepted(pipeline_file()); }
  void expect_plugin_refused(const Strings& named) { expect_refused(pipeline_file(), named); }

  std::string link_to(const std::string& target, const std::string& at) const {
    std::filesystem::create_symlink(target, at);
    return at;
  }
};

TEST_F(Trust, IsGivenToAPluginThatOnlyRootCanChange) { expect_plugin_accepted(); }

TEST_F(Trust, IsRefusedToAPluginThatBelongsToAUser) {
  set_owner_and_mode(plugin(), kUid, 0644);
  expect_plugin_refused({"x.conf:10", plugin(), "uid 1234", "root"});
}

TEST_F(Trust, IsRefusedToAPluginThatItsGroupCanWrite) {
  set_owner_and_mode(plugin(), 0, 0664);
  expect_plugin_refused({"x.conf:10", plugin(), "chmod go-w"});
}

TEST_F(Trust, IsRefusedToAPluginThatAnybodyCanWrite) {
  set_owner_and_mode(plugin(), 0, 0646);
  expect_plugin_refused({"x.conf:10", plugin(), "chmod go-w"});
}

TEST_F(Trust, IsRefusedBelowADirectoryThatBelongsToAUser) {
  set_owner_and_mode(place(), kUid, 0755);
  expect_plugin_refused({"x.conf:10", place() + " ", "uid 1234", "root"});
}

TEST_F(Trust, IsRefusedBelowADirectoryThatAnybodyCanWrite) {
  set_owner_and_mode(place(), 0, 0777);
  expect_plugin_refused({"x.conf:10", place() + " ", "chmod go-w"});
}

TEST_F(Trust, IsRefusedFartherBelowADirectoryThatAnybodyCanWrite) {
  std::filesystem::create_directories(place() + "/a/b");
  std::filesystem::rename(plugin(), place() + "/a/b/motd.so");
  write_pipeline(place() + "/a/b/motd.so");
  expect_plugin_accepted();
  set_owner_and_mode(place() + "/a", 0, 0777);
  expect_plugin_refused({"x.conf:10", place() + "/a ", "chmod go-w"});
}

// There nobody can rename or remove what is root's.
TEST_F(Trust, IsGivenBelowAStickyDirectory) {
  set_owner_and_mode(place(), 0, 01777);
  expect_plugin_accepted();
}

// What is sticky protects root's files, but also lets a user put one there.
TEST_F(Trust, IsRefusedToAUsersPluginInAStickyDirectory) {
  set_owner_and_mode(place(), 0, 01777);
  set_owner_and_mode(plugin(), kUid, 0644);
  expect_plugin_refused({plugin(), "uid 1234"});
}

TEST_F(Trust, FollowsALinkToWhereOnlyRootCanWrite) {
  write_pipeline(link_to(plugin(), scratch("link.so")));
  expect_plugin_accepted();
}

TEST_F(Trust, IsRefusedToALinkIntoAUsersDirectory) {
  set_owner_and_mode(place(), kUid, 0755);
  write_pipeline(link_to(plugin(), scratch("link.so")));
  expect_plugin_refused({"x.conf:10", place() + " ", "uid 1234"});
}

TEST_F(Trust, IsRefusedToALinkedDirectoryThatIsAUsers) {
  set_owner_and_mode(place(), kUid, 0755);
  write_pipeline(link_to(place(), scratch("link")) + "/motd.so");
  expect_plugin_refused({"x.conf:10", "uid 1234"});
}

// Whoever owns the directory can make the link lead elsewhere at any time.
TEST_F(Trust, IsRefusedToALinkInAUsersDirectoryWhereverItLeads) {
  std::filesystem::create_directory(scratch("users"));
  write_pipeline(link_to(plugin(), scratch("users/link.so")));
  expect_plugin_accepted();
  set_owner_and_mode(scratch("users"), kUid, 0755);
  expect_plugin_refused({"x.conf:10", scratch("users") + " ", "uid 1234"});
}

TEST_F(Trust, IsNotRegainedByWayOfTheParentDirectory) {
  std::filesystem::create_directory(scratch("users"));
  write_pipeline(scratch("users/../place/motd.so"));
  expect_plugin_accepted();
  set_owner_and_mode(scratch("users"), kUid, 0755);
  expect_plugin_refused({"x.conf:10", scratch("users") + " ", "uid 1234"});
}

TEST_F(Trust, EndsWhereLinksGoRoundInCircles) {
  write_pipeline(link_to(scratch("circle.so"), scratch("circle.so")));
  expect_plugin_refused({"x.conf:10", scratch("circle.so"), "symbolic links"});
}

TEST_F(Trust, OfAPipelineIsLostWhenItBelongsToAUser) {
  set_owner_and_mode(pipeline_file(), kUid, 0644);
  expect_refused(pipeline_file(), {pipeline_file(), "uid 1234", "root"});
}

TEST_F(Trust, OfAPipelineIsLostWhenAnybodyCanWriteIt) {
  set_owner_and_mode(pipeline_file(), 0, 0666);
  expect_refused(pipeline_file(), {pipeline_file(), "chmod go-w"});
}

TEST_F(Trust, OfAPipelineIsLostBelowADirectoryThatAnybodyCanWrite) {
  const std::string there = place() + "/x.conf";
  std::filesystem::copy_file(pipeline_file(), there);
  write_pipeline(test_plugin("motd"));
  std::filesystem::copy_file(pipeline_file(), there, std::filesystem::copy_options::overwrite_existing);
  expect_accepted(there);
  set_owner_and_mode(place(), 0, 0777);
  expect_refused(there, {place() + " ", "chmod go-w"});
}

TEST_F(Trust, OfAPipelineIsLostThroughALinkIntoAUsersDirectory) {
  write_pipeline(test_plugin("motd"));
  std::filesystem::rename(pipeline_file(), place() + "/x.conf");
  const std::string link = link_to(place() + "/x.conf", scratch("link.conf"));
  expect_accepted(link);
  set_owner_and_mode(place(), kUid, 0755);
  expect_refused(link, {place() + " ", "uid 1234"});
}

}  // namespace
}  // namespace jailrun::integration
