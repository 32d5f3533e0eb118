// SPDX-License-Identifier: Apache-2.0
// Options of old jailers: what they say to whoever still gives them.
#include "integration/support/jail_test.hpp"

namespace jailrun::integration {
namespace {

class RetiredOptionsTest : public JailTest {
 protected:
  // What such a launch writes on stderr, at the level info.
  std::string said(const Strings& retired) {
    Strings options = {"--pipeline", pipeline_with("[retired-options]\n", "exec"), "--log-level", "info"};
    options.insert(options.end(), retired.begin(), retired.end());
    const Outcome outcome = launch_and_remove(options);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    return outcome.err;
  }
};

TEST_F(RetiredOptionsTest, ALevelIsIgnoredAndItIsSaidWhatToDo) {
  EXPECT_NE(said({"--seccomp-level", "0"})
                .find("--seccomp-level is ignored: to change what Firecracker filters, pass --no-seccomp or "
                      "--seccomp-filter to it after --"),
            std::string::npos);
}

TEST_F(RetiredOptionsTest, ExtraArgumentsAreIgnoredAndItIsSaidWhatToDo) {
  EXPECT_NE(said({"--extra-args", "--no-api"})
                .find("--extra-args is ignored: pass the program's arguments after --"),
            std::string::npos);
}

TEST_F(RetiredOptionsTest, NothingIsSaidWhereTheyAreNotGiven) {
  EXPECT_EQ(said({}).find("ignored"), std::string::npos);
}

TEST_F(RetiredOptionsTest, ExtraArgumentsDoNotReachTheProgram) {
  const Outcome outcome = launch_and_remove(
      {"--pipeline", pipeline_with("[retired-options]\n", "exec"), "--extra-args", "retired-word"}, {"word"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(outcome.out.find("retired-word"), std::string::npos);
  EXPECT_NE(outcome.out.find("argument word"), std::string::npos) << outcome.text();
}

}  // namespace
}  // namespace jailrun::integration
