// SPDX-License-Identifier: Apache-2.0
// The pages for plugin authors: what they show is compiled, and what is made from the header is as the
// header.
#include "integration/support/jail_test.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

namespace jailrun::integration {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPages = "docs/plugin-author";  // ./dev test runs from the clone's root

// Those that hold a project: each is built by a test of its own below.
const Strings kBuilt = {"first-stage.md", "tutorial.md", "packaging.md"};

// ```cpp stage.cpp: a language, and the name of the file that it is, where it is one.
struct Block {
  std::string language;
  std::string file;
  std::string text;
};

std::vector<Block> blocks_in(const std::string& page) {
  std::vector<Block> blocks;
  bool inside = false;
  for (const std::string& line : split_lines(read_file(page))) {
    if (line.compare(0, 3, "```") != 0) {
      if (inside) blocks.back().text += line + "\n";
      continue;
    }
    inside = !inside;
    if (!inside) continue;
    const size_t space = line.find(' ');
    blocks.push_back({line.substr(3, space == std::string::npos ? space : space - 3),
                      space == std::string::npos ? "" : line.substr(space + 1), ""});
  }
  return blocks;
}

class AuthorDocs : public JailTest {
 protected:
  Outcome run_in(const std::string& directory, const Strings& words) const {
    Command wanted(words);
    wanted.environment.push_back("CMAKE_PREFIX_PATH=" + stage());
    wanted.in_child = [&] {
      if (chdir(directory.c_str()) != 0) _exit(98);
    };
    return run(wanted);
  }
  void step(const std::string& directory, const Strings& words) const {
    const Outcome outcome = run_in(directory, words);
    ASSERT_TRUE(outcome.succeeded()) << directory << ": " << words.front() << ": " << outcome.text();
  }

  // The named files of a page, in a directory of its own; built, where there is what builds them.
  std::string built(const std::string& page) const {
    const std::string directory = scratch(fs::path(page).stem());
    fs::create_directory(directory);
    for (const Block& block : blocks_in(page))
      if (!block.file.empty()) write_file(directory + "/" + block.file, block.text);
    if (!exists(directory + "/CMakeLists.txt")) return directory;
    step(directory, {"cmake", "-S", ".", "-B", "build", "-G", "Ninja"});
    step(directory, {"cmake", "--build", "build"});
    return directory;
  }

  // A pipeline of a page, with the plugin that was built instead of the installed one.
  std::string pipeline_of(const std::string& directory, const std::string& conf,
                          const std::string& name) const {
    std::string text;
    for (const std::string& line : split_lines(read_file(directory + "/" + conf))) {
      if (line.compare(0, 6, "plugin") == 0) continue;
      text += line + "\n";
      if (line == "[" + name + "]") text += "plugin = " + directory + "/build/" + name + ".so\n";
    }
    write_file(directory + "/try.conf", text);
    return directory + "/try.conf";
  }
};

TEST_F(AuthorDocs, EachBlockCompiles) {
  const std::map<std::string, Strings> compilers = {{"c", {"gcc", "-std=c11"}},
                                                    {"cpp", {"g++", "-std=c++17"}}};
  int count = 0;
  for (const auto& page : fs::directory_iterator(kPages)) {
    if (page.path().extension() != ".md") continue;
    for (const Block& block : blocks_in(page.path())) {
      SCOPED_TRACE(page.path().string() + ": " + block.text.substr(0, 60));
      if (!block.file.empty()) {
        EXPECT_TRUE(std::count(kBuilt.begin(), kBuilt.end(), page.path().filename()))
            << "a page with files needs a test that builds them";
        continue;
      }
      if (block.language == "text") continue;
      // A language that nothing here compiles would be looked at by nobody.
      ASSERT_EQ(compilers.count(block.language), 1U) << block.language;
      const std::string file = scratch("block." + block.language);
      write_file(file, block.text);
      Strings words = compilers.at(block.language);
      words.insert(words.end(),
                   {"-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I" + stage() + "/include", file});
      const Outcome outcome = run(words);
      EXPECT_TRUE(outcome.succeeded()) << outcome.text();
      ++count;
    }
  }
  EXPECT_GT(count, 3);
}

TEST_F(AuthorDocs, TheFirstStageIsBuiltAndLaunched) {
  const std::string directory = built(std::string(kPages) + "/first-stage.md");
  const std::string file = pipeline_of(directory, "site.conf", "motd");
  EXPECT_TRUE(launch({"--strict", "--pipeline", file}).succeeded());
  EXPECT_EQ(read_file(root() + "/motd"), "jail: mind the gap\n");
  remove_jail();
}

TEST_F(AuthorDocs, TheTutorialIsFollowedToThePackage) {
  const std::string directory = built(std::string(kPages) + "/tutorial.md");
  step(directory, {"ctest", "--test-dir", "build", "--output-on-failure", "--no-tests=error"});
  step(directory + "/build", {"cpack"});
  const Outcome content =
      run({"dpkg-deb", "--contents", directory + "/build/jailrun-skeleton-root_1.0.0_amd64.deb"});
  EXPECT_NE(content.out.find("./usr/lib/jailrun/plugins/skeleton-root.so\n"), std::string::npos)
      << content.text();
  EXPECT_NE(content.out.find("./usr/share/jailrun/pipelines/skeleton.conf\n"), std::string::npos);

  fs::create_directories(scratch("skeleton/etc"));
  write_file(scratch("skeleton/etc/hosts"), "127.0.0.1 localhost\n");
  const std::string file = pipeline_of(directory, "skeleton.conf", "skeleton-root");
  EXPECT_EQ(run({runner(), "check", "--pipeline", file}).out, file + ": 5 stages, no fault found\n");
  const Outcome outcome =
      launch({"--strict", "--pipeline", file, "--skeleton", scratch("skeleton")}, {"--stat", "/etc/hosts"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(reported(outcome.out, "stat"), Strings{"/etc/hosts file 0644 0:0 0:0"});
  remove_jail();
}

TEST_F(AuthorDocs, ThePackagingPageBuilds) {
  EXPECT_TRUE(exists(built(std::string(kPages) + "/packaging.md") + "/build/my-stage.so"));
}

// Commands of a page that begin with a compiler, without their prompt and with their lines joined.
Strings compilations_in(const std::string& page) {
  Strings commands;
  bool goes_on = false;
  for (std::string line : split_lines(read_file(page))) {
    line.erase(0, std::min(line.size(), line.find_first_not_of(' ')));
    if (line.compare(0, 2, "$ ") == 0) line.erase(0, 2);
    if (!goes_on && line.compare(0, 4, "g++ ") != 0 && line.compare(0, 4, "gcc ") != 0) continue;
    if (!goes_on) commands.emplace_back();
    goes_on = !line.empty() && line.back() == '\\';
    commands.back() += goes_on ? line.substr(0, line.size() - 1) : line;
  }
  return commands;
}

TEST_F(AuthorDocs, ThePluginsOfEachCompilersLinePassCheckPlugin) {
  const std::string cpp = blocks_in("README.md").at(0).text;
  const std::string c = read_file("sdk/templates/c/stage.c");
  for (const char* name : {"motd", "stage"}) {
    write_file(scratch(name) + ".cpp", cpp);
    write_file(scratch(name) + ".c", c);
  }
  size_t count = 0;
  for (const std::string& page : {std::string("README.md"), std::string(kPages) + "/first-stage.md",
                                  std::string(kPages) + "/packaging.md"}) {
    for (const std::string& command : compilations_in(page)) {
      SCOPED_TRACE(page + ": " + command);
      const std::string built = scratch("one-line.plugin");
      const Outcome outcome =
          run({"sh", "-ec",
               "cd " + scratch("") + " && PKG_CONFIG_PATH=" + stage() +
                   "/lib/pkgconfig && export PKG_CONFIG_PATH && " + command + " && mv -- *.so " + built});
      ASSERT_TRUE(outcome.succeeded()) << outcome.text();
      const Outcome checked = run({runner(), "check-plugin", built});
      EXPECT_TRUE(checked.succeeded()) << checked.text();
      ++count;
    }
  }
  EXPECT_EQ(count, 5U);
}

TEST_F(AuthorDocs, WhatIsMadeFromTheHeaderIsAsTheHeader) {
  const Outcome made = run({"scripts/generate", scratch("made")});
  ASSERT_TRUE(made.succeeded()) << made.text();
  for (const char* file : {"docs/plugin-author/reference.md", "sdk/templates/rust/src/jailrun_sdk.rs"})
    EXPECT_EQ(read_file(scratch("made/") + file), read_file(file)) << "run scripts/generate";
}

// The Rust module states its sizes, which rustc checks; here C is asked for the same.
TEST_F(AuthorDocs, TheRustModuleHasTheSizesOfC) {
  std::string source = "#include <jailrun/plugin.h>\n";
  int count = 0;
  for (const std::string& line : split_lines(read_file("sdk/templates/rust/src/jailrun_sdk.rs"))) {
    const size_t name = line.find("size_of::<");
    if (name == std::string::npos) continue;
    const size_t end = line.find('>', name);
    source += "_Static_assert(sizeof(struct " + line.substr(name + 10, end - name - 10) +
              ") == " + line.substr(line.find("== ") + 3, line.find(");") - line.find("== ") - 3) +
              ", \"a size\");\n";
    ++count;
  }
  EXPECT_GT(count, 20);
  write_file(scratch("sizes.c"), source);
  const Outcome outcome =
      run({"gcc", "-std=c11", "-fsyntax-only", "-I" + stage() + "/include", scratch("sizes.c")});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
}

}  // namespace
}  // namespace jailrun::integration
