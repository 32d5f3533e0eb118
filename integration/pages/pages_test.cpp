// SPDX-License-Identifier: Apache-2.0
// Man pages and completions, which the build makes from the descriptors.
#include "integration/support/jail_test.hpp"

namespace jailrun::integration {
namespace {

class Pages : public JailTest {
 protected:
  // What bash offers for the last of these words.
  Strings offered(const Strings& words) const {
    std::string line;
    for (const std::string& word : words) line += " '" + word + "'";
    const std::string script = "PATH=" + stage() + "/bin:$PATH; . " + stage() +
                               "/share/bash-completion/completions/jailrun; COMP_WORDS=(" + line +
                               "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _jailrun; printf '%s\\n' "
                               "\"${COMPREPLY[@]}\"";
    const Outcome outcome = run({"bash", "-uc", script});
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    return outcome.out_lines();
  }
};

TEST_F(Pages, EachManPageIsFreeOfFaults) {
  for (const char* page : {"man1/jailrun.1.gz", "man3/jailrun-plugin.3.gz", "man5/jailrun.conf.5.gz",
                           "man7/jailrun-stages.7.gz"}) {
    const std::string file = stage() + "/share/man/" + page;
    const Outcome outcome = run({"sh", "-c", "zcat " + file + " | mandoc -T lint -W warning"});
    EXPECT_TRUE(outcome.succeeded()) << page << ": " << outcome.text();
  }
}

TEST_F(Pages, EveryOptionOfEveryStageIsInTheManual) {
  const Outcome manual = run({"sh", "-c", "zcat " + stage() + "/share/man/man7/jailrun-stages.7.gz"});
  const Outcome json = run({runner(), "stages", "--json"});
  int count = 0;
  for (size_t at = 0; (at = json.out.find("{\"name\":\"", at)) != std::string::npos; ++count) {
    at += 9;
    std::string name = json.out.substr(at, json.out.find('"', at) - at);
    for (size_t dash = 0; (dash = name.find('-', dash)) != std::string::npos; dash += 2)
      name.insert(dash, "\\");
    EXPECT_NE(manual.out.find(".B \\-\\-" + name), std::string::npos) << name;
  }
  EXPECT_GT(count, 20);
}

TEST_F(Pages, BashCompletesCommandsOptionsAndValues) {
  EXPECT_EQ(offered({"jailrun", "ins"}), Strings{"inspect"});
  EXPECT_EQ(offered({"jailrun", "plan", "--chroot-b"}), Strings{"--chroot-base-dir"});
  EXPECT_EQ(offered({"jailrun", "--id", "a", "--exec-fi"}), Strings{"--exec-file"});
  EXPECT_EQ(offered({"jailrun", "--log-level", "w"}), Strings{"warning"});
  EXPECT_EQ(offered({"jailrun", "--pipeline", "firecracker."}), Strings{"firecracker.conf"});
  // As bash splits words: the equals sign is one.
  EXPECT_EQ(offered({"jailrun", "--log-level", "=", "w"}), Strings{"warning"});
  EXPECT_EQ(offered({"jailrun", "--log-format", "="}), (Strings{"text", "json"}));
  EXPECT_EQ(offered({"jailrun", "--pipeline", "*.con"}), Strings{""});
  EXPECT_EQ(offered({"jailrun", "new-stage", "x", "--lang", "r"}), Strings{"rust"});
  EXPECT_EQ(offered({"jailrun", "stages", "drop"}), Strings{"drop-privs"});
  EXPECT_EQ(offered({"jailrun", "rm", "--id"}), Strings{""});
  EXPECT_EQ(offered({"jailrun", "doct"}), Strings{"doctor"});
  EXPECT_EQ(offered({"jailrun", "doctor", "--js"}), Strings{"--json"});
  EXPECT_EQ(offered({"jailrun", "doctor", "--pipeline", "firecracker."}), Strings{"firecracker.conf"});
}

TEST_F(Pages, BashOffersTheOptionsOfThePipelinesStages) {
  EXPECT_EQ(offered({"jailrun", "plan", "--tmpfs-s"}), Strings{""});
  EXPECT_EQ(offered({"jailrun", "plan", "--pipeline", "tmpfs.conf", "--tmpfs-s"}), Strings{"--tmpfs-size"});
  EXPECT_EQ(offered({"jailrun", "--pipeline", "=", "tmpfs.conf", "--tmpfs-s"}), Strings{"--tmpfs-size"});
}

TEST_F(Pages, ZshOffersTheOptionsOfThePipelinesStages) {
  for (const auto& [line, offered] : {std::pair<const char*, const char*>{"jailrun plan", "--id\n"},
                                      {"jailrun plan --pipeline tmpfs.conf", "--id --tmpfs-size\n"},
                                      {"jailrun plan --pipeline=tmpfs.conf", "--id --tmpfs-size\n"}}) {
    // What zsh's own _arguments would be given stands for what is shown.
    const std::string script = "PATH=" + stage() + "/bin:$PATH; words=(" + line + "); CURRENT=2; . " +
                               stage() + "/share/zsh/vendor-completions/_jailrun 2>/dev/null; words=(" +
                               line +
                               " --); CURRENT=$#words; _arguments() { print -- ${@%%[=\\[]*} }; "
                               "_jailrun_of_pipeline '--id=[x]:ID: ' "
                               "'--tmpfs-size=[y]:SIZE: '";
    EXPECT_EQ(run({"zsh", "-fc", script}).out, offered) << line;
  }
}

TEST_F(Pages, BashCompletesJailsThatAreThere) {
  EXPECT_TRUE(launch({"--id", "here-1"}).succeeded());
  EXPECT_EQ(offered({"jailrun", "inspect", "here"}), Strings{"here-1"});
  remove_jail("here-1");
}

TEST_F(Pages, CompletionsThatAreInstalledAreThoseOfTheStagesThatShip) {
  for (const auto& [shell, file] :
       {std::pair<const char*, const char*>{"bash", "bash-completion/completions/jailrun"},
        {"zsh", "zsh/vendor-completions/_jailrun"}})
    EXPECT_EQ(run({runner(), "completion", shell}).out, read_file(stage() + "/share/" + file)) << shell;
}

TEST_F(Pages, ZshReadsItsCompletion) {
  const std::string script = "autoload -U compinit; compinit -u -D; . " + stage() +
                             "/share/zsh/vendor-completions/_jailrun 2>/dev/null; whence -w _jailrun";
  EXPECT_EQ(run({"zsh", "-fc", script}).out, "_jailrun: function\n");
}

}  // namespace
}  // namespace jailrun::integration
