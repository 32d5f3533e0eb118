// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/loader.hpp"

#include "core/base/message.hpp"
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace jailrun::core {
namespace {

using tests::read_file;
using tests::TempDirectory;

// The loader knows a file by its descriptor's number, so those that were loaded stay open until
// the tests end.
Trust& trust() {
  static Trust instance;
  return instance;
}

class Loading : public testing::Test {
 protected:
  std::string test_plugin(const std::string& name) const {
    return directory_.file(name.substr(name.rfind('/') + 1) + ".so",
                           read_file(JAILRUN_TEST_OWN_PLUGINS "/" + name + ".so"));
  }
  std::string refusal(const std::string& path) {
    const Result<const Plugin*> plugin = loader_.load(path);
    std::string text = plugin ? "none" : message(plugin.error());
    if (const size_t at = text.find(directory_.path()); at != std::string::npos)
      text.replace(at, directory_.path().size(), "TMP");
    return text;
  }

  TempDirectory directory_;
  Loader loader_{trust(), {directory_.path()}};
};

TEST_F(Loading, APluginInPlainCIsLoaded) {
  const Result<const Plugin*> plugin = loader_.load(test_plugin("minimal"));
  ASSERT_TRUE(plugin) << message(plugin.error());
  ASSERT_EQ(plugin.value()->stages.size(), 1U);
  EXPECT_EQ(plugin.value()->stages[0].id, "minimal");
  EXPECT_EQ(plugin.value()->stages[0].summary, "stands in for chroot-builder");
  EXPECT_EQ(plugin.value()->stages[0].options.at(0).default_value, "/usr");
}

TEST_F(Loading, AFileIsLoadedOnce) {
  const std::string path = test_plugin("minimal");
  const Result<const Plugin*> first = loader_.load(path);
  const Result<const Plugin*> second = loader_.load(path);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first.value(), second.value());
}

TEST_F(Loading, APluginIsFoundByItsStagesNameInTheFirstDirectoryThatHasIt) {
  const TempDirectory before;
  Loader loader(trust(), {before.path(), directory_.path()});
  const std::string path = test_plugin("minimal");
  const Result<const Plugin*> plugin = loader.load_by_name("minimal");
  ASSERT_TRUE(plugin) << message(plugin.error());
  EXPECT_EQ(plugin.value()->path, path);
}

TEST_F(Loading, AStageThatNoDirectoryHasIsNamedWithTheDirectories) {
  const Result<const Plugin*> plugin = loader_.load_by_name("absent");
  ASSERT_FALSE(plugin);
  EXPECT_EQ(message(plugin.error()), "there is no stage 'absent': no absent.so in " + directory_.path());
}

TEST_F(Loading, AMissingFileIsNamed) {
  EXPECT_EQ(refusal(directory_ / "absent.so"), "open TMP/absent.so: No such file or directory");
}

TEST_F(Loading, WhatIsNotElfIsRefused) {
  EXPECT_EQ(refusal(directory_.file("text.so", "#!/bin/sh\nexit 0\n")),
            "plugin TMP/text.so is not an ELF file");
  EXPECT_EQ(refusal(directory_.file("empty.so")), "plugin TMP/empty.so is not an ELF file");
}

TEST_F(Loading, AnElfThatBreaksOffIsRefused) {
  const std::string complete = read_file(JAILRUN_TEST_OWN_PLUGINS "/minimal.so");
  EXPECT_EQ(
      refusal(directory_.file("half.so", complete.substr(0, 100))).find("plugin TMP/half.so can't be loaded"),
      0U);
}

TEST_F(Loading, ASharedObjectWithoutTheSymbolIsRefused) {
  EXPECT_EQ(
      refusal(test_plugin("no-symbol")),
      "plugin TMP/no-symbol.so does not export jailrun_plugin_v1: it is not a jailrun plugin, or is for "
      "another major "
      "version of the interface");
}

TEST_F(Loading, AShortPluginObjectIsRefusedWithItsPath) {
  EXPECT_EQ(refusal(test_plugin("short-struct")),
            "plugin TMP/short-struct.so: its jailrun_plugin_v1 is too short");
}

// Each would run its constructor, had it been loaded.
TEST_F(Loading, APluginThatChoosesWhereItsLibrariesComeFromIsRefused) {
  EXPECT_EQ(refusal(test_plugin("hostile/search-path"))
                .find("plugin TMP/search-path.so has a search path for "
                      "libraries, /tmp/anybody: who can write there"),
            0U);
  EXPECT_EQ(
      refusal(test_plugin("hostile/old-search-path")).find("plugin TMP/old-search-path.so has a search path"),
      0U);
  EXPECT_EQ(refusal(test_plugin("hostile/library-by-path"))
                .find("plugin TMP/library-by-path.so needs the library /tmp/anybody/libany.so by its path"),
            0U);
}

TEST_F(Loading, APluginForAnotherLibcIsToldSo) {
  EXPECT_EQ(refusal(test_plugin("hostile/for-musl")),
            "plugin TMP/for-musl.so was built for musl, another libc than jailrun's: build it for glibc");
}

TEST_F(Loading, ALibraryThatIsMissingIsNamed) {
  const std::string answer = refusal(test_plugin("hostile/missing-library"));
  EXPECT_EQ(
      answer.find("plugin TMP/missing-library.so can't be loaded: libmissing.so: cannot open shared object"),
      0U)
      << answer;
}

TEST_F(Loading, ASymbolsNameIsCutOff) {
  const std::string answer = refusal(test_plugin("hostile/long-symbol"));
  EXPECT_EQ(answer.find("plugin TMP/long-symbol.so can't be loaded: undefined symbol: xxxx"), 0U) << answer;
  EXPECT_LT(answer.size(), 600U);
}

TEST_F(Loading, AFileThatOthersCanWriteIsNotLoaded) {
  const std::string path = test_plugin("minimal");
  chmod(path.c_str(), 0666);
  EXPECT_EQ(refusal(path).find("TMP/minimal.so is writable by others"), 0U);
}

TEST(ShippedStages, AreEachInAFileOfItsName) {
  Loader loader(trust(), {tests::plugin_directory()});
  EXPECT_GE(loader.installed().size(), 21U);
  for (const std::string& name : loader.installed()) {
    const Result<const Plugin*> plugin = loader.load_by_name(name);
    ASSERT_TRUE(plugin) << message(plugin.error());
    ASSERT_EQ(plugin.value()->stages.size(), 1U);
    const StageDescription& stage = plugin.value()->stages[0];
    EXPECT_EQ(stage.id, name);
    EXPECT_FALSE(stage.summary.empty());
    for (const OptionDescription& option : stage.options) EXPECT_FALSE(option.help.empty());
  }
}

// A site replaces one of them by its own file in a directory that is searched before.
TEST(ShippedStages, GiveWayToAFileOfTheirName) {
  const tests::TempDirectory site;
  site.file("devices.so", tests::read_file(tests::plugin_directory() + "/devices.so"));
  Loader before(trust(), {site.path(), tests::plugin_directory()});
  EXPECT_EQ(before.load_by_name("devices").value()->path, site.path() + "/devices.so");
  EXPECT_EQ(before.load_by_name("netns").value()->path, tests::plugin_directory() + "/netns.so");
}

}  // namespace
}  // namespace jailrun::core
