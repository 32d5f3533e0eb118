// SPDX-License-Identifier: Apache-2.0
// The fixture of every test that launches: a fresh place for jails, and a host that must be found as it was.
#pragma once

#include "integration/support/command.hpp"
#include "integration/support/files.hpp"
#include "integration/support/host_snapshot.hpp"
#include "integration/support/proc.hpp"
#include "integration/support/stage.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace jailrun::integration {

constexpr uid_t kUid = 1234;
constexpr gid_t kGid = 4321;

// SIGKILL, and reaped: it has become our child, or always was.
void end_process(pid_t pid);
// All processes but the tests' own.
void end_orphans();

// The values of the lines "WORD VALUE" that the probe wrote.
Strings reported(const std::string& text, const std::string& word);

// That a sentence has each of these parts.
void expect_mentions(const std::string& sentence, const Strings& parts);

// Of launches under way: waits for those whose program does not start, and gives how they failed.
std::vector<Outcome> failed_launches(std::vector<Child>& launches);

// Linux 5.12. Without it a launch enters its root by pivot_root.
bool has_mount_setattr();
constexpr const char* kNoMountSetattr =
    "this kernel has no mount_setattr (Linux 5.12): launches use pivot_root";

class JailTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Root's, empty, on a filesystem that is neither nodev nor noexec, below directories that only root can
  // change. Jails go to base(); what else a test makes on disk, to scratch().
  std::string base() const { return directory_ + "/jails"; }
  std::string scratch(const std::string& name) const { return directory_ + "/scratch/" + name; }

  // A pipeline file below scratch(): default.conf without some of its stages, or with lines before
  // a section's header.
  std::string pipeline_without(const Strings& stages) const;
  std::string pipeline_with(const std::string& lines, const std::string& before_stage) const;
  // An executable file below scratch() that passes every check and that execve refuses: its
  // interpreter is missing.
  std::string broken_program() const;
  // Options that give every stage something to do; `bind_words` are those of a bind of scratch("data").
  Strings all_stages(const std::string& network, const std::string& bind_words) const;

  // <base>/<exec name>/<id> and the root in it.
  std::string jail(const std::string& id = "jail", const std::string& name = "probe") const;
  std::string root(const std::string& id = "jail", const std::string& name = "probe") const;

  // `jailrun OPTIONS -- ARGUMENTS`. For what `options` leaves out: default.conf, id "jail", the probe as
  // program, kUid and kGid, base(). A first word that is not an option is the command: "plan".
  Command command(const Strings& options, const Strings& arguments = {}) const;
  // Another of the runner's commands, on the jails below base(): managing({"rm", "jail"}).
  Command managing(const Strings& words) const;

  // Runs that to its end and leaves the jail.
  Outcome launch(const Strings& options, const Strings& arguments = {}) const {
    return run(command(options, arguments));
  }

  // The program has reported and sleeps; the jail is removed when this goes out of scope.
  class Jailed;
  Jailed start_command(const Command& command, const std::string& id = "jail",
                       const std::string& name = "probe");
  Jailed start(const Strings& options, const Strings& arguments = {}, std::function<void()> in_child = {});
  // The same where the options put it into the background, as --new-pid-ns does.
  Jailed start_detached(const Strings& options, const Strings& arguments = {},
                        std::function<void()> in_child = {});
  // The same with --daemonize.
  Jailed start_daemon(const Strings& options, const Strings& arguments = {},
                      std::function<void()> in_child = {});

  // Runs to the end of the program and removes the jail.
  Outcome launch_and_remove(const Strings& options, const Strings& arguments = {});

  // A launch that must fail: exit 1, nothing on stdout, one sentence on stderr, the host as it was.
  // Gives the sentence.
  std::string refusal(const Strings& options, const Strings& arguments = {}) {
    return refusal(command(options, arguments));
  }
  std::string refusal(const Command& command);

  // `jailrun rm`, and what the caller had filled in. The program must have exited.
  void remove_jail(const std::string& id = "jail", const std::string& name = "probe");

  // Fills <base>/<exec name>/<id>/root before the launch, as callers do. remove_prefilled() removes it again.
  std::string prefill(const std::string& name = "probe");
  void remove_prefilled(const std::string& name = "probe");

  HostSnapshot snapshot() const { return HostSnapshot::take(directory_); }
  std::string changes(const HostSnapshot& before) const { return changes_since(before, directory_); }

 private:
  std::string directory_;
  std::optional<HostSnapshot> before_;
  std::set<std::string> prefilled_;
};

// A jailed program under way. In place it is our child; in the background an orphan that comes to us.
class JailTest::Jailed {
 public:
  Jailed(JailTest& test, std::string id, std::string name, std::optional<Child> child, pid_t pid)
      : test_(&test), id_(std::move(id)), name_(std::move(name)), child_(std::move(child)), pid_(pid) {}
  Jailed(Jailed&& other) noexcept
      : test_(std::exchange(other.test_, nullptr)),
        id_(std::move(other.id_)),
        name_(std::move(other.name_)),
        child_(std::move(other.child_)),
        pid_(other.pid_) {}
  Jailed& operator=(Jailed&&) = delete;
  ~Jailed();

  pid_t pid() const { return pid_; }  // 0: it did not start, and the test has failed
  Child& child() { return *child_; }
  // What the probe reported: "uid" -> "1234"; for a word that comes more than once the last.
  std::string report(const std::string& word) const;
  Strings report_all(const std::string& word) const;

 private:
  std::string text() const;

  JailTest* test_;
  std::string id_;
  std::string name_;
  std::optional<Child> child_;
  pid_t pid_;
};

}  // namespace jailrun::integration
