// SPDX-License-Identifier: Apache-2.0
#include "integration/sweep/sweep.hpp"

#include "integration/support/cgroups.hpp"
#include "integration/support/files.hpp"
#include "integration/support/host_snapshot.hpp"
#include "integration/support/stage.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration::sweep {
namespace {

struct NamedFault {
  Fault fault;
  std::string text;
};

// Each error of each call, then the kills at its entry.
std::vector<NamedFault> faults_of(const std::vector<SeenCall>& calls) {
  std::vector<NamedFault> faults;
  for (const SeenCall& seen : calls) {
    for (const int error : seen.errors)
      faults.push_back({{seen.site, FaultKind::kError, error}, seen.text + " = " + strerrorname_np(error)});
    faults.push_back({{seen.site, FaultKind::kKill}, seen.text + ": SIGKILL"});
    if (!seen.alone) faults.push_back({{seen.site, FaultKind::kKillAll}, seen.text + ": SIGKILL for all"});
  }
  return faults;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Sweeper {
 public:
  Sweeper(const Testbed& testbed, const Launch& launch, const Options& options, Summary& total)
      : testbed_(testbed), launch_(launch), options_(options), total_(total) {}

  void run_all() {
    // What a host gets once and keeps must exist before the first snapshot.
    (void)run(launch_command(testbed_, {"--pipeline", pipeline("default.conf"), "--supervise"}));
    reset();
    prepare();
    const TraceResult whole = run_traced(launch_.argv, std::nullopt);
    const std::string wrong = check(whole, false);
    if (!wrong.empty() || whole.calls.empty())
      throw std::runtime_error("the launch '" + launch_.name + "' fails without any fault: " + wrong +
                               whole.err);
    const std::vector<NamedFault> faults = faults_of(whole.calls);
    for (size_t number = 0; number < faults.size(); ++number)
      if (options_.only == SIZE_MAX ? number % options_.every == 0 : number == options_.only)
        try_one(number, faults[number]);
    const auto text = [](size_t count, const char* what) { return std::to_string(count) + " " + what; };
    options_.print(launch_.name + ": " + text(whole.calls.size(), "system calls, ") +
                   text(counts_.faults, "of ") + text(faults.size(), "faults tried: ") +
                   text(counts_.harmless, "harmless, ") + text(counts_.refused, "refused, ") +
                   text(counts_.killed, "killed, ") + text(counts_.unreached, "not reached, ") +
                   text(counts_.leftovers, "leftovers"));
    clear();
    total_.faults += counts_.faults;
    total_.leftovers += counts_.leftovers;
  }

 private:
  void try_one(size_t number, const NamedFault& named) {
    prepare();
    const TraceResult traced = run_traced(launch_.argv, named.fault);
    if (!traced.reached) {
      ++counts_.unreached;
      reset();
      return;
    }
    ++counts_.faults;
    const std::string wrong = named.fault.kind == FaultKind::kError ? check(traced, true) : recover(traced);
    const std::string name = launch_.name + " " + std::to_string(number) + ", " + named.text;
    if (options_.verbose)
      options_.print(name + ": exit status " + std::to_string(traced.exit_status) + " " + traced.err);
    if (wrong.empty()) return;
    ++counts_.leftovers;
    options_.print("LEFTOVER " + name + "\n" + wrong);
    total_.text += "LEFTOVER " + name + "\n" + wrong;
    reset();
  }

  void prepare() const {
    if (launch_.before && !launch_.once) launch_.before();
    if (launch_.before_each) launch_.before_each();
  }

  bool starts_a_program() const {
    return launch_.kind != Kind::kFailingExec && launch_.kind != Kind::kRemoval;
  }

  // What is wrong after a launch that nobody killed; empty: nothing. `faulted`: it had a reason to fail.
  std::string check(const TraceResult& traced, bool faulted) {
    const std::string said = "it said: " + traced.err + "\n";
    if (traced.hung) return "it hung\n" + said;
    std::string wrong;
    if (traced.exit_status == launch_.status && (traced.program_pid != 0) == starts_a_program()) {
      ++counts_.harmless;
      wrong = incomplete(traced);
      if (launch_.kind == Kind::kInPlace || launch_.kind == Kind::kInBackground) wrong += remove(true);
    } else if (faulted && traced.exit_status == 1 && traced.err.rfind("jailrun: ", 0) == 0) {
      ++counts_.refused;
    } else {
      wrong = "it exited as it should not: exit status " + std::to_string(traced.exit_status) + ", signal " +
              std::to_string(traced.signal) + "\n";
    }
    if (faulted && may_leave_something(traced)) wrong += remove(false);
    wrong += changes();
    return wrong.empty() ? wrong : wrong + said;
  }

  // Where the fault hit the removal, and the launch said so, the jail may still be there for `rm` to remove.
  bool may_leave_something(const TraceResult& traced) const {
    if (traced.err.empty()) return false;
    if (launch_.before && !launch_.once) return true;
    return launch_.kind == Kind::kSupervised ? traced.program_pid != 0 : contains(traced.err, "not removed");
  }

  // Killed somewhere: the next launch and `rm`, in turn, clean up.
  std::string recover(const TraceResult& traced) {
    const bool by_launch = counts_.killed++ % 2 == 0;
    if (traced.hung) return "it hung\n";
    std::string wrong;
    if (by_launch) {
      const Outcome again =
          run(launch_command(testbed_, {"--pipeline", pipeline("default.conf"), "--replace"}));
      if (again.exit_status != kProgramStatus) wrong = "the next launch: " + again.text() + "\n";
    }
    wrong += remove(by_launch);
    wrong += changes();
    return wrong;
  }

  std::string incomplete(const TraceResult& traced) const {
    std::string wrong;
    const auto expect = [&](bool truth, const std::string& otherwise) {
      wrong += truth ? "" : otherwise + "\n";
    };
    if (launch_.kind == Kind::kSupervised) {
      expect(!exists(testbed_.jail()) || !traced.err.empty(), "the jail is still there, and nobody said so");
      expect(has_exit_report() || !traced.err.empty(), "there is no exit report, and nobody said so");
    } else if (starts_a_program()) {
      const std::string pid_file = testbed_.jail() + "/root/probe.pid";
      expect(exists(testbed_.jail() + "/ledger"), "there is no ledger");
      expect(exists(pid_file) && read_file(pid_file) == std::to_string(traced.program_pid),
             "the pid file is wrong");
    }
    return wrong;
  }

  static bool has_exit_report() {
    for (const auto& entry : std::filesystem::directory_iterator("/run/jailrun/exited"))
      if (entry.path().extension() == ".json") return true;
    return false;
  }

  // `rm`. Where there may be nothing, it may say so; whether that is true, changes() tells.
  std::string remove(bool must_be_there) const {
    const Outcome removed = run(remove_command(testbed_));
    if (removed.succeeded() || (!must_be_there && removed.exit_status == 1 && !removed.err.empty()))
      return "";
    return "rm: " + removed.text() + "\n";
  }

  // Since the snapshot; what `jailrun ps --host` lists is meant to stay.
  std::string changes() const {
    const std::string all = changes_since(*before_, testbed_.base());
    if (!contains(all, "file /run/jailrun/")) return all;
    const std::string listed = "\n" + run(Strings{runner(), "ps", "--host"}).out;
    std::string left;
    for (const std::string& line : split_lines(all)) {
      const size_t at = line.find("file /run/jailrun/");
      const std::string path =
          at == std::string::npos ? "" : line.substr(at + 5, line.find(' ', at + 5) - at - 5);
      const bool is_meant = !path.empty() && (line.front() == '-' || contains(listed, "\n" + path + "\n"));
      if (!is_meant) left += line + "\n";
    }
    return left;
  }

  void clear() const {
    (void)run(remove_command(testbed_, {"--force"}));
    for (const auto& entry : std::filesystem::directory_iterator(testbed_.base())) {
      std::error_code ignored;
      std::filesystem::remove_all(entry.path(), ignored);
    }
    for (const std::string& group : all_groups()) (void)remove_group_tree(group);
  }

  void reset() {
    clear();
    if (launch_.once) launch_.before();
    before_ = HostSnapshot::take(testbed_.base());
  }

  const Testbed& testbed_;
  const Launch& launch_;
  const Options& options_;
  Summary& total_;
  struct {
    size_t faults = 0;     // that were tried: the next three together, and some leftovers
    size_t harmless = 0;   // the launch succeeded all the same
    size_t refused = 0;    // it failed and said why
    size_t killed = 0;     // it was killed, and recovered from
    size_t unreached = 0;  // the call was not made this time
    size_t leftovers = 0;  // something was wrong afterwards
  } counts_;
  std::optional<HostSnapshot> before_;
};

}  // namespace

Summary sweep(const Options& options) {
  Summary summary;
  std::string names;
  bool is_any = false;
  const auto sweep_all = [&](const Testbed& testbed, const std::vector<Launch>& all) {
    for (const Launch& launch : all) {
      names.append(names.empty() ? "" : ", ").append(launch.name);
      if (!options.launch.empty() && options.launch != launch.name) continue;
      is_any = true;
      Sweeper(testbed, launch, options, summary).run_all();
    }
  };
  {
    const Testbed shared(Testbed::Mount::kShared);
    sweep_all(shared, template_launches(shared));
  }
  const Testbed testbed(Testbed::Mount::kPrivate);
  keep_template(testbed);
  sweep_all(testbed, launches(testbed));
  if (!is_any) throw std::runtime_error("no launch is called '" + options.launch + "'; there are " + names);
  return summary;
}

}  // namespace jailrun::integration::sweep
