// SPDX-License-Identifier: Apache-2.0
// Who may launch: root, and by no file that lends root's rights to others.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <filesystem>

#include <sys/stat.h>

namespace jailrun::integration {
namespace {

class Caller : public JailTest {
 protected:
  // The command as an ordinary user gives it.
  static Command as_user(Command command) {
    const Strings become = {
        "setpriv", "--reuid", std::to_string(kUid), "--regid", std::to_string(kGid), "--clear-groups", "--"};
    command.argv.insert(command.argv.begin(), become.begin(), become.end());
    return command;
  }

  // A copy of the runner, in a place where an ordinary user can run it.
  std::string runner_with(mode_t mode) const {
    std::filesystem::copy_file(runner(), scratch("jailrun"));
    if (chmod(scratch("jailrun").c_str(), mode) != 0) throw std::runtime_error("chmod");
    return scratch("jailrun");
  }
};

TEST_F(Caller, WhoIsNotRootIsToldAndShownTheWayToThePlan) {
  const std::string sentence = refusal(as_user(command({})));
  EXPECT_NE(sentence.find("root"), std::string::npos) << sentence;
  EXPECT_NE(sentence.find("jailrun plan"), std::string::npos) << sentence;
}

TEST_F(Caller, WhoIsNotRootIsRefusedWhateverTheUidIs) {
  const std::string sentence =
      refusal(as_user(command({"--uid", std::to_string(kUid), "--gid", std::to_string(kGid)})));
  EXPECT_NE(sentence.find("root"), std::string::npos) << sentence;
}

TEST_F(Caller, WhoIsNotRootIsShownThePlan) {
  const HostSnapshot before = snapshot();
  const Outcome outcome = run(as_user(command({"plan"})));
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.out.find("credentials"), std::string::npos) << outcome.text();
  EXPECT_EQ(changes(before), "");
}

TEST_F(Caller, GetsNothingFromASetuidCopy) {
  Command wanted = command({});
  wanted.argv.front() = runner_with(04755);
  const std::string sentence = refusal(as_user(wanted));
  EXPECT_NE(sentence.find("setuid"), std::string::npos) << sentence;
}

TEST_F(Caller, GetsNothingFromASetgidCopy) {
  Command wanted = command({});
  wanted.argv.front() = runner_with(02755);
  const std::string sentence = refusal(as_user(wanted));
  EXPECT_NE(sentence.find("setgid"), std::string::npos) << sentence;
}

TEST_F(Caller, GetsNoListOfStagesFromASetuidCopyEither) {
  const std::string sentence = refusal(as_user(Command{{runner_with(04755), "stages"}}));
  EXPECT_NE(sentence.find("setuid"), std::string::npos) << sentence;
}

}  // namespace
}  // namespace jailrun::integration
