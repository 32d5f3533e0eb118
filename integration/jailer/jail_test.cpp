// SPDX-License-Identifier: Apache-2.0
// What a launch by the jailer's name makes on the host: directories, the program's copy, nodes, the
// pid file, groups.
#include "integration/jailer/client.hpp"
#include "integration/support/cgroups.hpp"

#include <sstream>

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class JailersJailTest : public JailerTest {};

TEST_F(JailersJailTest, HasTheJailersDirectoriesWithTheirOwnersAndModes) {
  const Jailed jailed = start_as_jailer({});
  EXPECT_EQ(describe(base() + "/probe"), "directory 0755 0:0");
  EXPECT_EQ(describe(jail()), "directory 0755 0:0");
  for (const char* directory : {"", "/dev", "/dev/net", "/run"})
    EXPECT_EQ(describe(root() + directory), "directory 0700 1234:4321") << directory;
  EXPECT_EQ(list(root()), "dev probe probe.pid run");
}

TEST_F(JailersJailTest, HasACopyOfTheProgramWithTheSourcesModeAndAnInodeOfItsOwn) {
  std::filesystem::copy_file(test_file("probe"), scratch("probe"));
  ASSERT_EQ(chmod(scratch("probe").c_str(), 0511), 0);
  const Jailed jailed = start_as_jailer({"--exec-file", scratch("probe")});
  EXPECT_EQ(describe(root() + "/probe"), "file 0511 1234:4321");
  EXPECT_EQ(status_of(root() + "/probe").st_nlink, 1U);
  EXPECT_NE(status_of(root() + "/probe").st_ino, status_of(scratch("probe")).st_ino);
  EXPECT_TRUE(read_file(root() + "/probe") == read_file(scratch("probe")));
}

// The number of a driver that registered with the kernel's misc devices; empty: this host has none.
std::string misc_number(const std::string& name) {
  std::istringstream misc(read_file("/proc/misc"));
  std::string number;
  for (std::string word; misc >> number >> word;)
    if (word == name) return number;
  return {};
}

TEST_F(JailersJailTest, HasTheJailersNodes) {
  Strings paths = {"/dev/net/tun", "/dev/kvm", "/dev/urandom", "/dev/userfaultfd"};
  Strings arguments;
  for (const std::string& path : paths) arguments.insert(arguments.end(), {"--stat", path});
  const Jailed jailed = start_as_jailer({}, arguments);
  const std::string userfaultfd = misc_number("userfaultfd");
  EXPECT_EQ(jailed.report_all("stat"),
            (Strings{"/dev/net/tun char 0600 1234:4321 10:200", "/dev/kvm char 0600 1234:4321 10:232",
                     "/dev/urandom char 0600 1234:4321 1:9",
                     "/dev/userfaultfd " +
                         (userfaultfd.empty() ? "ENOENT" : "char 0600 1234:4321 10:" + userfaultfd)}));
}

TEST_F(JailersJailTest, HasThePidFileWithoutANewlineHoweverItWasStarted) {
  const auto is_the_probe = [&] {
    const std::string pid = read_file(root() + "/probe.pid");
    return pid.find_first_not_of("0123456789") == std::string::npos &&
           read_file("/proc/" + pid + "/comm") == "probe\n";
  };
  {
    const Jailed jailed = start_as_jailer({});
    EXPECT_TRUE(is_the_probe());
    EXPECT_EQ(read_file(root() + "/probe.pid"), std::to_string(jailed.pid()));
  }
  for (const Strings& options :
       {Strings{"--daemonize"}, Strings{"--new-pid-ns"}, Strings{"--daemonize", "--new-pid-ns"}}) {
    const Jailed jailed = start_behind_jailer(options);
    EXPECT_EQ(jailed.report("pid") == "1", options.back() == "--new-pid-ns");
    EXPECT_TRUE(is_the_probe()) << options.back();
  }
}

// ---- directories that exist

// As the jailer does it. A root that its caller made 0777 would be open to every user of the host, and one
// that is the caller's own keeps the program out.
TEST_F(JailersJailTest, DirectoriesThatTheCallerMadeAreTheProgramsUntilRm) {
  const Strings directories = {"", "/run", "/dev", "/dev/net"};
  std::filesystem::create_directories(prefill() + "/run");
  std::filesystem::create_directories(root() + "/dev/net");
  chmod(root().c_str(), 0777);
  chmod((root() + "/run").c_str(), 01770);
  ASSERT_EQ(chown((root() + "/dev").c_str(), 7, 8), 0);
  const HostSnapshot before = snapshot();
  const Outcome outcome = run(as_jailer({}, {"--exit", "0"}));
  ASSERT_TRUE(outcome.succeeded()) << outcome.text();
  for (const std::string& directory : directories)
    EXPECT_EQ(describe(root() + directory), "directory 0700 1234:4321") << directory;
  EXPECT_TRUE(run({runner(), "rm", "--chroot-base-dir", base(), "probe/jail"}).succeeded());
  EXPECT_EQ(changes(before), "");
  remove_prefilled();
}

TEST_F(JailersJailTest, DirectoriesThatTheCallerMadeAreAsTheyWereAfterALaunchThatFails) {
  std::filesystem::create_directories(prefill("broken") + "/run");
  chmod((root("jail", "broken") + "/run").c_str(), 0777);
  const std::string program = broken_program();
  const HostSnapshot before = snapshot();
  for (const Strings& way : {Strings{}, Strings{"--daemonize"}}) {
    Strings options = {"--exec-file", program};
    options.insert(options.end(), way.begin(), way.end());
    EXPECT_EQ(run(as_jailer(options)).exit_status, 1);
    EXPECT_EQ(changes(before), "");
  }
  remove_prefilled("broken");
}

// ---- something exists where the program is to be

struct Planted {
  const char* name;
  void (*plant)(const std::string& path, const std::string& elsewhere);
  bool is_replaced;  // else refused, without a hang
};
void PrintTo(const Planted& one, std::ostream* stream) { *stream << one.name; }

const Planted kPlanted[] = {
    {"AnOlderLongerFile",
     [](const std::string& path, const std::string&) { write_file(path, std::string(3UL << 20, 'x')); },
     true},
    {"AFifo", [](const std::string& path, const std::string&) { mkfifo(path.c_str(), 0777); }, false},
    {"AHardLink",
     [](const std::string& path, const std::string& elsewhere) {
       (void)!::link(elsewhere.c_str(), path.c_str());
     },
     false},
    {"ASymbolicLink",
     [](const std::string& path, const std::string& elsewhere) {
       std::filesystem::create_symlink(elsewhere, path);
     },
     false},
    {"ADirectory",
     [](const std::string& path, const std::string&) { std::filesystem::create_directory(path); }, false},
};

class ProgramsPlaceTest : public JailerTest, public testing::WithParamInterface<Planted> {};

TEST_P(ProgramsPlaceTest, IsTakenWholeOrTheLaunchIsRefused) {
  write_file(scratch("elsewhere"), "the host's");
  GetParam().plant(prefill() + "/probe", scratch("elsewhere"));
  ASSERT_TRUE(exists(root() + "/probe"));
  if (GetParam().is_replaced) {
    const Jailed jailed = start_as_jailer({});
    EXPECT_TRUE(read_file(root() + "/probe") == read_file(test_file("probe")));
  } else {
    EXPECT_NE(refusal(as_jailer({})).find("/probe"), std::string::npos);
    remove_prefilled();
  }
  EXPECT_EQ(read_file(scratch("elsewhere")), "the host's");
}

INSTANTIATE_TEST_SUITE_P(With, ProgramsPlaceTest, testing::ValuesIn(kPlanted),
                         [](const auto& planted) { return planted.param.name; });

// ---- groups of version 1

class JailersCgroupsTest : public JailerTest {
 protected:
  void SetUp() override {
    JailerTest::SetUp();
    if (const std::string controller = missing_v1({"cpu", "cpuset", "memory", "devices"});
        !controller.empty())
      GTEST_SKIP() << "no version 1 hierarchy on this host carries " << controller;
  }
  static std::string value(const std::string& group, const std::string& file) {
    std::string text = read_file(v1_mount(file.substr(0, file.find('.'))) + group + "/" + file);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }
};

TEST_F(JailersCgroupsTest, AreThoseOfTheControllersNamedAndNoOthers) {
  const Jailed jailed = start_as_jailer({"--cgroup", "cpu.shares=512", "--cgroup", "cpuset.cpus=0"});
  EXPECT_EQ(v1_group_of(jailed.pid(), "cpu"), "/probe/jail");
  EXPECT_EQ(v1_group_of(jailed.pid(), "cpuset"), "/probe/jail");
  EXPECT_EQ(v1_group_of(jailed.pid(), "memory"), "/");
  EXPECT_EQ(value("/probe/jail", "cpu.shares"), "512");
}

TEST_F(JailersCgroupsTest, InheritTheCpusetThatIsNotGiven) {
  const Jailed jailed = start_as_jailer({"--cgroup", "cpuset.cpus=0", "--parent-cgroup", "vms/web"});
  EXPECT_EQ(value("/vms/web/jail", "cpuset.cpus"), "0");
  EXPECT_EQ(value("/vms/web/jail", "cpuset.mems"), value("", "cpuset.mems"));
  EXPECT_EQ(value("/vms/web", "cpuset.cpus"), value("", "cpuset.cpus"));
}

TEST_F(JailersCgroupsTest, AreNoneWhereNoValueIsGiven) {
  const HostSnapshot before = snapshot();
  const Jailed jailed = start_as_jailer({"--parent-cgroup", "vms", "--cgroup-version", "1"});
  EXPECT_EQ(before.changes_to(snapshot()).find("+ cgroup "), std::string::npos);
}

TEST_F(JailersCgroupsTest, TakeValuesWithBlanksAndEqualsSigns) {
  const std::string sentence = refusal(as_jailer({"--cgroup", "cpu.shares=8:16 rbps=1 wbps=2"}));
  EXPECT_NE(sentence.find("write '8:16 rbps=1 wbps=2' to "), std::string::npos) << sentence;
}

// Files that can't be read back or inherited: the jailer, which copies each from the group
// above first, fails.
TEST_F(JailersCgroupsTest, TakeFilesThatCanNotBeInherited) {
  const Jailed jailed = start_as_jailer({"--cgroup", "devices.deny=a", "--cgroup",
                                         "devices.allow=c 10:200 rwm", "--cgroup", "memory.oom_control=1"},
                                        {"--open", "/dev/net/tun", "--open", "/dev/kvm"});
  EXPECT_EQ(value("/probe/jail", "devices.list"), "c 10:200 rwm");
  EXPECT_EQ(value("/probe/jail", "memory.oom_control").rfind("oom_kill_disable 1", 0), 0U);
  EXPECT_EQ(jailed.report_all("open").at(1), "/dev/kvm EPERM");
}

// /sys/fs/cgroup/cpu is a link to cpu,cpuacct on hosts where one hierarchy carries both.
TEST_F(JailersCgroupsTest, AreFoundThroughALink) {
  const std::string cpu = v1_mount("cpu");
  const std::string top = "/sys/fs/cgroup";
  std::filesystem::create_directory(scratch("hierarchy"));
  const std::string kept = scratch("hierarchy");
  {
    const Jailed jailed = start_as_jailer({"--cgroup", "cpu.shares=512"}, {}, [=] {
      const bool done =
          unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr) == 0 &&
          mount(cpu.c_str(), kept.c_str(), nullptr, MS_BIND, nullptr) == 0 &&
          mount("tmpfs", top.c_str(), "tmpfs", 0, nullptr) == 0 &&
          mkdir((top + "/cpu,cpuacct").c_str(), 0755) == 0 &&
          mount(kept.c_str(), (top + "/cpu,cpuacct").c_str(), nullptr, MS_BIND, nullptr) == 0 &&
          umount2(kept.c_str(), MNT_DETACH) == 0 && symlink("cpu,cpuacct", (top + "/cpu").c_str()) == 0;
      if (!done) _exit(126);
    });
    EXPECT_EQ(v1_group_of(jailed.pid(), "cpu"), "/probe/jail");
    EXPECT_EQ(value("/probe/jail", "cpu.shares"), "512");
  }
  remove_group_tree(cpu + "/probe");
}

}  // namespace
}  // namespace jailrun::integration
