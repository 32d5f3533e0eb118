// SPDX-License-Identifier: Apache-2.0
// What others' jails have been left by: each attack's essence, tried against jailrun. Those that other tests
// try already are in the table of docs/operator/hardening.md.
#include "integration/escapes/contenders.hpp"
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"
#include "integration/support/trace.hpp"

#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class CvesTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    std::filesystem::create_directories(scratch("victim"));
    write_file(victim(), "the host's");
  }
  std::string victim() const { return scratch("victim/file"); }

  // default.conf with these before `stage`.
  std::string extended(const std::string& sections, const std::string& stage) const {
    return written(scratch("extended.conf"),
                   with_section_before(read_file(pipeline("default.conf")), stage, sections));
  }
};

// runc CVE-2019-5736: a script whose interpreter is /proc/self/exe makes the runner execute itself in the
// jail, where root can open its file for writing, and change it for the next launch on the host.
TEST_F(CvesTest, Cve2019_5736TheRunnersFileIsNotToBeHadFromTheJail) {
  const std::string before = content_hash(runner());
  const Strings options = {
      "--pipeline",  extended("[proc]\n[pid-namespace]\n", "daemonize"), "--uid", "0", "--gid", "0",
      "--new-pid-ns"};
  Strings scripted = options;
  scripted.insert(scripted.end(), {"--exec-file", scratch("script")});
  write_file(scratch("script"), "#!/proc/self/exe\n");
  ASSERT_EQ(chmod(scratch("script").c_str(), 0755), 0);
  // The runner executes itself, finds no pipeline in the jail, and exits; or it is the dynamic one, whose
  // loader is not in the jail, and the launch is rolled back.
  const bool is_launched = launch(scripted).succeeded();
  end_orphans();
  if (is_launched) remove_jail("jail", "script");
  {
    // No process that the jail sees is the runner, and no descriptor leads to its file.
    const Jailed jailed = start_detached(options, {"--open", "/proc/1/exe", "--open", "/proc/2/exe"});
    EXPECT_EQ(std::filesystem::read_symlink("/proc/" + std::to_string(jailed.pid()) + "/exe").filename(),
              "probe");
    EXPECT_EQ(jailed.report_all("open").back().substr(0, 18), "/proc/2/exe ENOENT");
    for (const auto& [fd, path] : descriptors(jailed.pid()))
      EXPECT_EQ(path.find(stage()), std::string::npos) << fd << " is " << path;
  }
  EXPECT_EQ(content_hash(runner()), before);
}

// docker CVE-2019-14271: a helper that has entered the jail loads a library from it, for the names of users.
TEST_F(CvesTest, Cve2019_14271NothingIsLoadedFromTheJail) {
  const std::string root = prefill();
  std::filesystem::create_directories(root + "/lib/x86_64-linux-gnu");
  std::filesystem::create_directories(root + "/etc");
  write_file(root + "/etc/nsswitch.conf", "passwd: files\n");
  write_file(root + "/etc/ld.so.preload", "/lib/x86_64-linux-gnu/libnss_files.so.2\n");
  std::filesystem::copy_file(test_plugin("unruly"), root + "/lib/x86_64-linux-gnu/libnss_files.so.2");
  const Command launched = command({}, {"--exit", "0"});
  const std::string trace = scratch("trace");
  EXPECT_TRUE(run(traced(launched, trace, "open,openat,openat2")).succeeded());
  int count = 0;
  for (const SystemCall& call : read_trace(trace)) {
    ++count;
    for (const char* name : {"libnss", "nsswitch", "preload"})
      EXPECT_EQ(call.text().find(name), std::string::npos) << call.text();
  }
  EXPECT_GT(count, 10);
  remove_jail();
  remove_prefilled();
}

// runc CVE-2024-21626: a descriptor of a host directory, or a working directory there, that reaches the
// program.
TEST_F(CvesTest, Cve2024_21626NoDirectoryOfTheHostReachesTheProgram) {
  for (const std::string gone : {"", " (deleted)"}) {
    Command launched = command({}, {"--sleep"});
    const std::string directory = scratch("elsewhere");
    std::filesystem::create_directories(directory);
    launched.in_child = [directory, gone] {
      if (chdir(directory.c_str()) != 0) _exit(98);
      dup2(open("/", O_RDONLY | O_DIRECTORY), 7);
      dup2(open(".", O_PATH | O_DIRECTORY), 8);
      if (!gone.empty()) rmdir(directory.c_str());
    };
    const Jailed jailed = start_command(launched);
    const std::string process = "/proc/" + std::to_string(jailed.pid());
    EXPECT_EQ(jailed.report_all("fd").size(), 3U);
    struct stat here {};
    struct stat root {};
    ASSERT_EQ(stat((process + "/cwd/.").c_str(), &here), 0);
    ASSERT_EQ(stat((process + "/root/.").c_str(), &root), 0);
    EXPECT_EQ(here.st_ino, root.st_ino);
    EXPECT_EQ(here.st_dev, root.st_dev);
  }
}

// runc CVE-2025-31133: what is masked is covered by the jail's own /dev/null, in whose place there is a link
// to what the tenant wants to be shown, and to write to.
TEST_F(CvesTest, Cve2025_31133WhatIsMaskedIsNotCoveredByTheTenantsLink) {
  for (const char* name : {"null", "console", "kvm"}) {
    const std::string root = prefill();
    std::filesystem::create_directories(root + "/dev");
    std::filesystem::create_symlink("/proc/sys/kernel/core_pattern", root + "/dev/" + name);
    const std::string before = read_file("/proc/sys/kernel/core_pattern");
    {
      const Jailed jailed =
          start_detached({"--pipeline", extended("[proc]\nsubset = all\n[pid-namespace]\n", "daemonize"),
                          "--uid", "0", "--gid", "0", "--new-pid-ns", "--device", "none"},
                         {"--open", "/proc/sys/kernel/core_pattern", "--open", "/proc/kcore"});
      for (const Mount& mount : mounts(jailed.pid()))
        EXPECT_EQ(mount.root.find("core_pattern"), std::string::npos) << mount.target;
      EXPECT_NE(jailed.report_all("open").front(), "/proc/sys/kernel/core_pattern yes");
    }
    EXPECT_EQ(read_file("/proc/sys/kernel/core_pattern"), before);
    remove_prefilled();
  }
}

// runc CVE-2025-52881: what the runner writes to /proc goes to a file that the tenant has put in its place.
TEST_F(CvesTest, Cve2025_52881WhatTheRunnerWritesToProcGoesNowhereElse) {
  const Strings files = {"timens_offsets", "attr/exec", "attr/keycreate", "oom_score_adj", "uid_map"};
  const std::string namespaces =
      "[isolate]\nnamespaces = ipc,uts,time\nmonotonic-offset = 1000\nunsupported = warn\n";
  for (const std::string& sections : {namespaces, namespaces + "[proc]\n"}) {
    const std::string root = prefill();
    std::filesystem::create_directories(root + "/fake/self/attr");
    for (const std::string& file : files) write_file(root + "/fake/self/" + file, "the tenant's");
    std::filesystem::create_symlink("fake", root + "/proc");
    const Outcome outcome = launch({"--pipeline", extended(sections, "daemonize")}, {"--exit", "0"});
    // A mount is not put where a link leads.
    EXPECT_EQ(outcome.exit_status, sections == namespaces ? 0 : 1) << outcome.text();
    for (const std::string& file : files)
      EXPECT_EQ(read_file(root + "/fake/self/" + file), "the tenant's") << file;
    if (outcome.succeeded()) remove_jail();
    remove_prefilled();
  }
}

}  // namespace
}  // namespace jailrun::integration
