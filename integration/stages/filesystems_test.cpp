// SPDX-License-Identifier: Apache-2.0
// The stages dev, tmp, shm and sys, and the read-only root, as the program finds them; the host's stay as they are.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <filesystem>

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class FilesystemsTest : public JailTest {
 protected:
  // default.conf with these sections before `devices`, which makes no node unless the test wants one.
  Strings with(const std::string& sections, const Strings& more = {}) const {
    write_file(scratch("some.conf"),
               with_section_before(read_file(pipeline("default.conf")), "devices", sections));
    Strings options = {"--pipeline", scratch("some.conf")};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  // What the probe says of these, without their names: "make:/tmp/x" is tried, a path is looked at.
  Strings found(const Strings& options, const Strings& what) {
    Strings arguments;
    for (const std::string& one : what)
      arguments.insert(arguments.end(), {one[0] == '/' ? "--stat" : "--try", one});
    const Outcome outcome = launch_and_remove(options, arguments);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    Strings answers;
    for (const char* word : {"stat", "try"})
      for (const std::string& one : reported(outcome.out, word))
        answers.push_back(one.substr(one.find(' ') + 1));
    return answers;
  }
};

const Strings kNoDevice = {"--device", "none"};

TEST_F(FilesystemsTest, DevHasTheUsualDevicesAndNoOthers) {
  EXPECT_EQ(found(with("[dev]\n", kNoDevice),
                  {"/dev", "/dev/null", "/dev/tty", "/dev/fd", "/dev/ptmx", "/dev/kvm", "/dev/pts/0",
                   "read:/dev/null", "write:/dev/null", "read:/dev/urandom", "write:/dev/full",
                   "read:/dev/ptmx", "make:/dev/x"}),
            (Strings{"directory 0755 0:0 0:0", "char 0666 0:0 1:3", "char 0666 0:0 5:0", "other 0777 0:0 0:0",
                     "other 0777 0:0 0:0", "ENOENT", "ENOENT", "yes", "yes", "yes", "yes", "yes", "EACCES"}));
}

TEST_F(FilesystemsTest, DevIsNotSeenOnTheHostAndLeavesNothing) {
  const std::string before = read_file("/proc/self/mountinfo");
  const Jailed jailed = start(with("[dev]\n[shm]\n[tmp]\n", kNoDevice));
  EXPECT_EQ(read_file("/proc/self/mountinfo"), before);
  EXPECT_EQ(list(root() + "/dev"), "");
  EXPECT_EQ(list(root() + "/tmp"), "");
}

TEST_F(FilesystemsTest, DevHoldsTheDevicesOfTheStageAfterIt) {
  EXPECT_EQ(
      found(with("[dev]\n"), {"/dev/net/tun", "/dev/kvm", "/dev/null", "write:/dev/net/tun"}),
      (Strings{"char 0600 1234:4321 10:200", "char 0600 1234:4321 10:232", "char 0666 0:0 1:3", "yes"}));
}

TEST_F(FilesystemsTest, DevicesWorkOnABaseThatIsMountedNodev) {
  std::filesystem::create_directory(scratch("nodev"));
  ASSERT_EQ(mount("tmpfs", scratch("nodev").c_str(), "tmpfs", MS_NODEV, "mode=0755"), 0);
  const Strings base = {"--chroot-base-dir", scratch("nodev")};
  const Outcome outcome =
      launch(with("[dev]\n", base), {"--try", "write:/dev/net/tun", "--try", "read:/dev/zero"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(reported(outcome.out, "try"), (Strings{"write:/dev/net/tun yes", "read:/dev/zero yes"}));
  EXPECT_TRUE(run({runner(), "rm", "--chroot-base-dir", scratch("nodev"), "jail"}).succeeded());
  umount2(scratch("nodev").c_str(), MNT_DETACH);
}

TEST_F(FilesystemsTest, DevShowsTheHostsNodesAndNobodyCanChangeThem) {
  const Strings roots = {"--device", "none", "--uid", "0", "--gid", "0"};
  const std::string host = describe("/dev/null");
  EXPECT_EQ(found(with("[dev]\ndev-way = bind\n", roots),
                  {"write:/dev/null", "read:/dev/zero", "truncate:/dev/null"}),
            (Strings{"yes", "yes", "EINVAL"}));
  EXPECT_EQ(describe("/dev/null"), host);
}

// A caller's, or of an image: what a link at /dev leads to, in the jail or out of it, is not what is filled.
TEST_F(FilesystemsTest, ALinkInThePlaceOfDevIsRefused) {
  for (const char* target : {"/run", "/etc", "../../../../../../etc"}) {
    std::filesystem::create_directory_symlink(target, prefill() + "/dev");
    EXPECT_NE(refusal(with("[dev]\n", kNoDevice)).find("dev"), std::string::npos) << target;
    remove_prefilled();
  }
}

TEST_F(FilesystemsTest, WhatACallerHasInDevIsCoveredAndStays) {
  std::filesystem::create_directory(prefill() + "/dev");
  std::filesystem::create_directory_symlink("/etc", root() + "/dev/pts");
  write_file(root() + "/dev/null", "a caller's");
  const Jailed jailed = start(with("[dev]\n", kNoDevice), {"--stat", "/dev/null"});
  EXPECT_EQ(jailed.report("stat"), "/dev/null char 0666 0:0 1:3");
  EXPECT_EQ(read_file(root() + "/dev/null"), "a caller's");
}

TEST_F(FilesystemsTest, TmpCanBeWrittenToAndRunsNothing) {
  EXPECT_EQ(found(with("[tmp]\n", kNoDevice), {"/tmp", "make:/tmp/x"}),
            (Strings{"directory 1777 0:0 0:0", "yes"}));
  const std::string files = "[files]\nfile = " + test_file("probe") + ":/tmp/probe,way=copy,mode=0755\n";
  EXPECT_EQ(found(with("[tmp]\n" + files, kNoDevice), {"run:/tmp/probe"}), (Strings{"EACCES"}));
  EXPECT_EQ(found(with("[tmp]\ntmp = /tmp,exec=yes\n" + files, kNoDevice), {"run:/tmp/probe"}),
            (Strings{"yes"}));
}

TEST_F(FilesystemsTest, TmpIsAsLargeAsItIsSaid) {
  // Itself, and one more.
  EXPECT_EQ(found(with("[tmp]\ntmp = /a/b,inodes=2,owner=jail,mode=0700\n", kNoDevice),
                  {"/a/b", "make:/a/b/x", "make:/a/b/y"}),
            (Strings{"directory 0700 1234:4321 0:0", "yes", "ENOSPC"}));
  write_file(scratch("large"), std::string(100'000, 'x'));
  const Strings options =
      with("[tmp]\ntmp = /tmp,size=64K\n[files]\nfile = " + scratch("large") + ":/tmp/large,way=copy\n",
           kNoDevice);
  EXPECT_NE(refusal(options).find("No space left on device"), std::string::npos);
}

TEST_F(FilesystemsTest, ShmIsInDevWhicheverThatIs) {
  for (const char* sections : {"[shm]\n", "[dev]\n[shm]\n"})
    EXPECT_EQ(found(with(sections, kNoDevice), {"/dev/shm", "make:/dev/shm/x"}),
              (Strings{"directory 1777 0:0 0:0", "yes"}))
        << sections;
}

TEST_F(FilesystemsTest, SysIsReadOnlyForRootTooAndMasked) {
  write_file(scratch("sys.conf"),
             with_section_before(read_file(pipeline("default.conf")), "daemonize", "[sys]\n"));
  EXPECT_EQ(found({"--pipeline", scratch("sys.conf"), "--device", "none", "--uid", "0", "--gid", "0"},
                  {"/sys/kernel/mm", "/sys/block/loop0", "/sys/fs/cgroup/cgroup.procs",
                   "write:/sys/power/state", "make:/sys/x"}),
            (Strings{"directory 0755 0:0 0:0", "ENOENT", "ENOENT", "EROFS", "EROFS"}));
}

TEST_F(FilesystemsTest, SysShowsTheProgramsOwnInterfaces) {
  write_file(scratch("sys.conf"), with_section_before(read_file(pipeline("default.conf")), "daemonize",
                                                      "[isolate]\nnamespaces = net\n[sys]\n"));
  EXPECT_EQ(found({"--pipeline", scratch("sys.conf"), "--device", "none"},
                  {"/sys/class/net/lo", "/sys/class/net/eth0"}),
            (Strings{"other 0777 0:0 0:0", "ENOENT"}));
}

// uid 0 too: it keeps no capability here.
TEST_F(FilesystemsTest, AReadOnlyRootCannotBeChanged) {
  std::filesystem::create_directory(scratch("shared"));
  chmod(scratch("shared").c_str(), 0777);
  for (const Strings& user : {Strings{}, Strings{"--uid", "0", "--gid", "0"}}) {
    std::filesystem::create_directory(prefill() + "/data");
    write_file(root() + "/data/file", "a caller's");
    chmod((root() + "/data/file").c_str(), 0666);
    Strings options = with("[tmp]\n[shm]\n[bind]\nbind = " + scratch("shared") + ":/shown:rw\n", kNoDevice);
    options.insert(options.end(), {"--read-only-root"});
    options.insert(options.end(), user.begin(), user.end());

    EXPECT_EQ(found(options,
                    {"write:/data/file", "truncate:/data/file", "remove:/data/file", "make:/x", "make:/run/x",
                     "make:/dev/x", "read:/data/file", "make:/tmp/x", "make:/dev/shm/x", "make:/shown/x"}),
              (Strings{"EROFS", "EROFS", "EROFS", "EROFS", "EROFS", "EROFS", "yes", "yes", "yes", "yes"}));
    unlink(scratch("shared/x").c_str());
    remove_prefilled();
  }
}

TEST_F(FilesystemsTest, AReadOnlyRootIsTheJailsAloneWhateverItIsOn) {
  std::filesystem::create_directory(scratch("lower"));
  const Strings ways[] = {{},
                          {"--pipeline", pipeline("tmpfs.conf")},
                          {"--pipeline", pipeline("overlay.conf"), "--overlay-lower", scratch("lower")}};
  for (const Strings& way : ways) {
    Strings options = way;
    options.insert(options.end(), {"--read-only-root", "--device", "none"});
    const Jailed jailed = start(options, {"--try", "make:/run/x"});
    EXPECT_EQ(jailed.report("try"), "make:/run/x EROFS");
    // The host's side of it can be written to: callers put sockets and files there.
    write_file(root() + "/run/of-the-host", "");
    unlink((root() + "/run/of-the-host").c_str());
  }
}

TEST_F(FilesystemsTest, ABindIsOfNoUseForDevicesUnlessItIsTold) {
  ASSERT_EQ(mknod(scratch("null").c_str(), S_IFCHR | 0666, 0x103), 0);
  chmod(scratch("null").c_str(), 0666);
  const auto opened = [&](const std::string& words) {
    return found(with("[bind]\nbind = " + scratch("null") + ":/null" + words + "\n", kNoDevice),
                 {"write:/null"});
  };
  EXPECT_EQ(opened(""), Strings{"EACCES"});
  EXPECT_EQ(opened(":dev"), Strings{"yes"});
}

TEST_F(FilesystemsTest, AFailedExecLeavesNothing) {
  const std::string all = "[dev]\n[tmp]\n[shm]\n[files]\nfile = /etc/hostname:/tmp/a/b\n";
  for (const Strings& mode : {Strings{}, Strings{"--new-privileges"}, Strings{"--daemonize"}}) {
    for (const std::string& sections : {all, "[dev]\ndev-way = bind\n" + all.substr(6)}) {
      Strings options = with(sections, mode);
      options.insert(options.end(), {"--read-only-root", "--exec-file", broken_program()});
      refusal(options);
    }
  }
}

}  // namespace
}  // namespace jailrun::integration
