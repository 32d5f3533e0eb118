// SPDX-License-Identifier: Apache-2.0
// Ids that one jail alone has, and host files whose owners are mapped to a jail's.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

const std::string kLeases = "/run/jailrun/ids";

class OwnIdsTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    if (!exists("/proc/self/ns/user")) GTEST_SKIP() << "this kernel has no user namespaces";
    if (!has_mount_setattr()) GTEST_SKIP() << kNoMountSetattr;
    if (!exists("/etc/subuid") || !exists("/etc/subgid")) GTEST_SKIP() << "this host has no /etc/subuid";
    write_file(scratch("ids"), "somebody:700000:64000\n");
    std::filesystem::create_directory(scratch("data"));
    write_file(scratch("data/roots"), "of root\n");
    chmod(scratch("data/roots").c_str(), 0600);
    chmod(scratch("data").c_str(), 0755);
    std::filesystem::create_directory(scratch("closed"));
    chmod(scratch("closed").c_str(), 0700);
  }
  void TearDown() override {
    run({runner(), "rm", "--host", "--reports"});
    EXPECT_FALSE(exists(kLeases));
    JailTest::TearDown();
  }

  Strings with(const std::string& settings, const Strings& more = {}) const {
    std::string text = read_file(pipeline("default.conf"));
    text = with_section_before(text, "cgroup-v1", "[bind]\n");
    text = with_section_before(text, "drop-privs", "[pid-namespace]\n" + settings);
    write_file(scratch("own.conf"), text);
    Strings options = {"--pipeline", scratch("own.conf")};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  static constexpr const char* kAuto =
      "[user-namespace]\nmap-ids = auto\nauto-ids = 1000\nauto-from = somebody\n";

  // On a host that gives these ids to "somebody".
  Command on_such_a_host(const Strings& options, const Strings& arguments = {}) const {
    Command one = command(options, arguments);
    one.in_child = [ids = scratch("ids")] {
      if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
        _exit(97);
      for (const char* file : {"/etc/subuid", "/etc/subgid"})
        if (mount(ids.c_str(), file, nullptr, MS_BIND, nullptr) != 0) _exit(97);
    };
    return one;
  }
  static Strings leases() {
    Strings names;
    if (exists(kLeases))
      for (const auto& one : std::filesystem::directory_iterator(kLeases))
        names.push_back(one.path().filename().string());
    return names;
  }
};

TEST_F(OwnIdsTest, EachOfManyJailsAtOnceHasOthers) {
  constexpr int kJails = 64;  // as many as there are ids for
  std::vector<Child> launches;
  const auto id = [](int number) { return "jail-" + std::to_string(number); };
  const Strings options = with(kAuto);  // which writes a file
  for (int i = 0; i < kJails; ++i) {
    Strings one = options;
    one.insert(one.end(), {"--id", id(i)});
    launches.emplace_back(on_such_a_host(one, {"--sleep"}));
  }
  std::set<std::string> maps;
  for (Child& one : launches) {
    EXPECT_TRUE(one.says("end")) << one.wait().text();
    maps.insert(read_file("/proc/" + std::to_string(one.pid()) + "/uid_map"));
  }
  EXPECT_EQ(maps.size(), size_t{kJails});
  std::set<long> firsts;
  for (const std::string& name : leases()) firsts.insert(std::stol(name));
  EXPECT_EQ(firsts.size(), size_t{kJails});
  for (const long first : firsts)
    EXPECT_TRUE(first % 1000 == 0 && first >= 700000 && first < 764000) << first;

  expect_mentions(run(on_such_a_host(options)).err, {"lease-ids", "no 1000 ids in a row are left"});
  for (int i = 0; i < kJails; ++i) {
    launches[static_cast<size_t>(i)].send(SIGKILL);
    launches[static_cast<size_t>(i)].wait();
    remove_jail(id(i));
  }
  EXPECT_EQ(leases(), Strings{});
}

TEST_F(OwnIdsTest, AFailedExecGivesThemBack) {
  for (const Strings& mode : {Strings{}, Strings{"--new-pid-ns"}}) {
    Strings options = with(kAuto, mode);
    options.insert(options.end(), {"--exec-file", broken_program()});
    expect_mentions(refusal(on_such_a_host(options)), {"exec /broken in jail jail"});
    EXPECT_EQ(leases(), Strings{});
  }
}

TEST_F(OwnIdsTest, ThePlanSaysWhatIsChosenAtLaunchAndTakesNothing) {
  Command planned = on_such_a_host(with(kAuto));
  planned.argv.insert(planned.argv.begin() + 1, "plan");
  expect_mentions(run(planned).out, {"lease-ids", "1000 ids from 1 on, chosen at launch", "700000-763999"});
  EXPECT_EQ(leases(), Strings{});
}

TEST_F(OwnIdsTest, WithoutIdsToChooseFromItIsRefusedWithFileAndLine) {
  expect_mentions(refusal(with(kAuto)), {"own.conf:", "/etc/subuid has no ids for 'somebody'"});
  expect_mentions(refusal(on_such_a_host(with(std::string(kAuto) + "subids = somebody\n"))),
                  {"own.conf:", "subids", "map-ids = auto"});
}

constexpr const char* kRoot = "[user-namespace]\nmap-ids = root\n";

TEST_F(OwnIdsTest, AMappedBindShowsTheHostsRootAsTheJails) {
  const std::string data = scratch("data") + ":/data";
  EXPECT_EQ(start(with(kRoot, {"--bind", data}), {"--try", "read:/data/roots"}).report("try"),
            "read:/data/roots EACCES");
  const Jailed jailed =
      start(with(kRoot, {"--bind", data + ":idmap"}), {"--try", "read:/data/roots", "--stat", "/data/roots"});
  EXPECT_EQ(jailed.report("try"), "read:/data/roots yes");
  EXPECT_EQ(jailed.report("stat"), "/data/roots file 0600 0:0 0:0");
}

TEST_F(OwnIdsTest, WhatIsMadeInOneIsTheHostsRootsAndIsKeptFromOthers) {
  const Strings open = with(kRoot, {"--bind", scratch("data") + ":/data:rw,idmap"});
  expect_mentions(refusal(open), {"--bind", "root alone can enter", "nosuid"});
  const Outcome made = launch_and_remove(with(kRoot, {"--bind", scratch("closed") + ":/data:rw,idmap"}),
                                         {"--report", "/data/new"});
  EXPECT_TRUE(made.succeeded()) << made.text();
  struct stat there {};
  ASSERT_EQ(stat((scratch("closed") + "/new").c_str(), &there), 0);
  EXPECT_EQ(there.st_uid, 0U);
  EXPECT_EQ(there.st_gid, 0U);
}

TEST_F(OwnIdsTest, WithoutAUserNamespaceThereIsNothingToMapBy) {
  expect_mentions(refusal(with("", {"--bind", scratch("data") + ":/data:idmap"})),
                  {"stage bind (--bind)", "/data", "no stage plans a user namespace"});
}

// Of /proc, as of some filesystems, owners can't be mapped.
TEST_F(OwnIdsTest, AFilesystemThatCannotIsNamedOrShownAsItIs) {
  const Strings mapped = with(kRoot, {"--bind", "/proc/sys:/data:idmap"});
  expect_mentions(refusal(mapped), {"bind /data", "map its owners"});
  Strings warned = mapped;
  warned.insert(warned.end(), {"--unsupported", "warn"});
  const Outcome outcome = launch_and_remove(warned);
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  expect_mentions(outcome.err, {"/data is shown with its owners"});
}

}  // namespace
}  // namespace jailrun::integration
