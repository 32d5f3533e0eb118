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

// Root, but with some capabilities only, as the caller's unit or container gives them.
class Capabilities : public Caller {
 protected:
  static std::string value_of(const std::string& json, const std::string& key) {
    const std::string begin = "\"" + key + "\":\"";
    const size_t at = json.find(begin);
    if (at == std::string::npos) return "";
    return json.substr(at + begin.size(), json.find('"', at + begin.size()) - at - begin.size());
  }
  std::string needed() const { return value_of(launch({"plan", "--json"}).out, "setpriv"); }
  static Command confined(Command command, const std::string& set) {
    const Strings become = {"setpriv", set, "--"};
    command.argv.insert(command.argv.begin(), become.begin(), become.end());
    return command;
  }
};

TEST_F(Capabilities, ThatThePlanNamesAreEnough) {
  const std::string set = needed();
  EXPECT_EQ(set.find("--bounding-set=-all,+"), 0U) << set;
  const Outcome outcome = run(confined(command({}), set));
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  remove_jail();
}

TEST_F(Capabilities, ThatAreMissingAreToldAllAtOnceBeforeAnythingIsMade) {
  const HostSnapshot before = snapshot();
  const std::string sentence = refusal(confined(command({}), "--bounding-set=-mknod,-chown,-sys_admin"));
  EXPECT_NE(sentence.find("CAP_CHOWN CAP_SYS_ADMIN CAP_MKNOD"), std::string::npos) << sentence;
  EXPECT_EQ(changes(before), "");
}

TEST_F(Caller, ReadsAnErrorInTheOptionsAsJsonToo) {
  const Outcome outcome = run(command({"--log-format", "json", "--colour", "red"}));
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.err.find("{\"time\":"), 0U) << outcome.text();
  EXPECT_NE(outcome.err.find("there is no option --colour"), std::string::npos) << outcome.text();
}

TEST_F(Caller, SeesWhyOnStderrWhereTheLogIsAFile) {
  const Outcome outcome = run(command({"--log-file", scratch("log"), "--uid", "nobody-at-all"}));
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.err.find("nobody-at-all"), std::string::npos) << outcome.text();
  EXPECT_NE(read_file(scratch("log")).find("nobody-at-all"), std::string::npos);
}

TEST_F(Caller, ReadsInTheLogWhatIsDoneAndHowLongItTakes) {
  const Outcome outcome = launch({"--log-level", "debug", "--log-format", "json"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.err.find("\"jail\":\""), std::string::npos) << outcome.text();
  EXPECT_NE(outcome.err.find("\"stage\":\"chroot-builder\",\"call\":\"new-root\""), std::string::npos)
      << outcome.text();
  EXPECT_NE(outcome.err.find("stage drop-privs: plan took "), std::string::npos) << outcome.text();
  remove_jail();
}

}  // namespace
}  // namespace jailrun::integration
