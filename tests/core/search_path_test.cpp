// SPDX-License-Identifier: Apache-2.0
// Where pipelines and plugins are searched for, and in which order: docs/operator/pipelines.md says the same.
#include "core/base/message.hpp"
#include "core/base/prefix.hpp"
#include "core/pipeline/pipeline.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace jailrun::core {
namespace {

TEST(SearchPath, BeginsWithTheSitesDirectoriesAndEndsWithThoseOfThePrefix) {
  const Result<std::string> prefix = installed_prefix();
  ASSERT_TRUE(prefix) << message(prefix.error());
  const SearchPath search = default_search_path();
  EXPECT_EQ(search.pipelines, (std::vector<std::string>{"/etc/jailrun/pipelines",
                                                        prefix.value() + "/share/jailrun/pipelines"}));
  EXPECT_EQ(search.plugins,
            (std::vector<std::string>{"/etc/jailrun/plugins", prefix.value() + "/lib/jailrun/plugins"}));
}

TEST(SearchPath, ThePipelineInTheFirstDirectoryThatHasItIsTaken) {
  const tests::TempDirectory directory;
  SearchPath search;
  for (const char* name : {"site", "shipped"}) search.pipelines.push_back(directory.directory(name));
  directory.file("shipped/default.conf");
  EXPECT_EQ(find_pipeline("default.conf", search).value(), directory / "shipped/default.conf");
  directory.file("site/default.conf");
  EXPECT_EQ(find_pipeline("default.conf", search).value(), directory / "site/default.conf");
}

TEST(SearchPath, ANameWithASlashIsNotSearchedFor) {
  const tests::TempDirectory directory;
  SearchPath search;
  search.pipelines.push_back(directory.path());
  directory.file("default.conf");
  EXPECT_EQ(find_pipeline("/elsewhere/default.conf", search).value(), "/elsewhere/default.conf");
}

TEST(SearchPath, APipelineThatIsInNoDirectoryIsRefusedWithTheDirectories) {
  SearchPath search;
  search.pipelines = {"/one", "/two"};
  EXPECT_EQ(message(find_pipeline("x.conf", search).error()),
            "there is no pipeline 'x.conf' in /one, /two; a path needs a slash: ./x.conf");
}

}  // namespace
}  // namespace jailrun::core
