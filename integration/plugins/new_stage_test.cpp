// SPDX-License-Identifier: Apache-2.0
// What `jailrun new-stage` makes is built against the installed package alone, tested, and launched with.
#include "integration/support/jail_test.hpp"

#include <algorithm>

namespace jailrun::integration {
namespace {

class NewStage : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    mkdir(scratch("").c_str(), 0755);
  }

  // In the scratch directory, with the package's own prefix for CMake and a home of its own for cargo.
  Command in_scratch(const Strings& words, const Strings& environment = {}) const {
    Command wanted(words);
    wanted.environment.push_back("CMAKE_PREFIX_PATH=" + stage());
    wanted.environment.push_back("PKG_CONFIG_PATH=" + stage() + "/lib/pkgconfig");
    wanted.environment.push_back("CARGO_HOME=" + scratch("cargo"));
    wanted.environment.insert(wanted.environment.end(), environment.begin(), environment.end());
    wanted.in_child = [this] {
      if (chdir(scratch("").c_str()) != 0) _exit(98);
    };
    return wanted;
  }

  Outcome new_stage(const std::string& name, const std::string& language) const {
    return run(in_scratch({runner(), "new-stage", name, "--lang", language}));
  }

  // A step that must succeed.
  void step(const Strings& words, const Strings& environment = {}) const {
    const Outcome outcome = run(in_scratch(words, environment));
    ASSERT_TRUE(outcome.succeeded()) << words.front() << ": " << outcome.text();
    EXPECT_EQ(outcome.text().find("warning:"), std::string::npos) << outcome.text();
  }

  // Launches with the pipeline of the new directory, and gives what the stage has put into the jail.
  std::string message_in_jail() {
    const std::string file = scratch("my-stage/my-stage.conf");
    const Outcome outcome = launch({"--strict", "--pipeline", file, "--message", "from the test"});
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    const std::string message = exists(root() + "/my-stage.txt") ? read_file(root() + "/my-stage.txt") : "";
    remove_jail();
    return message;
  }

  std::string refused(const Strings& words) {
    Strings argv = {runner(), "new-stage"};
    argv.insert(argv.end(), words.begin(), words.end());
    return refusal(in_scratch(argv));
  }
};

struct Compiler {
  const char* name;
  const char* language;
  const char* cc;
  const char* cxx;
  const char* flags;
};

class NewStageBy : public NewStage, public testing::WithParamInterface<Compiler> {};

TEST_P(NewStageBy, IsBuiltTestedAndLaunched) {
  const Compiler& compiler = GetParam();
  ASSERT_TRUE(new_stage("my-stage", compiler.language).succeeded());
  const Strings chosen = {std::string("CC=") + compiler.cc, std::string("CXX=") + compiler.cxx,
                          "CFLAGS=-Wall -Wextra -Werror",
                          std::string("CXXFLAGS=-Wall -Wextra -Werror ") + compiler.flags};
  step({"cmake", "-S", "my-stage", "-B", "my-stage/build", "-G", "Ninja"}, chosen);
  step({"cmake", "--build", "my-stage/build"});
  step({"ctest", "--test-dir", "my-stage/build", "--output-on-failure", "--no-tests=error"});
  EXPECT_EQ(message_in_jail(), "jail: from the test\n");
}

INSTANTIATE_TEST_SUITE_P(
    EachCompiler, NewStageBy,
    testing::Values(Compiler{"CByGcc", "c", "gcc", "g++", ""},
                    Compiler{"CByClang", "c", "clang-14", "clang++-14", ""},
                    Compiler{"CppByGcc", "cpp", "gcc", "g++", ""},
                    Compiler{"CppByClangWithLibstdcxx", "cpp", "clang-14", "clang++-14", "-stdlib=libstdc++"},
                    Compiler{"CppByClangWithLibcxx", "cpp", "clang-14", "clang++-14", "-stdlib=libc++"}),
    [](const auto& given) { return given.param.name; });

TEST_F(NewStage, InRustIsBuiltTestedAndLaunched) {
  ASSERT_TRUE(new_stage("my-stage", "rust").succeeded());
  const std::string manifest = scratch("my-stage/Cargo.toml");
  step({"/usr/bin/cargo", "build", "--quiet", "--offline", "--release", "--manifest-path", manifest},
       {"RUSTFLAGS=-Dwarnings"});
  step({"/usr/bin/cargo", "test", "--quiet", "--offline", "--manifest-path", manifest},
       {"RUSTFLAGS=-Dwarnings"});
  EXPECT_EQ(message_in_jail(), "jail: from the test\n");
}

// A panic would end the runner, as root, at an arbitrary point.
TEST_F(NewStage, APanicInRustIsASentence) {
  ASSERT_TRUE(new_stage("my-stage", "rust").succeeded());
  std::string source = read_file(scratch("my-stage/src/lib.rs"));
  const std::string content = "let content = ";
  ASSERT_NE(source.find(content), std::string::npos);
  source.insert(source.find(content), "if self.message == \"panic\" { panic!(\"as was asked\"); }\n");
  write_file(scratch("my-stage/src/lib.rs"), source);
  step({"/usr/bin/cargo", "build", "--quiet", "--offline", "--release", "--manifest-path",
        scratch("my-stage/Cargo.toml")});
  const std::string sentence =
      refusal({"--pipeline", scratch("my-stage/my-stage.conf"), "--message", "panic"});
  EXPECT_NE(sentence.find("stage my-stage: the stage panicked: as was asked"), std::string::npos) << sentence;
}

// Not everybody has CMake; pkg-config gives the same flags.
TEST_F(NewStage, InCIsBuiltByPkgConfigToo) {
  ASSERT_TRUE(new_stage("my-stage", "c").succeeded());
  step({"sh", "-ec",
        "mkdir my-stage/build\n"
        "gcc -O2 -Wall -Wextra -Werror -fPIC -shared my-stage/stage.c $(pkg-config --cflags --libs "
        "jailrun-sdk) "
        "-o my-stage/build/my-stage.so"});
  EXPECT_EQ(message_in_jail(), "jail: from the test\n");
}

TEST_F(NewStage, NothingIsOverwritten) {
  mkdir(scratch("my-stage").c_str(), 0755);
  EXPECT_EQ(refused({"my-stage"}),
            "jailrun: new-stage: my-stage exists already, and nothing is overwritten\n");
  EXPECT_EQ(list(scratch("my-stage")), "");
}

TEST_F(NewStage, ANameThatNoStageCanHaveIsRefused) {
  for (const char* name : {"", "Upper", "1st", "a_b", "../up", "ends-", "caf\xc3\xa9", "a/b"})
    EXPECT_NE(refused({name}).find("can't be a stage's name"), std::string::npos) << name;
  EXPECT_NE(refused({std::string(65, 'a')}).find("1 to 64"), std::string::npos);
}

TEST_F(NewStage, AReservedNameIsRefused) {
  EXPECT_NE(refused({"test"}).find("is reserved"), std::string::npos);
}

TEST_F(NewStage, ALanguageWithoutATemplateIsRefused) {
  EXPECT_EQ(refused({"my-stage", "--lang", "cobol"}),
            "jailrun: --lang: there is no template for 'cobol'; choose one of c, cpp, rust\n");
}

}  // namespace
}  // namespace jailrun::integration
