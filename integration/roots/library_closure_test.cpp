// SPDX-License-Identifier: Apache-2.0
// Dynamic programs that start in a jail with only those of the host's files that they need.
#include "integration/support/jail_test.hpp"

#include <filesystem>

#include <sys/stat.h>

namespace jailrun::integration {
namespace {

class LibraryClosureTest : public JailTest {
 protected:
  // The program's own arguments alone.
  Strings with(const std::string& program, const Strings& more = {}) const {
    Strings words = {"--pipeline",  pipeline_with("[library-closure]\n", "cgroup-v1"),
                     "--arguments", "none",
                     "--exec-file", program};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
};

TEST_F(LibraryClosureTest, ADynamicProgramRunsWithoutTheHostsDirectories) {
  const Outcome outcome = launch_and_remove(with("/bin/ls"), {"-1", "/"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  const Strings seen = outcome.out_lines();
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "ls"), 1) << outcome.out;
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "usr"), 0) << outcome.out;
}

TEST_F(LibraryClosureTest, EachWayStartsIt) {
  for (const char* way : {"link", "bind", "copy"}) {
    const Outcome outcome = launch_and_remove(with("/bin/cat", {"--library-way", way}), {"/cat.pid"});
    EXPECT_TRUE(outcome.succeeded()) << way << outcome.text();
  }
}

TEST_F(LibraryClosureTest, WithoutTheStageItDoesNotStart) {
  EXPECT_NE(refusal({"--exec-file", "/bin/ls"}).find("exec /ls"), std::string::npos);
}

TEST_F(LibraryClosureTest, AScriptRunsByItsInterpreter) {
  write_file(scratch("script"), "#!/bin/sh\necho \"$0 $1\"\n");
  chmod(scratch("script").c_str(), 0755);
  const Outcome outcome = launch_and_remove(with(scratch("script")), {"an argument"});
  EXPECT_EQ(outcome.out, "/script an argument\n") << outcome.text();
}

TEST_F(LibraryClosureTest, AnotherProgramThatTheFirstStartsIsThereToo) {
  write_file(scratch("script"), "#!/bin/sh\n/bin/ls -1 /script\n");
  chmod(scratch("script").c_str(), 0755);
  const Outcome outcome = launch_and_remove(with(scratch("script"), {"--library", "/bin/ls"}));
  EXPECT_EQ(outcome.out, "/script\n") << outcome.text();
}

TEST_F(LibraryClosureTest, AStaticProgramGetsNothing) {
  const Jailed jailed = start({"--pipeline", pipeline_with("[library-closure]\n", "cgroup-v1")});
  EXPECT_FALSE(exists(root() + "/lib"));
  EXPECT_FALSE(exists(root() + "/lib64"));
}

// A program that would be read to its harm, did the runner believe it; and it is never run.
TEST_F(LibraryClosureTest, AHostileProgramIsRefused) {
  std::string bytes = read_file("/bin/ls");
  const auto refused = [&](const std::string& content) {
    write_file(scratch("hostile"), content);
    chmod(scratch("hostile").c_str(), 0755);
    return refusal(with(scratch("hostile")));
  };
  EXPECT_NE(refused(bytes.substr(0, 500)).find("its ELF headers are broken"), std::string::npos);
  std::string many = bytes;
  many[56] = many[57] = '\xff';  // e_phnum
  EXPECT_NE(refused(many).find("more program headers than the kernel takes"), std::string::npos);
  std::string far = bytes;
  for (size_t i = 32; i < 40; ++i) far[i] = '\x7f';  // e_phoff
  EXPECT_NE(refused(far).find("its ELF headers are broken"), std::string::npos);
}

TEST_F(LibraryClosureTest, ALibraryThatIsNotThereIsRefused) {
  EXPECT_NE(refusal(with("/bin/ls", {"--library", "libabsent.so.1"})).find("--library: libabsent.so.1"),
            std::string::npos);
}

}  // namespace
}  // namespace jailrun::integration
