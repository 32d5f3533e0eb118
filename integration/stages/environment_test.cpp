// SPDX-License-Identifier: Apache-2.0
// The variables that the program gets: those that are named, and no other.
#include "integration/support/jail_test.hpp"

namespace jailrun::integration {
namespace {

class EnvironmentTest : public JailTest {
 protected:
  Strings variables(const Strings& options) {
    Command wanted = command(options, {"--exit", "0"});
    wanted.environment.insert(wanted.environment.end(),
                              {"PASSED=the caller's", "PASSED_OTHER=not asked for"});
    const Outcome outcome = run(wanted);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    remove_jail();
    return reported(outcome.out, "environment");
  }
};

TEST_F(EnvironmentTest, AVariableIsSet) {
  EXPECT_EQ(variables({"--env", "RUST_LOG=debug,x=y"}), Strings{"RUST_LOG=debug,x=y"});
}

TEST_F(EnvironmentTest, AnEmptyValueIsAValue) {
  EXPECT_EQ(variables({"--env", "EMPTY="}), Strings{"EMPTY="});
}

TEST_F(EnvironmentTest, AVariableIsPassedAsTheCallerHasIt) {
  EXPECT_EQ(variables({"--env", "PASSED"}), Strings{"PASSED=the caller's"});
}

TEST_F(EnvironmentTest, AVariableThatTheCallerHasNotIsNotPassed) {
  EXPECT_EQ(variables({"--env", "NOT_THERE", "--env", "PASS"}), Strings{});
}

TEST_F(EnvironmentTest, OfTwoForOneVariableTheLaterOneCounts) {
  EXPECT_EQ(variables({"--env", "A=1", "--env", "B=1", "--env", "A=2"}), (Strings{"B=1", "A=2"}));
  EXPECT_EQ(variables({"--env", "PASSED", "--env", "PASSED=here"}), Strings{"PASSED=here"});
  EXPECT_EQ(variables({"--env", "PASSED=here", "--env", "PASSED"}), Strings{"PASSED=the caller's"});
}

TEST_F(EnvironmentTest, APipelineCanNameThem) {
  // [exec] is the last section.
  write_file(scratch("env.conf"), read_file(pipeline("default.conf")) + "env = A=1\nenv = B=2\n");
  EXPECT_EQ(variables({"--pipeline", scratch("env.conf")}), (Strings{"A=1", "B=2"}));
}

TEST_F(EnvironmentTest, ANamelessOneIsRefused) {
  EXPECT_NE(refusal({"--env", "=x"}).find("--env: '=x' is not NAME or NAME=VALUE"), std::string::npos);
}

}  // namespace
}  // namespace jailrun::integration
