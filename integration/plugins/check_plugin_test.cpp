// SPDX-License-Identifier: Apache-2.0
// `jailrun check-plugin`: its words, its exit status, whom it trusts, and that the host stays as it was. What
// each check finds is in tests/core/check_plugin_test.cpp.
#include "integration/support/jail_test.hpp"
#include "integration/support/shipped_plugin.hpp"
#include "integration/support/test_pipelines.hpp"

#include <boost/property_tree/json_parser.hpp>

#include <sstream>

#include <unistd.h>

namespace jailrun::integration {
namespace {

class CheckPlugin : public JailTest {
 protected:
  Outcome check(Strings words, bool as_user = false) {
    words.insert(words.begin(), {runner(), "check-plugin"});
    const Strings become = {
        "setpriv", "--reuid", std::to_string(kUid), "--regid", std::to_string(kGid), "--clear-groups", "--"};
    if (as_user) words.insert(words.begin(), become.begin(), become.end());
    const HostSnapshot before = snapshot();
    const Outcome outcome = run(words);
    EXPECT_EQ(changes(before), "");
    return outcome;
  }
  std::string copy_of(const std::string& plugin, uid_t owner) {
    const std::string path = written(scratch("x.so"), read_file(plugin));
    EXPECT_EQ(chown(path.c_str(), owner, owner), 0);
    return path;
  }
};

TEST_F(CheckPlugin, FindsNoFaultInWhatShips) {
  const Outcome outcome = check({"--set", "bind=/usr:/usr", shipped_plugin("bind")});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.out.find(" 0 failed, 0 not done\n"), std::string::npos) << outcome.text();
}

TEST_F(CheckPlugin, NamesWhatIsWrongAndEndsWithAnError) {
  for (const std::string deed : {"user-ids", "thread", "directory", "descriptor", "umask", "signal-mask"}) {
    const Outcome outcome =
        check({"--set", "deed=" + deed, "--set", "during=configure", test_plugin("unruly")});
    EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
    EXPECT_NE(outcome.out.find("failed  unruly: configure changes nothing\n    configure changed "),
              std::string::npos)
        << outcome.text();
  }
}

TEST_F(CheckPlugin, FindsWhatStandsInNoTableOfTheStage) {
  const std::pair<std::string, std::string> kFaults[] = {
      {"null-ops", "its table of functions is missing"},
      {"short-struct", "jailrun_plugin_v1 is too short"},
      {"no-symbol", "exports"},
      {"wrong-major", "it exports jailrun_plugin_v"},
  };
  for (const auto& [name, reason] : kFaults) {
    const Outcome outcome = check({test_plugin(name)});
    EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
    EXPECT_NE(outcome.out.find(reason), std::string::npos) << outcome.text();
  }
}

TEST_F(CheckPlugin, FindsAnExceptionThatComesOut) {
  const Outcome outcome = check({"--set", "throw-from=plan", test_plugin("unguarded")});
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  EXPECT_NE(outcome.out.find("an exception came out"), std::string::npos) << outcome.text();
}

TEST_F(CheckPlugin, SaysWhatAStageNeedsThatItWasNotGiven) {
  const Outcome outcome = check({"--set", "throw=nowhere", "--json", test_plugin("thrower")});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  std::istringstream stream(outcome.out);
  boost::property_tree::ptree tree;
  read_json(stream, tree);
  EXPECT_EQ(tree.get<std::string>("file"), test_plugin("thrower"));
  EXPECT_EQ(tree.get<int>("failed"), 0);
  EXPECT_EQ(tree.get_child("checks").size(), 16U);
  for (const auto& [key, one] : tree.get_child("checks"))
    EXPECT_EQ(one.get<std::string>("verdict"), "ok") << one.get<std::string>("check");
}

TEST_F(CheckPlugin, NamesOneThatIsNotTrustedAndLoadsItNot) {
  const std::string path = copy_of(test_plugin("motd"), kUid);
  const Outcome outcome = check({path});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find(path + " is owned by uid " + std::to_string(kUid)), std::string::npos)
      << outcome.err;
}

TEST_F(CheckPlugin, ServesAnOrdinaryUserOnAFileOfHisOwn) {
  const Outcome outcome = check({copy_of(test_plugin("motd"), kUid)}, true);
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.out.find(" 0 failed, 0 not done\n"), std::string::npos) << outcome.text();
}

TEST_F(CheckPlugin, RefusesWordsThatItDoesNotKnow) {
  const std::pair<Strings, std::string> kRefused[] = {
      {{}, "takes one file"},
      {{test_plugin("motd"), test_plugin("later")}, "takes one file"},
      {{"--set", "message", test_plugin("motd")}, "'message' is not of the form NAME=VALUE"},
      {{"--set", "colour=red", test_plugin("motd")},
       "no stage of " + test_plugin("motd") + " has that option"},
      {{"--timeout", "0", test_plugin("motd")}, "--timeout"},
      {{"/nonexistent/x.so"}, "No such file"},
  };
  for (const auto& [words, sentence] : kRefused) {
    const Outcome outcome = check(words);
    EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(sentence), std::string::npos) << outcome.err;
  }
}

}  // namespace
}  // namespace jailrun::integration
