// SPDX-License-Identifier: Apache-2.0
// Five hundred launches and removals, while an ordinary user exchanges whatever is its own for links to a tree
// of the host's and for FIFOs: the tree stays as it was, and nothing hangs.
#include "integration/support/jail_test.hpp"

#include <filesystem>
#include <functional>

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

// A process that is the jail's user, until it goes out of scope. `swap` is called without end, and says how
// many exchanges it has made.
class Swapper {
 public:
  explicit Swapper(const std::function<long()>& swap) {
    void* shared = mmap(nullptr, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    count_ = static_cast<long*>(shared);
    pid_ = fork();
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (setgid(kGid) != 0 || setuid(kUid) != 0) _exit(1);
    for (;;) {
      *count_ = *count_ + swap();
      sched_yield();
    }
  }
  Swapper(const Swapper&) = delete;
  Swapper& operator=(const Swapper&) = delete;
  ~Swapper() {
    end_process(pid_);
    munmap(const_cast<long*>(count_), sizeof(long));
  }
  long exchanges() const { return *count_; }

 private:
  pid_t pid_;
  volatile long* count_;
};

// Puts a link or a FIFO into a place, and what was there back again. True: it was exchanged.
bool exchange_twice(int directory, const char* place, const char* target) {
  constexpr const char* kOwn = ".exchanged";
  unlinkat(directory, kOwn, 0);
  if (target != nullptr ? symlinkat(target, directory, kOwn) != 0 : mkfifoat(directory, kOwn, 0666) != 0)
    return false;
  const bool done = renameat2(directory, kOwn, directory, place, RENAME_EXCHANGE) == 0;
  sched_yield();
  if (done) renameat2(directory, kOwn, directory, place, RENAME_EXCHANGE);
  unlinkat(directory, kOwn, 0);
  return done;
}

long exchange_all(const std::string& path, const Strings& places, const Strings& targets) {
  const int directory = open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return 0;
  long done = 0;
  for (const std::string& place : places) {
    for (const std::string& target : targets)
      done += exchange_twice(directory, place.c_str(), target.c_str());
    done += exchange_twice(directory, place.c_str(), nullptr);
  }
  close(directory);
  return done;
}

class SwapperTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    for (const char* directory : {"", "/run", "/dev", "/dev/net", "/root", "/jail", "/jail/root"}) {
      const std::string path = scratch("victim") + directory;
      std::filesystem::create_directory(path);
      for (const char* name : {"probe", "probe.pid", "kvm", "tun", "file", "disk", "log"})
        write_file(path + "/" + name, "the host's secret");
      ASSERT_EQ(chmod((path + "/file").c_str(), 0600), 0);
      ASSERT_EQ(chmod((path + "/disk").c_str(), 04750), 0);
      ASSERT_EQ(chown((path + "/tun").c_str(), 77, 88), 0);
      ASSERT_EQ(chmod(path.c_str(), 0750), 0);
    }
    ASSERT_EQ(chmod(scratch("victim").c_str(), 0755), 0);
    victim_ = record();
  }

  // The time of the last change is the kernel's own: no chmod, chown or write leaves it as it was.
  std::string record() const {
    std::string all;
    Strings paths = {scratch("victim")};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch("victim")))
      paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (const std::string& path : paths) {
      const struct stat now = status_of(path);
      all += path.substr(scratch("victim").size()) + " " + describe(now) + " " + std::to_string(now.st_ino) +
             " " + std::to_string(now.st_ctim.tv_sec) + "." + std::to_string(now.st_ctim.tv_nsec) + " " +
             (S_ISREG(now.st_mode) ? read_file(path) : "") + "\n";
    }
    return all;
  }
  void expect_victim_unchanged() const { EXPECT_EQ(record(), victim_); }

  Outcome limited(Command command) const {
    command.time_limit = std::chrono::seconds(30);
    Outcome outcome = run(command);
    EXPECT_FALSE(outcome.timed_out) << outcome.text();
    return outcome;
  }
  Outcome rm(const Strings& words) const {
    Strings argv = {runner(), "rm", "--chroot-base-dir", base()};
    argv.insert(argv.end(), words.begin(), words.end());
    return limited(Command{argv});
  }

  // What the user may exchange in the jail's root.
  std::function<long()> in_root() const {
    return [this] {
      const Strings directories = {scratch("victim"), "../../../../scratch/victim"};
      const Strings files = {scratch("victim") + "/file"};
      return exchange_all(root(), {"run", "dev", "of-its-own"}, directories) +
             exchange_all(root() + "/dev", {"net"}, {scratch("victim/dev/net")}) +
             exchange_all(root() + "/dev", {"kvm"}, files) +
             exchange_all(root() + "/dev/net", {"tun"}, files) +
             exchange_all(root(), {"probe", "probe.pid"}, files);
    };
  }

  struct Tally {
    int launched = 0;
    int refused = 0;
  };
  // Whatever a launch comes to, it ends, and so does the removal.
  Tally race(int rounds, const Strings& options, const std::function<void()>& after_launch = {}) {
    Tally tally;
    for (int round = 0; round < rounds; ++round) {
      const Outcome outcome = limited(command(options, {"--exit", "7"}));
      EXPECT_TRUE(outcome.exit_status == 7 || outcome.exit_status == 1) << outcome.text();
      ++(outcome.exit_status == 7 ? tally.launched : tally.refused);
      if (outcome.exit_status == 7 && after_launch) after_launch();
      if (!exists(jail() + "/ledger")) continue;
      // The racer is not only harmless: it keeps no jail either.
      const Outcome removed = rm({"--force", "jail"});
      EXPECT_TRUE(removed.succeeded()) << removed.text();
    }
    return tally;
  }
  // On a busy machine the swapper may get no processor for a while: on until it has had its chances.
  void expect_exchanges(const Swapper& swapper, long most) {
    constexpr int kTries = 100;
    for (int tries = 0; swapper.exchanges() <= most && tries < kTries; ++tries) race(10, {});
    EXPECT_GT(swapper.exchanges(), most);
  }

 private:
  std::string victim_;
};

TEST_F(SwapperTest, InARootThatTheLaunchMakes) {
  {
    const Swapper swapper(in_root());
    const Tally tally = race(150, {});
    EXPECT_GT(tally.launched, 0);
    expect_exchanges(swapper, 150);
  }
  expect_victim_unchanged();
  if (exists(jail())) {
    EXPECT_TRUE(rm({"jail"}).succeeded());
  }
  EXPECT_EQ(list(base()), "");
}

TEST_F(SwapperTest, InARootThatItFilledBefore) {
  prefill();
  for (const char* directory : {"", "/dev", "/dev/net", "/run", "/of-its-own"}) {
    std::filesystem::create_directories(root() + directory);
    ASSERT_EQ(chown((root() + directory).c_str(), kUid, kGid), 0);
  }
  {
    const Swapper swapper(in_root());
    const Tally tally = race(150, {});
    EXPECT_GT(tally.launched, 0);
    expect_exchanges(swapper, 150);
  }
  expect_victim_unchanged();
  if (exists(jail() + "/ledger")) {
    EXPECT_TRUE(rm({"jail"}).succeeded());
  }
  remove_prefilled();
}

// A client that makes the directories as an ordinary user can exchange them too.
TEST_F(SwapperTest, InRootsAndJailsThatFlip) {
  for (const bool whole_jail : {false, true}) {
    prefill();
    const std::string above = whole_jail ? base() + "/probe" : jail();
    const std::string place = whole_jail ? "jail" : "root";
    ASSERT_EQ(chown(above.c_str(), kUid, kGid), 0);
    ASSERT_EQ(chown(root().c_str(), kUid, kGid), 0);
    {
      const Swapper swapper([&] { return exchange_all(above, {place}, {scratch("victim/" + place)}); });
      EXPECT_EQ(race(50, {}).refused, 50);  // by its owner, whatever it is at that moment
      expect_exchanges(swapper, 50);
    }
    expect_victim_unchanged();
    remove_prefilled();
  }
}

// Host paths that the options name, in a directory of the user's and in one below it.
TEST_F(SwapperTest, InHostPaths) {
  const std::string tenants = scratch("tenants");
  for (const std::string& directory : {tenants, tenants + "/d"}) {
    std::filesystem::create_directory(directory);
    for (const char* name : {"file", "disk", "log"}) {
      write_file(directory + "/" + name, "the tenant's");
      ASSERT_EQ(chown((directory + "/" + name).c_str(), kUid, kGid), 0);
    }
    ASSERT_EQ(chown(directory.c_str(), kUid, kGid), 0);
  }
  const std::string pipeline = pipeline_with("[files]\n[volume]\n[bind]\n", "cgroup-v1");
  {
    const Swapper swapper([&] {
      return exchange_all(tenants, {"d"}, {scratch("victim")}) +
             exchange_all(tenants, {"file", "log"}, {scratch("victim/file")}) +
             exchange_all(tenants, {"disk"}, {scratch("victim/disk")}) +
             exchange_all(tenants + "/d", {"file", "disk", "log"}, {scratch("victim/file")});
    });
    const auto expect_no_secret = [&] {
      for (const char* name : {"/file", "/disk", "/log"})
        if (exists(root() + name)) {
          EXPECT_NE(read_file(root() + name), "the host's secret");
        }
    };
    int launched = 0;
    for (const std::string& directory : {tenants, tenants + "/d"}) {
      for (const Strings& options : {Strings{"--file", directory + "/file:/file,way=copy"},
                                     {"--volume", "disk=" + directory + "/disk,way=copy"},
                                     {"--bind", directory + "/file:/log"},
                                     {"--bind", directory + ":/directory"},
                                     {"--log-file", directory + "/log"}}) {
        Strings all = {"--pipeline", pipeline};
        all.insert(all.end(), options.begin(), options.end());
        launched += race(8, all, expect_no_secret).launched;
      }
      // A daemon's end is nobody's to see here: it is removed while it runs or after.
      for (const char* stream : {"--stdout", "--stderr"})
        for (int round = 0; round < 5; ++round) {
          launched += limited(command({"--daemonize", stream, directory + "/log"}, {"--sleep"})).succeeded();
          if (!exists(jail() + "/ledger")) continue;
          EXPECT_TRUE(rm({"--force", "--timeout", "0", "jail"}).succeeded());
        }
    }
    EXPECT_GT(launched, 0);
    expect_exchanges(swapper, 100);
  }
  expect_victim_unchanged();
  EXPECT_EQ(list(base()), "");
}

}  // namespace
}  // namespace jailrun::integration
