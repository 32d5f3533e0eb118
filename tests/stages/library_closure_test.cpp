// SPDX-License-Identifier: Apache-2.0
// What a program needs, found among files that a test has made.
#include "plugins/library-closure/closure.hpp"
#include "tests/support/elf_image.hpp"
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace jailrun::tests {
namespace {

using jailrun_stages::Closure;
using jailrun_stages::LibraryCache;
using jailrun_stages::LibraryPlaces;

// A cache as ldconfig writes it: names and paths; those that begin with '+' are for some CPUs only.
std::string cache(const std::vector<std::pair<std::string, std::string>>& entries) {
  const auto number = [](auto value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof value);
  };
  std::string table;
  std::string strings;
  const size_t strings_at = 48 + entries.size() * 24;
  for (const auto& [name, path] : entries) {
    const bool is_special = path.front() == '+';
    const auto key = static_cast<uint32_t>(strings_at + strings.size());
    strings += name + '\0';
    const auto value = static_cast<uint32_t>(strings_at + strings.size());
    strings += path.substr(is_special ? 1 : 0) + '\0';
    table += number(uint32_t{0x303}) + number(key) + number(value) + number(uint32_t{0}) +
             number(uint64_t{is_special});
  }
  std::string text = "glibc-ld.so.cache1.1" + number(static_cast<uint32_t>(entries.size())) +
                     number(static_cast<uint32_t>(strings.size()));
  text.resize(48);
  return text + table + strings;
}

TEST(LibraryCache, HasThePathsOfAName) {
  const LibraryCache found(cache({{"libz.so.1", "/a/libz.so.1"},
                                  {"libc.so.6", "+/lib/hwcaps/libc.so.6"},
                                  {"libc.so.6", "/lib/libc.so.6"},
                                  {"libc.so.6", "/lib32/libc.so.6"}}));
  EXPECT_EQ(found.find("libc.so.6"), (std::vector<std::string>{"/lib/libc.so.6", "/lib32/libc.so.6"}));
  EXPECT_EQ(found.find("libz.so"), std::vector<std::string>());
}

TEST(LibraryCache, IsFoundBehindTheOlderForm) {
  std::string older = "ld.so-1.7.0";
  older += std::string("\0\3\0\0\0", 5) + std::string(36, 'x');
  older.resize(56, '\0');
  EXPECT_EQ(LibraryCache(older + cache({{"a", "/a"}})).find("a"), std::vector<std::string>{"/a"});
}

TEST(LibraryCache, ThatIsBrokenHasNothingAndCrashesNothing) {
  const std::string whole = cache({{"libc.so.6", "/lib/libc.so.6"}, {"libz.so.1", "/a/libz.so.1"}});
  for (size_t length = 0; length < whole.size(); ++length)
    (void)LibraryCache(whole.substr(0, length)).find("libc.so.6");
  for (size_t at = 20; at < 96; ++at) {
    std::string changed = whole;
    changed[at] = '\xff';
    (void)LibraryCache(changed).find("libc.so.6");
  }
  EXPECT_TRUE(LibraryCache("").is_empty());
  EXPECT_TRUE(LibraryCache(std::string(100, 'x')).is_empty());
  EXPECT_EQ(LibraryCache(whole.substr(0, 60)).find("libc.so.6"), std::vector<std::string>());
}

TEST(LibraryConfiguration, IsReadWithWhatItIncludes) {
  const TempDirectory directory;
  directory.directory("d");
  directory.file("d/one.conf", "/one\n  /one/more # why\n");
  directory.file("d/two.conf", "/two=libc6\n");
  const std::string path =
      directory.file("conf", "# first\n/first\ninclude " + directory.path() + "/d/*.conf\nrelative\n/last");
  std::vector<std::string> directories;
  jailrun_stages::read_library_configuration(path.c_str(), 0, directories);
  EXPECT_EQ(directories, (std::vector<std::string>{"/first", "/one", "/one/more", "/two", "/last"}));
}

TEST(LibraryConfiguration, ThatIncludesItselfComesToAnEnd) {
  const TempDirectory directory;
  const std::string path = directory / "conf";
  directory.file("conf", "/a\ninclude " + path + "\n");
  std::vector<std::string> directories;
  jailrun_stages::read_library_configuration(path.c_str(), 0, directories);
  EXPECT_EQ(directories.size(), 8U);
}

class ClosureTest : public testing::Test {
 protected:
  ClosureTest() {
    for (const char* name : {"lib", "own", "bin", "opt"}) directory_.directory(name);
    ElfImage loader;
    loader.soname = "ld.so";
    add("lib/ld.so", loader);
    add("lib/libc.so.6", ElfImage({"ld.so"}));
  }
  void add(const std::string& name, ElfImage image) { directory_.file(name, image.bytes(), 0755); }
  std::string loader() const { return directory_ / "lib/ld.so"; }
  ElfImage program(std::vector<std::string> needed) const { return ElfImage(std::move(needed), loader()); }

  Closure closure() const {
    return Closure([this](const jailrun_stages::ElfFile&) {
      LibraryPlaces places;
      places.cache = LibraryCache(cache_);
      places.built_in = {directory_ / "lib"};
      return places;
    });
  }
  std::string shown(std::string text) const {
    for (size_t at = 0; (at = text.find(directory_.path(), at)) != std::string::npos;)
      text.replace(at, directory_.path().size(), "");
    return text;
  }
  // "source" or "source->target" of each member, or what was refused.
  std::string members(const std::vector<std::string>& more = {}) const {
    Closure all = closure();
    Result<void> added = all.add_program(directory_ / "bin/program");
    for (const std::string& one : more)
      if (added) added = all.add_file(one);
    if (!added)
      return shown(added.error().sentence) + (added.error().error_number == ENOENT ? ": not found" : "");
    std::string text;
    for (const auto& member : all.members()) {
      text += (text.empty() ? "" : " ") + member.source;
      if (member.source != member.target) text += "->" + member.target;
    }
    return shown(text);
  }

  TempDirectory directory_;
  std::string cache_;
};

TEST_F(ClosureTest, OfAStaticProgramIsEmpty) {
  add("bin/program", ElfImage());
  EXPECT_EQ(members(), "");
}

TEST_F(ClosureTest, IsTheInterpreterAndTheLibrariesInTheLoadersOrder) {
  add("lib/liba.so", ElfImage({"libc.so.6", "libb.so"}));
  add("lib/libb.so", ElfImage({"libc.so.6"}));
  add("bin/program", program({"liba.so", "libc.so.6"}));
  EXPECT_EQ(members(), "/lib/ld.so /lib/liba.so /lib/libc.so.6 /lib/libb.so");
}

TEST_F(ClosureTest, OfLibrariesThatNeedEachOtherComesToAnEnd) {
  add("lib/liba.so", ElfImage({"libb.so"}));
  add("lib/libb.so", ElfImage({"liba.so", "libb.so"}));
  add("bin/program", program({"liba.so"}));
  EXPECT_EQ(members(), "/lib/ld.so /lib/liba.so /lib/libb.so");
}

TEST_F(ClosureTest, FollowsTheHostsLinksAndKeepsTheNameThatIsAskedFor) {
  add("lib/liba.so.1.2.3", ElfImage());
  directory_.link("lib/liba.so.1", "liba.so.1.2.3");
  add("bin/program", program({"liba.so.1"}));
  EXPECT_EQ(members(), "/lib/ld.so /lib/liba.so.1.2.3->" + std::string("/lib/liba.so.1"));
}

TEST_F(ClosureTest, LooksWhereTheObjectItselfSays) {
  add("own/liba.so", ElfImage());
  ElfImage image = program({"liba.so"});
  image.runpath = "/absent:" + (directory_ / "own");
  add("bin/program", image);
  EXPECT_EQ(members(), "/lib/ld.so /own/liba.so");
}

// A jail need not have a /proc, by which the loader would learn where the program is.
TEST_F(ClosureTest, PutsWhatStandsBesideTheProgramWhereEveryLoaderLooks) {
  add("own/liba.so", ElfImage());
  for (const char* origin : {"$ORIGIN/../own", "${ORIGIN}/../own/"}) {
    ElfImage image = program({"liba.so"});
    image.runpath = origin;
    add("bin/program", image);
    EXPECT_EQ(members(), "/lib/ld.so /own/liba.so->/lib/liba.so") << origin;
  }
}

TEST_F(ClosureTest, KnowsTheOriginOfALibrary) {
  directory_.directory("own/deeper");
  add("own/deeper/libb.so", ElfImage());
  ElfImage library({"libb.so"});
  library.runpath = "$ORIGIN/deeper";
  add("own/liba.so", library);
  ElfImage image = program({"liba.so"});
  image.rpath = directory_ / "own";
  add("bin/program", image);
  EXPECT_EQ(members(), "/lib/ld.so /own/liba.so /own/deeper/libb.so");
}

TEST_F(ClosureTest, AnRpathHoldsForWhatALibraryNeedsAndARunpathDoesNot) {
  add("own/libb.so", ElfImage());
  add("lib/liba.so", ElfImage({"libb.so"}));
  ElfImage image = program({"liba.so"});
  image.rpath = directory_ / "own";
  add("bin/program", image);
  EXPECT_EQ(members(), "/lib/ld.so /lib/liba.so /own/libb.so");
  ElfImage other = program({"liba.so"});
  other.runpath = directory_ / "own";
  add("bin/program", other);
  EXPECT_EQ(members(), "libb.so, which /lib/liba.so needs: not found");
}

TEST_F(ClosureTest, APathOfTheWorkingDirectoryIsNotLookedAt) {
  add("own/liba.so", ElfImage());
  ElfImage image = program({"liba.so"});
  image.runpath = ":own:$LIB:" + (directory_ / "own");
  add("bin/program", image);
  EXPECT_EQ(members(), "/lib/ld.so /own/liba.so");
}

TEST_F(ClosureTest, WhatOnlyTheHostsCacheKnowsIsPutBesideTheLibc) {
  add("opt/liba.so", ElfImage());
  cache_ = cache({{"liba.so", "/absent/liba.so"}, {"liba.so", directory_ / "opt/liba.so"}});
  add("bin/program", program({"liba.so", "libc.so.6"}));
  EXPECT_EQ(members(), "/lib/ld.so /opt/liba.so->/lib/liba.so /lib/libc.so.6");
}

TEST_F(ClosureTest, PassesOverAFileForAnotherMachine) {
  ElfImage foreign;
  foreign.machine = EM_AARCH64;
  add("opt/liba.so", foreign);
  cache_ = cache({{"liba.so", directory_ / "opt/liba.so"}});
  add("lib/liba.so", ElfImage());
  add("bin/program", program({"liba.so"}));
  EXPECT_EQ(members(), "/lib/ld.so /lib/liba.so");
  add("lib/liba.so", foreign);
  EXPECT_EQ(members(), "liba.so, which /bin/program needs: not found");
}

TEST_F(ClosureTest, OfABrokenLibraryIsRefused) {
  directory_.file("lib/liba.so", "INPUT(-lfoo)\n");
  add("bin/program", program({"liba.so"}));
  EXPECT_EQ(members().find("/lib/liba.so, which /bin/program needs: "), 0U) << members();
}

TEST_F(ClosureTest, ALibraryThatIsNowhereIsRefused) {
  add("bin/program", program({"libc.so.6", "libabsent.so.3"}));
  EXPECT_EQ(members(), "libabsent.so.3, which /bin/program needs: not found");
}

TEST_F(ClosureTest, ANameWithASlashIsAPath) {
  add("own/liba.so", ElfImage());
  add("bin/program", program({directory_ / "own/liba.so"}));
  EXPECT_EQ(members(), "/lib/ld.so /own/liba.so");
  add("bin/program", program({"../liba.so"}));
  EXPECT_EQ(members(), "/bin/program needs '../liba.so', which is not an absolute path without . and ..");
  add("bin/program", program({"/lib/../liba.so"}));
  EXPECT_EQ(members(),
            "/bin/program needs '/lib/../liba.so', which is not an absolute path without . and ..");
}

TEST_F(ClosureTest, AnInterpreterThatIsNotThereOrLeavesItsPathIsRefused) {
  add("bin/program", ElfImage({}, "/absent/ld.so"));
  EXPECT_EQ(members(), "/absent/ld.so, the interpreter of /bin/program: not found");
  add("bin/program", ElfImage({}, "/lib/../ld.so"));
  EXPECT_EQ(members(),
            "/bin/program: its interpreter /lib/../ld.so is not an absolute path without . and ..");
}

TEST_F(ClosureTest, OfAScriptIsItsInterpretersAndTheInterpreter) {
  add("opt/shell", program({"libc.so.6"}));
  directory_.file("bin/program", "#! " + (directory_ / "opt/shell") + " -e\nexit\n", 0755);
  EXPECT_EQ(members(), "/opt/shell /lib/ld.so /lib/libc.so.6");
}

TEST_F(ClosureTest, OfAScriptWithoutAnInterpreterThatCanBeToldIsRefused) {
  const auto script = [this](const std::string& line) {
    directory_.file("bin/program", line + "\n", 0755);
    return members();
  };
  EXPECT_EQ(
      script("#!/usr/bin/env python3"),
      "/bin/program is a script that lets /usr/bin/env look for its interpreter: name the interpreter in its "
      "first line");
  const std::string none = "/bin/program is a script without an interpreter that could be put into the jail";
  EXPECT_EQ(script("#!"), none);
  EXPECT_EQ(script("#!sh"), none);
  EXPECT_EQ(script("#!/bin/../sh"), none);
  EXPECT_EQ(script("#!" + (directory_ / "bin/program")), none);
  EXPECT_EQ(script("echo"),
            "/bin/program is neither an ELF program nor a script: it is not known what it needs");
}

TEST_F(ClosureTest, TakesWhatTheProgramLoadsByItself) {
  add("lib/libplugin.so", ElfImage({"libb.so"}));
  add("lib/libb.so", ElfImage());
  add("own/other.so", ElfImage({"libb.so"}));
  add("opt/helper", program({"libc.so.6"}));
  add("bin/program", program({}));
  EXPECT_EQ(members({"libplugin.so", directory_ / "own/other.so", directory_ / "opt/helper"}),
            "/lib/ld.so /lib/libplugin.so /lib/libb.so /own/other.so /opt/helper /lib/libc.so.6");
  EXPECT_EQ(members({"libabsent.so"}), "libabsent.so, which /bin/program needs: not found");
  EXPECT_EQ(members({directory_ / "absent"}), "/absent: not found");
  EXPECT_EQ(members({"own/other.so"}), "'own/other.so' is not an absolute path without . and ..");
}

TEST_F(ClosureTest, AStaticProgramsLibraryIsGivenByItsPath) {
  add("lib/liba.so", ElfImage());
  add("bin/program", ElfImage());
  EXPECT_EQ(members({directory_ / "lib/liba.so"}), "/lib/liba.so");
  EXPECT_EQ(members({"liba.so"}), "the program is static: give a library by its absolute path");
}

Launch launch(const std::string& program) {
  return Launch()
      .pipeline(
          "[validate-id]\n[chroot-builder]\nchroot-base-dir = "
          "/usr\n[library-closure]\n[drop-privs]\n[exec]\n")
      .set("exec-file", program);
}

TEST(LibraryClosure, GivesEveryWayToEachFile) {
  const TempDirectory directory;
  ElfImage loader;
  const std::string path = directory.file("ld.so", loader.bytes(), 0755);
  ElfImage image({}, path);
  const std::string text = launch(directory.file("program", image.bytes(), 0755)).plan_of("library-closure");
  EXPECT_NE(text.find("link " + path + "  to " + path + "  (alternative 2 of 3: link)\n"), std::string::npos)
      << text;
  EXPECT_EQ(text.find("bind"), std::string::npos) << text;
}

TEST(LibraryClosure, TakesTheWayThatIsNamed) {
  const TempDirectory directory;
  const std::string path = directory.file("ld.so", ElfImage().bytes(), 0755);
  Launch one = launch(directory.file("program", ElfImage({}, path).bytes(), 0755));
  const std::string text = one.set("library-way", "link").plan_of("library-closure");
  EXPECT_NE(text.find("prepare link " + path + "  to " + path + "\n"), std::string::npos) << text;
  EXPECT_EQ(
      one.set("library-way", "symlink").plan_of("library-closure"),
      "refused: stage library-closure: --library-way: 'symlink' is not one of reflink, link, bind, copy\n");
}

TEST(LibraryClosure, AFileThatIsNotThereIsNamedWithItsOption) {
  const TempDirectory directory;
  const std::string program = directory.file("program", ElfImage().bytes(), 0755);
  EXPECT_EQ(launch(program).set("library", "/absent.so").plan_of("library-closure"),
            "refused: stage library-closure: --library: /absent.so: No such file or directory\n");
}

}  // namespace
}  // namespace jailrun::tests
