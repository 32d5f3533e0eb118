// SPDX-License-Identifier: Apache-2.0
// Host paths that lead through a directory of a tenant's: root follows none of its links, opens none of its
// hard links, and waits at none of its FIFOs.
#include "integration/support/jail_test.hpp"

#include <filesystem>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class TenantsDirectoryTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    std::filesystem::create_directory(scratch("hosts"));
    write_file(scratch("hosts/secret"), "the host's secret");
    chmod(scratch("hosts/secret").c_str(), 0600);
    std::filesystem::create_directory(scratch("tenants"));
    ASSERT_EQ(chown(scratch("tenants").c_str(), kUid, kGid), 0);
  }

  std::string in_tenants(const std::string& name) const { return scratch("tenants/" + name); }
  std::string link(const std::string& name, const std::string& target) const {
    std::filesystem::create_symlink(target, in_tenants(name));
    EXPECT_EQ(lchown(in_tenants(name).c_str(), kUid, kGid), 0);
    return in_tenants(name);
  }
  Strings with_files(const Strings& options) const {
    Strings all = {"--pipeline", pipeline_with("[files]\n", "cgroup-v1")};
    all.insert(all.end(), options.begin(), options.end());
    return all;
  }
  // Nothing new, nothing changed.
  void expect_untouched() const {
    EXPECT_EQ(list(scratch("hosts")), "secret");
    EXPECT_EQ(read_file(scratch("hosts/secret")), "the host's secret");
  }
};

TEST_F(TenantsDirectoryTest, OutputsGoThroughNoLinkOfItsOwn) {
  const std::string directory = link("logs", scratch("hosts"));
  const std::string file = link("log", scratch("hosts/secret"));
  for (const std::string& path : {directory + "/new", file}) {
    expect_mentions(refusal({"--daemonize", "--stdout", path}), {path});
    expect_mentions(refusal({"--daemonize", "--stderr", path}), {path});
    expect_mentions(refusal({"--log-file", path}), {path, "symbolic link"});
  }
  expect_untouched();
}

TEST_F(TenantsDirectoryTest, OutputsGoToNoOtherNameOfAFileOfTheHosts) {
  const std::string path = in_tenants("log");
  ASSERT_EQ(::link(scratch("hosts/secret").c_str(), path.c_str()), 0);
  expect_mentions(refusal({"--daemonize", "--stdout", path}), {path, "hard links"});
  expect_mentions(refusal({"--log-file", path}), {path, "hard links"});
  EXPECT_EQ(read_file(scratch("hosts/secret")), "the host's secret");
}

TEST_F(TenantsDirectoryTest, NothingWaitsAtItsFifos) {
  const std::string path = in_tenants("fifo");
  ASSERT_EQ(mkfifo(path.c_str(), 0666), 0);
  expect_mentions(refusal({"--log-file", path}), {path});
  expect_mentions(refusal({"--daemonize", "--stdout", path}), {path});
  expect_mentions(refusal(with_files({"--file", path})), {path});
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_EQ(chown(path.c_str(), kUid, kGid), 0);
  expect_mentions(refusal({"--log-file", path}), {path, "uid 1234"});
  close(reader);
}

TEST_F(TenantsDirectoryTest, SourcesAreReadThroughNoLinkOfItsOwn) {
  const std::string file = link("file", scratch("hosts/secret"));
  const std::string directory = link("directory", scratch("hosts"));
  for (const std::string& path : {file, directory + "/secret"}) {
    expect_mentions(refusal(with_files({"--file", path})), {path, "symbolic link", "uid 1234"});
    expect_mentions(
        refusal({"--pipeline", pipeline_with("[bind]\n", "cgroup-v1"), "--bind", path + ":/shown"}),
        {path, "symbolic link", "uid 1234"});
  }
  std::filesystem::create_hard_link(scratch("hosts/secret"), in_tenants("name"));
  expect_mentions(refusal(with_files({"--file", in_tenants("name")})), {in_tenants("name"), "hard links"});
}

TEST_F(TenantsDirectoryTest, RootsOwnLinksAreFollowed) {
  std::filesystem::create_directory_symlink(scratch("hosts"), scratch("link"));
  const Jailed jailed =
      start(with_files({"--file", scratch("link/secret") + ",owner=jail"}), {"--open", "/secret"});
  EXPECT_EQ(jailed.report("open"), "/secret yes");
}

// Exchanged after it was judged, which takes a race: the plan's own look is made before, so the actions' is
// what counts. Whatever the launches come to, no file of the host's gets into a jail, and none waits.
TEST_F(TenantsDirectoryTest, ASourceThatIsExchangedAllTheTimeNeverBecomesTheHosts) {
  const std::string path = in_tenants("disk");
  write_file(in_tenants("own"), "the tenant's");
  std::filesystem::create_symlink(scratch("hosts/secret"), in_tenants("planted"));
  ASSERT_EQ(lchown(in_tenants("planted").c_str(), kUid, kGid), 0);
  ASSERT_EQ(mkfifo(in_tenants("fifo").c_str(), 0666), 0);
  std::filesystem::copy_file(in_tenants("own"), path);
  const pid_t swapper = fork();
  if (swapper == 0) {
    const int here = open(scratch("tenants").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (;;)
      for (const char* other : {"planted", "fifo"})
        for (int twice = 0; twice < 2; ++twice) renameat2(here, other, here, "disk", RENAME_EXCHANGE);
  }
  for (int round = 0; round < 30; ++round) {
    const Outcome outcome = launch(with_files({"--file", path + ":/disk,way=copy"}), {"--exit", "0"});
    if (!outcome.succeeded()) continue;
    EXPECT_EQ(read_file(root() + "/disk"), "the tenant's");
    remove_jail();
  }
  end_process(swapper);
  std::filesystem::remove_all(scratch("tenants"));
}

}  // namespace
}  // namespace jailrun::integration
