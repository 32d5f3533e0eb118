// SPDX-License-Identifier: Apache-2.0
// What a hostile tenant plants where jailrun will write or remove: refused or removed, never followed,
// never a hang.
#include "integration/support/jail_test.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

// Makes a thing at a path; `victim` is a directory of the host's with a file "file" in it.
struct Plant {
  const char* name;
  void (*make)(const std::string& path, const std::string& victim);
};

void make_socket(const std::string& path, const std::string&) {
  // Bound by a short name: sun_path has 108 bytes.
  const int directory =
      open(std::filesystem::path(path).parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name =
      "/proc/self/fd/" + std::to_string(directory) + "/" + std::filesystem::path(path).filename().string();
  name.copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  close(fd);
  close(directory);
}

void make_huge_file(const std::string& path, const std::string&) {
  constexpr off_t kSize = off_t{64} << 20;  // the snapshots read it
  const int fd = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
  EXPECT_EQ(ftruncate(fd, kSize), 0);
  close(fd);
}

const std::vector<Plant>& plants() {
  static const std::vector<Plant> kPlants = {
      {"LinkToAFile",
       [](const std::string& path, const std::string& victim) {
         std::filesystem::create_symlink(victim + "/file", path);
       }},
      {"LinkToADirectory", [](const std::string& path,
                              const std::string& victim) { std::filesystem::create_symlink(victim, path); }},
      {"LinkToNothing",
       [](const std::string& path, const std::string& victim) {
         std::filesystem::create_symlink(victim + "/new", path);
       }},
      {"Fifo", [](const std::string& path, const std::string&) { EXPECT_EQ(mkfifo(path.c_str(), 0666), 0); }},
      {"Socket", make_socket},
      {"Directory",
       [](const std::string& path, const std::string&) {
         std::filesystem::create_directories(path + "/below");
         write_file(path + "/below/file", "a tenant's");
       }},
      {"HardLink",
       [](const std::string& path, const std::string& victim) {
         std::filesystem::create_hard_link(victim + "/file", path);
       }},
      {"HugeFile", make_huge_file},
  };
  return kPlants;
}

void PrintTo(const Plant& plant, std::ostream* out) { *out << plant.name; }

class HostileTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    std::filesystem::create_directories(victim());
    write_file(victim() + "/file", "the host's");
    ASSERT_EQ(chmod((victim() + "/file").c_str(), 0640), 0);
    ASSERT_EQ(chmod(victim().c_str(), 0750), 0);
  }

  std::string victim() const { return scratch("victim"); }

  void expect_victim_untouched() const {
    EXPECT_EQ(list(victim()), "file");
    EXPECT_EQ(read_file(victim() + "/file"), "the host's");
    EXPECT_EQ(describe(victim() + "/file"), "file 0640 0:0");
    EXPECT_EQ(describe(victim()), "directory 0750 0:0");
  }

  Outcome rm(const Strings& words) const {
    Strings argv = {runner(), "rm", "--chroot-base-dir", base()};
    argv.insert(argv.end(), words.begin(), words.end());
    return run(argv);
  }
};

struct Planted {
  const char* place;  // in the root
  const Plant* plant;
};
void PrintTo(const Planted& planted, std::ostream* out) {
  *out << planted.plant->name << " at " << planted.place;
}

std::vector<Planted> all_planted() {
  std::vector<Planted> all;
  for (const char* place : {"probe", "probe.pid", "dev", "dev/net", "dev/net/tun", "dev/kvm", "run"})
    for (const Plant& plant : plants()) all.push_back({place, &plant});
  return all;
}

class HostileRootTest : public HostileTest, public testing::WithParamInterface<Planted> {};

// All of the root is the tenant's: from an earlier launch of the jail, or because its user may write there.
TEST_P(HostileRootTest, EndsTheLaunchOrIsLeftAsItWasByTheJail) {
  const Planted& planted = GetParam();
  const std::string path = prefill() + "/" + planted.place;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  planted.plant->make(path, victim());
  for (std::string owned = path; owned.size() >= root().size(); owned = owned.substr(0, owned.rfind('/')))
    if (std::string(planted.plant->name) != "HardLink" || owned != path) {
      ASSERT_EQ(lchown(owned.c_str(), kUid, kGid), 0);
    }
  const HostSnapshot before = HostSnapshot::take(base());

  const Outcome outcome = launch({"--device", "/dev/net/tun", "--device", "/dev/kvm"}, {"--exit", "7"});
  EXPECT_FALSE(outcome.timed_out);
  if (outcome.exit_status == 7) {
    const Outcome removed = rm({"jail"});
    EXPECT_TRUE(removed.succeeded()) << removed.text();
  } else {
    EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
    EXPECT_EQ(outcome.err.rfind("jailrun: ", 0), 0U) << outcome.text();
  }
  EXPECT_EQ(changes_since(before, base()), "") << outcome.text();
  expect_victim_untouched();
  remove_prefilled();
}

INSTANTIATE_TEST_SUITE_P(A, HostileRootTest, testing::ValuesIn(all_planted()), [](const auto& planted) {
  std::string name = std::string(planted.param.plant->name) + "At_" + planted.param.place;
  for (char& letter : name)
    if (letter == '/' || letter == '.') letter = '_';
  return name;
});

// ---- in a live jail, before it is removed

class HostileJailTest : public HostileTest, public testing::WithParamInterface<Plant> {
 protected:
  // Puts the plant in the place of what jailrun made there.
  void replace(const std::string& path) {
    std::filesystem::remove_all(path);
    GetParam().make(path, victim());
    if (std::string(GetParam().name) == "HardLink") return;  // the victim's owner is its own
    ASSERT_EQ(lchown(path.c_str(), kUid, kGid), 0);
  }
};

TEST_P(HostileJailTest, IsRemovedWithTheJailWhereverItStands) {
  for (const char* place :
       {"probe", "probe.pid", "dev", "dev/net", "dev/net/tun", "run", "of-its-own", "run/of-its-own"}) {
    Child launched(command({"--device", "/dev/net/tun"}, {"--sleep"}));
    ASSERT_TRUE(launched.says("end"));
    replace(root() + "/" + place);
    const Outcome removed = rm({"--force", "jail"});
    EXPECT_TRUE(removed.succeeded()) << place << ": " << removed.text();
    EXPECT_EQ(list(base()), "") << place;
    expect_victim_untouched();
    std::filesystem::remove_all(base() + "/probe");
  }
}

INSTANTIATE_TEST_SUITE_P(A, HostileJailTest, testing::ValuesIn(plants()),
                         [](const auto& plant) { return std::string(plant.param.name); });

TEST_F(HostileTest, ALinkInTheRootsPlaceIsNotFollowedByRm) {
  ASSERT_TRUE(launch({}).succeeded());
  std::filesystem::remove_all(root());
  std::filesystem::create_symlink(victim(), root());
  (void)rm({"jail"});
  expect_victim_untouched();
  std::filesystem::remove_all(base() + "/probe");
}

TEST_F(HostileTest, AHostDirectoryBoundIntoTheRootIsNotEmptiedByRm) {
  ASSERT_TRUE(launch({}).succeeded());
  const std::string target = root() + "/bound";
  std::filesystem::create_directory(target);
  ASSERT_EQ(mount(victim().c_str(), target.c_str(), nullptr, MS_BIND, nullptr), 0);
  const Outcome refused = rm({"jail"});
  EXPECT_EQ(refused.exit_status, 1) << refused.text();
  expect_victim_untouched();
  ASSERT_EQ(umount2(target.c_str(), 0), 0);
  EXPECT_TRUE(rm({"jail"}).succeeded());
}

TEST_F(HostileTest, DirectoriesFiveThousandLevelsDeepAreRemoved) {
  Child launched(command({}, {"--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  int here = open(root().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (int level = 0; level < 5000; ++level) {
    ASSERT_EQ(mkdirat(here, "d", 0700), 0);
    const int below = openat(here, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
    close(here);
    here = below;
  }
  close(here);
  const Outcome removed = rm({"--force", "jail"});
  EXPECT_TRUE(removed.succeeded()) << removed.text();
  EXPECT_EQ(list(base()), "");
  if (exists(base() + "/probe")) (void)run({"rm", "-rf", base() + "/probe"});
}

TEST_F(HostileTest, AFileOfATebibyteCostsNoTime) {
  Child launched(command({}, {"--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  write_file(root() + "/huge", "");
  ASSERT_EQ(truncate((root() + "/huge").c_str(), off_t{1} << 40), 0);
  EXPECT_TRUE(rm({"--force", "jail"}).succeeded());
  EXPECT_EQ(list(base()), "");
}

TEST_F(HostileTest, TenThousandFilesAreRemoved) {
  ASSERT_TRUE(launch({}).succeeded());
  for (int i = 0; i < 10000; ++i) write_file(root() + "/" + std::to_string(i), "");
  EXPECT_TRUE(rm({"jail"}).succeeded());
}

// While the jail is removed, a process of the tenant's outside it keeps exchanging a directory and a link.
TEST_F(HostileTest, ADirectoryThatTurnsIntoALinkDuringRmIsNotFollowed) {
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(launch({}).succeeded());
    const std::string directory = root() + "/a";
    const std::string link = root() + "/b";
    std::filesystem::create_directory(directory);
    for (int i = 0; i < 50; ++i) std::filesystem::create_directory(directory + "/" + std::to_string(i));
    std::filesystem::create_symlink(victim(), link);
    ASSERT_EQ(lchown(directory.c_str(), kUid, kGid), 0);
    const pid_t tenant = fork();
    if (tenant == 0) {
      if (setgid(kGid) != 0 || setuid(kUid) != 0) _exit(1);
      for (;;) renameat2(AT_FDCWD, directory.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE);
    }
    const Outcome during = rm({"jail"});  // may fail, for names that changed under it
    EXPECT_FALSE(during.timed_out);
    end_process(tenant);
    expect_victim_untouched();
    const Outcome removed = during.succeeded() ? during : rm({"jail"});
    ASSERT_TRUE(removed.succeeded()) << during.text() << removed.text();
  }
}

}  // namespace
}  // namespace jailrun::integration
