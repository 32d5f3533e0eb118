// SPDX-License-Identifier: Apache-2.0
// `jailrun doctor` on the real host, whatever that is: its verdicts follow from what the host says, it
// changes nothing, and what it can't see it does not call good.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <boost/property_tree/json_parser.hpp>

#include <map>
#include <sstream>

#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

const std::string kShipped[] = {
    "default.conf",  "dynamic.conf", "firecracker.conf", "firecracker-hardened.conf",
    "hardened.conf", "overlay.conf", "qemu.conf",        "qemu-hardened.conf",
    "rootless.conf", "tmpfs.conf"};

class DoctorTest : public JailTest {
 protected:
  struct Check {
    std::string path, verdict, sentence, remedy, source;
  };
  using Checks = std::map<std::string, Check>;

  static Command doctor(const Strings& more = {}) {
    Strings argv = {runner(), "doctor", "--json"};
    argv.insert(argv.end(), more.begin(), more.end());
    return Command(argv);
  }

  // Its checks by name, where exit status, remedies and sources fit them.
  static Checks checks_of(const Outcome& outcome) {
    EXPECT_EQ(outcome.err, "");
    Checks checks;
    boost::property_tree::ptree tree;
    std::istringstream json(outcome.out);
    try {
      read_json(json, tree);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what() << ": " << outcome.text();
      return {};
    }
    int failures = 0;
    for (const auto& [index, one] : tree) {
      const Check check = {one.get<std::string>("path"), one.get<std::string>("verdict"),
                           one.get<std::string>("sentence"), one.get<std::string>("remedy", ""),
                           one.get<std::string>("source")};
      const std::string id = one.get<std::string>("check");
      const bool is_bad = check.verdict == "warning" || check.verdict == "failure";
      EXPECT_TRUE(is_bad || check.verdict == "ok" || check.verdict == "not known") << id << check.verdict;
      EXPECT_EQ(check.remedy.empty(), !is_bad) << id << ": " << check.sentence;
      EXPECT_EQ(check.source.rfind("https://", 0), 0U) << id;
      EXPECT_NE(check.sentence, "") << id;
      EXPECT_TRUE(checks.emplace(id, check).second) << id << " comes twice";
      failures += check.verdict == "failure" ? 1 : 0;
    }
    EXPECT_EQ(outcome.exit_status, failures == 0 ? 0 : 1) << outcome.text();
    return checks;
  }
  static Checks host_checks() { return checks_of(run(doctor())); }

  Check launch_check(const std::string& pipeline, const std::string& id) const {
    return checks_of(run(doctor({"--pipeline", pipeline})))[id];
  }
  // default.conf with these lines in [drop-privs], and with jails below base().
  std::string pipeline_of(const std::string& uid, const std::string& more = "") const {
    return written(scratch("doctor.conf"), "[validate-id]\n[chroot-builder]\nchroot-base-dir = " + base() +
                                               "\n" + more + "[drop-privs]\nuid = " + uid + "\ngid = " + uid +
                                               "\n[exec]\narguments = none\n");
  }
};

TEST_F(DoctorTest, ChangesNothing) {
  const HostSnapshot before = snapshot();
  EXPECT_FALSE(host_checks().empty());
  EXPECT_FALSE(run({runner(), "doctor"}).out.empty());
  EXPECT_EQ(changes(before), "");
}

TEST_F(DoctorTest, VerdictsFollowFromWhatTheHostSays) {
  const Checks checks = host_checks();
  const std::map<std::string, std::string> good = {
      {"protected-hardlinks", " 1 "}, {"protected-symlinks", " 1 "}, {"protected-fifos", " 1 2 "},
      {"protected-regular", " 1 2 "}, {"suid-dumpable", " 0 2 "},    {"kptr-restrict", " 1 2 "},
      {"dmesg-restrict", " 1 "},      {"legacy-tiocsti", " 0 "},     {"perf-event-paranoid", " 2 3 4 "}};
  for (const auto& [id, values] : good) {
    ASSERT_EQ(checks.count(id), 1U) << id;
    const Check& check = checks.at(id);
    if (!exists(check.path)) continue;  // this kernel lacks it
    const std::string value = split_lines(read_file(check.path)).at(0);
    EXPECT_EQ(check.verdict == "ok", values.find(" " + value + " ") != std::string::npos)
        << check.path << " is " << value << ", but: " << check.verdict << ": " << check.sentence;
    EXPECT_EQ(check.sentence.rfind(check.path + " is " + value, 0), 0U) << check.sentence;
  }
}

TEST_F(DoctorTest, TheLastLineCountsWhatTheLinesSay) {
  const Outcome text = run({runner(), "doctor"});
  const Checks checks = host_checks();
  std::map<std::string, int> count;
  for (const auto& [id, check] : checks) {
    ++count[check.verdict];
    EXPECT_NE(text.out.find(" " + id + ": "), std::string::npos) << id;
  }
  const auto counted = [&](const std::string& word) {
    return std::to_string(count[word]) + " " + word + (count[word] == 1 ? "" : "s");
  };
  EXPECT_EQ(text.out_lines().back(), std::to_string(checks.size()) +
                                         " checks: " + std::to_string(count["ok"]) + " ok, " +
                                         counted("warning") + ", " + counted("failure") + ", " +
                                         std::to_string(count["not known"]) + " not known");
}

TEST_F(DoctorTest, AnOrdinaryUserIsToldTheSameOrThatItIsNotKnown) {
  const Checks roots = host_checks();
  Command command = doctor();
  command.in_child = [] {
    if (setgroups(0, nullptr) != 0 || setgid(kGid) != 0 || setuid(kUid) != 0) _exit(98);
  };
  const Checks users = checks_of(run(command));
  EXPECT_EQ(users.size(), roots.size());
  for (const auto& [id, check] : users) {
    if (check.verdict == "not known") continue;
    if (id == "cgroup-delegation") {  // each their own
      EXPECT_NE(check.sentence.find(std::to_string(kUid)), std::string::npos) << check.sentence;
    } else {
      EXPECT_EQ(check.verdict, roots.at(id).verdict) << id << ": " << check.sentence;
    }
  }
}

TEST_F(DoctorTest, WithoutProcAndSysNothingThatTheySayIsGood) {
  Command command = doctor();
  command.in_child = [] {
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr) != 0)
      _exit(98);
    for (const char* path : {"/proc", "/sys"})
      while (umount2(path, MNT_DETACH) == 0) {
      }
  };
  const Checks checks = checks_of(run(command));
  EXPECT_GT(checks.size(), 20U);
  for (const auto& [id, check] : checks) {
    if (check.path.rfind("/proc/", 0) == 0 || check.path.rfind("/sys/", 0) == 0) {
      EXPECT_EQ(check.verdict, "not known") << id << ": " << check.sentence;
    }
  }
}

TEST_F(DoctorTest, EachPipelineThatShipsIsChecked) {
  const size_t of_host = host_checks().size();
  for (const std::string& name : kShipped) {
    const HostSnapshot before = snapshot();
    const Checks checks = checks_of(run(doctor({"--pipeline", name})));
    EXPECT_EQ(checks.size(), of_host + 5) << name;
    EXPECT_EQ(checks.at("launch-memory").verdict, "warning") << name;
    EXPECT_EQ(checks.at("launch-pids").verdict, "warning") << name;
    const bool limits_files = name.find("firecracker") == 0 || name.find("hardened") != std::string::npos ||
                              name == "rootless.conf";
    EXPECT_EQ(checks.at("launch-open-files").verdict, limits_files ? "ok" : "warning") << name;
    EXPECT_EQ(changes(before), "");
  }
}

TEST_F(DoctorTest, AUidThatAJailHasIsAFailure) {
  ASSERT_TRUE(launch({"--id", "here-1"}).succeeded());
  const Check taken = launch_check(pipeline_of(std::to_string(kUid)), "launch-uid");
  EXPECT_EQ(taken.verdict, "failure");
  EXPECT_NE(taken.sentence.find("jail probe/here-1"), std::string::npos) << taken.sentence;
  EXPECT_EQ(launch_check(pipeline_of(std::to_string(kUid + 1)), "launch-uid").verdict, "ok");
  EXPECT_EQ(launch_check(pipeline_of("0"), "launch-uid").verdict, "failure");
  remove_jail("here-1");
}

TEST_F(DoctorTest, APathThatOthersMayWriteIsAFailure) {
  const std::string file = written(scratch("disk"), "");
  const std::string pipeline = pipeline_of("1", "[files]\nfile = " + file + ":/disk\n");
  EXPECT_EQ(launch_check(pipeline, "launch-paths").verdict, "ok");
  set_owner_and_mode(file, 0, 0666);
  const Check open = launch_check(pipeline, "launch-paths");
  EXPECT_EQ(open.verdict, "failure");
  EXPECT_EQ(open.sentence, file + " is writable by others, who could change what jails get: chmod go-w it");
  set_owner_and_mode(file, 1, 0600);
  EXPECT_EQ(launch_check(pipeline, "launch-paths").verdict, "ok");  // it is the jail's user's
}

TEST_F(DoctorTest, BadInputIsRefusedWithOneSentence) {
  const std::string faulty = written(scratch("faulty.conf"), "[validate-id]\n[frobnicator]\n");
  const std::string open = written(scratch("open.conf"), "[validate-id]\n");
  set_owner_and_mode(open, 0, 0666);
  for (const Strings& more : {Strings{"--pipeline", scratch("missing.conf")}, Strings{"--pipeline", faulty},
                              Strings{"--pipeline", open}, Strings{"--pipeline"}, Strings{"--frobnicate"},
                              Strings{"--json=maybe"}, Strings{"here"}, Strings{"--id", "x"}}) {
    const Outcome outcome = run(doctor(more));
    EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
    EXPECT_EQ(outcome.out, "") << outcome.text();
    EXPECT_EQ(outcome.err_lines().size(), 1U) << outcome.text();
    EXPECT_EQ(outcome.err.rfind("jailrun: ", 0), 0U) << outcome.text();
  }
}

}  // namespace
}  // namespace jailrun::integration
