// SPDX-License-Identifier: Apache-2.0
// An exec that the kernel refuses, for each of its reasons, is taken back by the process itself.
#include "integration/support/cgroups.hpp"
#include "integration/support/jail_test.hpp"
#include "integration/support/network.hpp"
#include "integration/support/test_pipelines.hpp"
#include "integration/support/trace.hpp"
#include "integration/support/workplace.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class FailedExecTest : public JailTest {
 protected:
  void TearDown() override {
    std::filesystem::remove(trace());
    JailTest::TearDown();
  }
  static std::string trace() { return workplace() + "/trace"; }  // outside what must be left as it was
  std::string executable(const std::string& name, const std::string& text) const {
    write_file(scratch(name), text);
    chmod(scratch(name).c_str(), 0755);
    return scratch(name);
  }
  // The jail as it was before, and each time by the ticket.
  void expect_refused(
      Strings options, const char* sentence, const std::function<void()>& in_child = [] {},
      const Strings& arguments = {}) {
    Command wanted = traced(command(options, arguments), trace(), "clone,setresuid");
    wanted.in_child = in_child;
    EXPECT_NE(refusal(wanted).find(sentence), std::string::npos) << sentence;
    bool is_taken_back = false;
    for (const SystemCall& call : read_trace(trace())) {
      EXPECT_NE(call.name, "clone") << "a guard was there";
      is_taken_back = is_taken_back || call.arguments == Strings{"0", "0", "0"};
    }
    EXPECT_TRUE(is_taken_back);
  }
};

TEST_F(FailedExecTest, AnInterpreterThatIsNotThere) {
  expect_refused({"--exec-file", broken_program()}, "No such file or directory");
}

TEST_F(FailedExecTest, ALoaderThatIsNotThere) {
  expect_refused({"--exec-file", "/bin/true"}, "No such file or directory");
}

TEST_F(FailedExecTest, ALoaderThatIsNone) {
  std::filesystem::create_directories(prefill("true") + "/lib64");
  write_file(root("jail", "true") + "/lib64/ld-linux-x86-64.so.2", std::string(4096, 'x'));
  chmod((root("jail", "true") + "/lib64/ld-linux-x86-64.so.2").c_str(), 0755);
  expect_refused({"--exec-file", "/bin/true"}, std::strerror(ELIBBAD));
  remove_prefilled("true");
}

TEST_F(FailedExecTest, AFileInNoFormat) {
  expect_refused({"--exec-file", executable("noise", std::string("\x7f"
                                                                 "ELF\x02\x01\x01 and no more"))},
                 "Exec format error");
}

TEST_F(FailedExecTest, AFileThatItsUserMayNotExecute) {
  chmod(executable("closed", read_file(test_file("probe"))).c_str(), 0677);
  expect_refused({"--exec-file", scratch("closed")}, "Permission denied");
}

TEST_F(FailedExecTest, AnInterpreterThatItsUserMayNotExecute) {
  write_file(prefill("script") + "/interpreter", "x");
  expect_refused({"--exec-file", executable("script", "#!/interpreter\n")}, "Permission denied");
  remove_prefilled("script");
}

TEST_F(FailedExecTest, InterpretersOfInterpretersWithoutEnd) {
  write_file(prefill("script") + "/round", "#!/round\n");
  chmod((root("jail", "script") + "/round").c_str(), 0755);
  expect_refused({"--exec-file", executable("script", "#!/round\n")}, std::strerror(ELOOP));
  remove_prefilled("script");
}

TEST_F(FailedExecTest, AFileThatIsOpenForWriting) {
  const std::string program = executable("open", read_file(test_file("probe")));
  const int fd = open(program.c_str(), O_WRONLY | O_CLOEXEC);
  expect_refused({"--exec-file", program, "--program", "bind"}, "Text file busy");
  close(fd);
}

TEST_F(FailedExecTest, MoreArgumentsThanTheStackHolds) {
  write_file(scratch("stack.conf"), with_section_before(read_file(pipeline("default.conf")), "drop-privs",
                                                        "[limits]\nresource-limit = stack=65536\n"));
  expect_refused({"--pipeline", scratch("stack.conf")}, "Argument list too long", [] {},
                 {std::string(100000, 'x'), std::string(100000, 'y')});
}

TEST_F(FailedExecTest, MoreProcessesThanItsUserMayHave) {
  const Jailed other = start({"--id", "other"});
  expect_refused({}, "Resource temporarily unavailable", [] {
    const rlimit limit = {0, 0};  // root has none
    setrlimit(RLIMIT_NPROC, &limit);
  });
}

TEST_F(FailedExecTest, WithEveryStageAtWork) {
  if (const std::string controller = missing_v1({"cpu", "cpuset"}); !controller.empty())
    GTEST_SKIP() << "no version 1 hierarchy on this host carries " << controller;
  const NetworkNamespace network(scratch("network"));
  const Jailed living = start({"--id", "living", "--parent-cgroup", "vms/web", "--cgroup", "cpu.shares=100"});
  Strings options = all_stages(network.path(), "rw,rec,nosuid");
  options.insert(options.end(), {"--exec-file", broken_program()});
  expect_refused(options, "No such file or directory");
  EXPECT_EQ(v1_group_of(living.pid(), "cpu"), "/vms/web/living");
}

TEST_F(FailedExecTest, InEveryOtherPipeline) {
  std::filesystem::create_directories(scratch("lower"));
  for (const Strings& options :
       {Strings{"--pipeline", pipeline("firecracker.conf"), "--resource-limit", "fsize=1"},
        Strings{"--pipeline", pipeline("tmpfs.conf")},
        Strings{"--pipeline", pipeline("overlay.conf"), "--overlay-lower", scratch("lower")}}) {
    Strings words = options;
    words.insert(words.end(), {"--exec-file", broken_program()});
    expect_refused(words, "No such file or directory");
  }
}

// The namespace's root is not the caller's: there the jail would have another path.
TEST_F(FailedExecTest, OfACallerWithARootOfItsOwn) {
  const std::string tree = scratch("tree");
  std::filesystem::create_directories(tree);
  expect_refused({"--exec-file", broken_program(), "--chroot-base-dir", "/mnt"}, "No such file or directory",
                 [&, jails = base()] {
                   if (unshare(CLONE_NEWNS) != 0 ||
                       mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr) != 0 ||
                       mount("/", tree.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0 ||
                       mount(jails.c_str(), (tree + "/mnt").c_str(), nullptr, MS_BIND, nullptr) != 0 ||
                       chroot(tree.c_str()) != 0 || chdir("/") != 0)
                     _exit(98);
                 });
}

// The guard, where there is one, is a real-time thread from the last join to its own first act.
TEST_F(FailedExecTest, TheGuardIsHurriedOnlyBetweenTheJoinsAndTheRollback) {
  Command wanted =
      traced(command({"--new-privileges", "--exec-file", broken_program(), "--cgroup", "pids.max=100"}),
             trace(), "clone,write,sched_setscheduler,setresuid,execve,rmdir");
  // Where the kernel gives real-time threads to groups, the tests' own has none.
  if (const std::string cpu = v1_mount("cpu"); !cpu.empty())
    wanted.in_child = [cpu] {
      const int tasks = open((cpu + "/tasks").c_str(), O_WRONLY | O_CLOEXEC);
      if (write(tasks, "0", 1) != 1) _exit(98);
    };
  refusal(wanted);
  std::string order;
  bool is_refused = false;  // as is allowed
  std::string guard;
  for (const SystemCall& call : read_trace(trace())) {
    if (call.name == "clone") guard = call.result;
    if (call.name == "write" && call.arguments[0].find("/tasks") != std::string::npos) order += "join ";
    if (call.name == "setresuid") order += "uid ";
    if (call.name == "execve" && !call.succeeded()) order += "exec ";
    if (call.name == "rmdir" && order.find("release") == std::string::npos) order += "release ";
    if (call.name != "sched_setscheduler") continue;
    const bool is_raise = call.arguments[1] == "SCHED_FIFO";
    is_refused = is_refused || (is_raise && !call.succeeded());
    EXPECT_EQ(is_raise ? call.arguments[0] : std::to_string(call.thread), guard);
    order += is_raise ? "raise " : "lower ";
  }
  EXPECT_EQ(order, is_refused ? "join raise uid exec release " : "join raise uid exec lower release ");
}

}  // namespace
}  // namespace jailrun::integration
