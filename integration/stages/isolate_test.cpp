// SPDX-License-Identifier: Apache-2.0
// Namespaces of the program's own, as the kernel and the program itself see them; and that a launch which
// fails in them leaves the host as it was.
#include "integration/support/cgroups.hpp"
#include "integration/support/jail_test.hpp"
#include "integration/support/network.hpp"
#include "integration/support/test_pipelines.hpp"
#include "integration/support/trace.hpp"
#include "integration/support/workplace.hpp"

#include <algorithm>
#include <filesystem>

#include <fcntl.h>
#include <sched.h>
#include <sys/shm.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

constexpr key_t kKey = 0x6a61696c;
const Strings kTypes = {"ipc", "uts", "cgroup", "net", "time"};

// A segment of the host's, which a program of any user can find.
class SharedMemory {
 public:
  SharedMemory() : id_(shmget(kKey, 4096, IPC_CREAT | IPC_EXCL | 0666)) {}
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory() { shmctl(id_, IPC_RMID, nullptr); }
  bool is_there() const { return id_ >= 0; }

 private:
  int id_;
};

int64_t seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec;
}

std::string own_names() {
  utsname names{};
  uname(&names);
  return std::string(names.nodename) + " " + names.domainname;
}

// A kernel's time namespaces that an exec enters.
bool has_time_namespaces() {
  utsname name{};
  uname(&name);
  int major = 0;
  int minor = 0;
  return std::sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
         (major > 6 || (major == 6 && minor >= 2)) && exists("/proc/self/ns/time");
}

class IsolateTest : public JailTest {
 protected:
  Strings isolated(const std::string& settings, const Strings& more = {}) const {
    std::string text = read_file(pipeline("default.conf"));
    text = with_section_before(text, "numa", "[cgroup-v2]\n");
    text = with_section_before(text, "daemonize", "[isolate]\n" + settings + "[pid-namespace]\n");
    write_file(scratch("isolated.conf"), text);
    Strings options = {"--pipeline", scratch("isolated.conf")};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  static std::string all() {
    return has_time_namespaces() ? "ipc,uts,cgroup,net,time" : "ipc,uts,cgroup,net";
  }
  static Strings telling() { return {"--namespaces", std::to_string(kKey)}; }

  // Those of kTypes that the process has of its own.
  static Strings own(pid_t pid) {
    Strings types;
    for (const std::string& type : kTypes)
      if (namespace_of(pid, type) != namespace_of(getpid(), type)) types.push_back(type);
    return types;
  }
  // As a process in its cgroup namespace sees it.
  static std::string groups_seen(pid_t pid) {
    Command wanted({"cat", "/proc/" + std::to_string(pid) + "/cgroup"});
    wanted.in_child = [pid] {
      const int fd = open(("/proc/" + std::to_string(pid) + "/ns/cgroup").c_str(), O_RDONLY | O_CLOEXEC);
      if (setns(fd, CLONE_NEWCGROUP) != 0) _exit(97);
    };
    return run(wanted).out;
  }
  // A value of a controller that this host has, in either version.
  static std::string value_of_a_controller() {
    if (!v1_mount("pids").empty()) return "pids.max=50";
    return read_file(v2_mount() + "/cgroup.controllers").find("pids") != std::string::npos ? "pids.max=50"
                                                                                           : "";
  }

  // The launch fails at its exec, and by whom it was taken back: "guard" or "ticket".
  std::string taken_back_by(const std::string& settings, const Strings& more = {}) {
    Strings options = isolated(settings, more);
    options.insert(options.end(), {"--exec-file", broken_program()});
    const std::string trace = workplace() + "/trace";
    const std::string error = refusal(traced(command(options), trace, "clone,setresuid"));
    EXPECT_NE(error.find("No such file or directory"), std::string::npos) << error;
    std::string way;
    for (const SystemCall& call : read_trace(trace)) {
      if (call.name == "clone") way = "guard";
      if (way.empty() && call.arguments == Strings{"0", "0", "0"}) way = "ticket";
    }
    std::filesystem::remove(trace);
    return way;
  }
};

TEST_F(IsolateTest, TheProgramHasTheNamespacesNamedInEveryMode) {
  Strings types = kTypes;
  if (!has_time_namespaces()) types.pop_back();
  const std::string settings = "namespaces = " + all() + "\n";
  EXPECT_EQ(own(start(isolated(settings)).pid()), types);
  EXPECT_EQ(own(start_daemon(isolated(settings)).pid()), types);
  EXPECT_EQ(own(start_detached(isolated(settings, {"--new-pid-ns"})).pid()), types);
}

TEST_F(IsolateTest, EachCanBeHadAlone) {
  for (const std::string& type : kTypes) {
    if (type == "time" && !has_time_namespaces()) continue;
    EXPECT_EQ(own(start(isolated("namespaces = " + type + "\n")).pid()), Strings{type});
  }
}

TEST_F(IsolateTest, RootsProgramHasThemToo) {
  EXPECT_EQ(own(start(isolated("namespaces = ipc,net\n", {"--uid", "0", "--gid", "0"})).pid()),
            (Strings{"ipc", "net"}));
}

TEST_F(IsolateTest, TheNamesAreTheProgramsAlone) {
  const std::string hosts = own_names();
  {
    const Jailed jailed =
        start(isolated("namespaces = uts\nhostname = db-1.example\ndomainname = some\n"), telling());
    EXPECT_EQ(jailed.report("hostname"), "db-1.example");
    EXPECT_EQ(jailed.report("domainname"), "some");
    EXPECT_EQ(own_names(), hosts);
  }
  const Jailed jailed = start(isolated("namespaces = uts\n"), telling());
  EXPECT_EQ(jailed.report("hostname"), "jail");
  EXPECT_EQ(jailed.report("domainname"), "(none)");
  EXPECT_EQ(own_names(), hosts);
}

TEST_F(IsolateTest, TheProgramFindsNoSharedMemoryOfTheHosts) {
  const SharedMemory hosts;
  ASSERT_TRUE(hosts.is_there());
  EXPECT_EQ(start(isolated("namespaces = uts\n"), telling()).report("shared-memory"), "yes");
  EXPECT_EQ(start(isolated("namespaces = ipc\n"), telling()).report("shared-memory"), "ENOENT");
}

TEST_F(IsolateTest, TheNetworkIsLoopbackAloneAndItIsUp) {
  const Jailed jailed = start(isolated("namespaces = net\n"), telling());
  EXPECT_EQ(jailed.report_all("interface"), Strings{"lo"});
  EXPECT_EQ(jailed.report("loopback"), "yes");
}

TEST_F(IsolateTest, TheProgramSeesItsOwnGroupAsTheRoot) {
  const std::string value = value_of_a_controller();
  if (value.empty()) GTEST_SKIP() << "this host has no pids controller";
  const std::string version = v1_mount("pids").empty() ? "2" : "1";
  const auto paths = [](const std::string& lines) {
    std::set<std::string> all;
    for (size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1) {
      const std::string line = lines.substr(at, lines.find('\n', at) - at);
      all.insert(line.substr(line.rfind(':') + 1));
    }
    return all;
  };
  for (const Strings& mode : {Strings{}, Strings{"--new-pid-ns"}}) {
    Strings options = {"--cgroup-version", version, "--cgroup", value};
    options.insert(options.end(), mode.begin(), mode.end());
    const auto begin = [&](const std::string& settings) {
      return mode.empty() ? start(isolated(settings, options)) : start_detached(isolated(settings, options));
    };
    {
      const Jailed jailed = begin("namespaces = ipc\n");
      EXPECT_EQ(paths(groups_seen(jailed.pid())).count("/probe/jail"), 1U) << groups_seen(jailed.pid());
    }
    const Jailed jailed = begin("namespaces = cgroup\n");
    EXPECT_EQ(paths(groups_seen(jailed.pid())), std::set<std::string>{"/"}) << groups_seen(jailed.pid());
    const std::string hosts = read_file("/proc/" + std::to_string(jailed.pid()) + "/cgroup");
    EXPECT_EQ(paths(hosts).count("/probe/jail"), 1U) << hosts;
  }
}

TEST_F(IsolateTest, TheClocksAreTheHostsWithTheirOffsets) {
  if (!has_time_namespaces()) GTEST_SKIP() << "an exec enters a time namespace since Linux 6.2";
  const std::string settings = "namespaces = time\nmonotonic-offset = 100000\nboottime-offset = -1\n";
  for (const Strings& mode : {Strings{}, Strings{"--new-pid-ns"}}) {
    const int64_t monotonic = seconds(CLOCK_MONOTONIC);
    const int64_t boottime = seconds(CLOCK_BOOTTIME);
    const Jailed jailed = mode.empty() ? start(isolated(settings), telling())
                                       : start_detached(isolated(settings, mode), telling());
    EXPECT_NEAR(static_cast<double>(std::stoll(jailed.report("monotonic")) - monotonic), 100000, 60);
    EXPECT_NEAR(static_cast<double>(std::stoll(jailed.report("boottime")) - boottime), -1, 60);
    // What it is told of the launch's beginning is on its own clock.
    const Strings words = jailed.report_all("argument");
    EXPECT_EQ(words.at(3), "--start-time-us");
    EXPECT_NEAR(std::stod(words.at(4)) / 1e6, static_cast<double>(monotonic + 100000), 60);
  }
  EXPECT_LT(seconds(CLOCK_MONOTONIC), std::stoll("100000") + seconds(CLOCK_BOOTTIME));
}

// Its start is noted, and looked up, on the host's clock.
TEST_F(IsolateTest, AJailWithOtherClocksCanBeListedAndRemoved) {
  if (!has_time_namespaces()) GTEST_SKIP() << "an exec enters a time namespace since Linux 6.2";
  const Jailed jailed = start_daemon(isolated("namespaces = time\nboottime-offset = 100000\n"));
  const Outcome listed = run(managing({"ps"}));
  EXPECT_NE(listed.out.find("alive"), std::string::npos) << listed.text();
  EXPECT_NE(listed.out.find(std::to_string(jailed.pid())), std::string::npos) << listed.text();
}

TEST_F(IsolateTest, AFailedExecLeavesNothingAndTheHostAsItWas) {
  const std::string hosts = own_names();
  EXPECT_EQ(taken_back_by("namespaces = ipc,uts,cgroup,net\n"), "ticket");
  EXPECT_EQ(taken_back_by("namespaces = ipc,uts,cgroup,net\n", {"--uid", "0", "--gid", "0"}), "guard");
  if (has_time_namespaces()) {
    EXPECT_EQ(taken_back_by("namespaces = " + all() + "\nmonotonic-offset = 100000\n"), "guard");
  }
  for (const Strings& mode : {Strings{"--new-pid-ns"}, Strings{"--daemonize"},
                              Strings{"--daemonize", "--new-pid-ns"}, Strings{"--supervise"}})
    taken_back_by("namespaces = " + all() + "\n", mode);
  EXPECT_EQ(own_names(), hosts);
}

// In a group of its own, which it must leave again, and whose way the new namespace does not show.
TEST_F(IsolateTest, AFailedExecLeavesItsGroup) {
  const std::string value = value_of_a_controller();
  if (value.empty()) GTEST_SKIP() << "this host has no pids controller";
  const Strings options = {"--cgroup-version", v1_mount("pids").empty() ? "2" : "1", "--cgroup", value};
  EXPECT_EQ(taken_back_by("namespaces = cgroup\n", options), "ticket");
  if (has_time_namespaces()) {
    EXPECT_EQ(taken_back_by("namespaces = cgroup,time\n", options), "guard");
  }
}

TEST_F(IsolateTest, ALimitThatIsReachedIsNamed) {
  const Strings options = isolated("namespaces = net\n");
  const std::string trace = workplace() + "/trace";
  ASSERT_TRUE(run(traced(command(options), trace, "unshare")).succeeded());
  remove_jail();
  size_t number = 0;
  for (const SystemCall& call : read_trace(trace)) {
    ++number;
    if (call.arguments == Strings{"CLONE_NEWNET"}) break;
  }
  Command injected = command(options);
  injected.argv.insert(injected.argv.begin(), {"strace", "-f", "-qq", "-o", "/dev/null", "-e",
                                               "inject=unshare:error=ENOSPC:when=" + std::to_string(number)});
  const std::string error = refusal(injected);
  std::filesystem::remove(trace);
  EXPECT_NE(
      error.find("new-namespace net in jail jail: the limit user.max_net_namespaces of sysctl is reached: "
                 "No space left on device"),
      std::string::npos)
      << error;
}

TEST_F(IsolateTest, AContradictionWithNetnsIsRefusedWithBothLines) {
  const NetworkNamespace network(scratch("network"));
  const std::string error = refusal(isolated("namespaces = net\n", {"--netns", network.path()}));
  expect_mentions(error,
                  {"isolated.conf:", "namespaces) makes a new net namespace", "stage netns (--netns) joins"});
}

TEST_F(IsolateTest, ThePlanShowsALineForEachToAnybody) {
  Command wanted = command(isolated("namespaces = " + all() + "\n"));
  wanted.argv.insert(wanted.argv.begin() + 1, "plan");
  wanted.in_child = [] { (void)!setresuid(kUid, kUid, kUid); };
  std::filesystem::permissions(scratch("isolated.conf"), std::filesystem::perms(0644));
  const Outcome outcome = run(wanted);
  for (const char* line : {"new-namespace  ipc", "new-namespace  uts  hostname jail  domainname (none)",
                           "new-namespace  cgroup", "new-namespace  net  loopback up"})
    EXPECT_NE(outcome.out.find(line), std::string::npos) << line << "\n" << outcome.text();
}

}  // namespace
}  // namespace jailrun::integration
