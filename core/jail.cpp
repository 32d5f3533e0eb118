#include "core/jail.hpp"

#include "core/actions/claim.hpp"
#include "core/actions/directory.hpp"
#include "core/actions/file.hpp"
#include "core/alternatives.hpp"
#include "core/message.hpp"
#include "core/plugin_calls.hpp"
#include "core/release.hpp"
#include "core/sys/cgroups.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <ctime>
#include <tuple>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

constexpr size_t kLargestLedger = 64UL << 20;

void take_line(Ledger& ledger, std::string_view kind, const Record& record) {
  if (kind == "jail") ledger.jail = {record.text("base"), record.text("name"), record.text("id")};
  if (kind == "launch") {
    ledger.token = record.text("token");
    ledger.pipeline = record.text("pipeline");
    ledger.time = record.number("time");
  }
  if (kind == "plugin") ledger.plugins[record.text("stage")] = {record.text("path"), record.text("version")};
  if (kind == "action") ledger.actions.push_back(record);
  if (kind == "slot") ledger.slots[record.text("name")] = record.text("value");
  if (kind != "process" && kind != "supervisor") return;
  const ProcessNote note = {static_cast<pid_t>(record.number("pid")), record.number("start"),
                            record.text("boot")};
  (kind == "process" ? ledger.process : ledger.supervisor) = note;
}

// A process in one of the jail's own groups; 0: none. -1: one that this process's pid namespace has no number
// for.
pid_t process_in_groups(const Ledger& ledger) {
  for (const Record& action : ledger.actions) {
    if (action.text("action") != "open-cgroup" || action.number("shared") != 0) continue;
    const Result<std::string> list = sys::read_value(action.text("path") + "/cgroup.procs");
    if (!list || list.value().empty()) continue;
    const auto pid = static_cast<pid_t>(std::strtol(list.value().c_str(), nullptr, 10));
    return pid == 0 ? -1 : pid;
  }
  return 0;
}

}  // namespace

Result<Ledger> read_ledger(int jail_directory, const JailName& jail) {
  const std::string path = jail.directory() + "/" + kLedgerName;
  const UniqueFd fd(openat(jail_directory, kLedgerName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return system_error(errno, "open " + path);
  JR_ASSIGN(const std::string text, sys::read_all(fd.get(), path, kLargestLedger));
  std::string_view rest = text;
  if (rest.compare(0, 25, "jailrun-ledger version=1\n") != 0)
    return input_error(path + " is no ledger that this jailrun can read");
  Ledger ledger;
  for (size_t end = 0; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
    const std::string_view line = rest.substr(0, end);
    const size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    const Result<Record> record = decode(line.substr(space + 1));
    if (!record) return input_error(path + ": " + record.error().sentence);
    take_line(ledger, line.substr(0, space), record.value());
  }
  ledger.jail = jail;  // where it stands is what counts, should the directory have been moved
  return ledger;
}

Result<std::unique_ptr<Plan>> restore_plan(const Ledger& ledger) {
  auto plan = std::make_unique<Plan>();
  RestoredChoices choices(ledger.slots);
  for (const Record& record : ledger.actions) {
    JR_ASSIGN(std::unique_ptr<Action> action, from_record(record));
    if (action == nullptr) continue;
    // What appeared between planning and performing was noted by the launch.
    if (const auto slot = ledger.slots.find(kRootStoodSlot);
        slot != ledger.slots.end() && action->verb() == "root")
      action->set_stood(Stood::kYes);
    if (ledger.slots.count(stood_slot(record.text("path"))) > 0) action->set_stood(Stood::kYes);
    choices.join(record, *action);
    plan->append(std::move(action));
  }
  return plan;
}

bool is_alive(const std::optional<ProcessNote>& process) {
  if (!process) return false;
  const Result<std::string> boot = sys::boot_id();
  return boot && boot.value() == process->boot && sys::is_running(process->pid, process->start);
}

Vitality vitality(const Ledger& ledger) {
  if (is_alive(ledger.process)) return {State::kAlive, ledger.process->pid};
  const pid_t other = process_in_groups(ledger);
  return {other == 0 ? State::kDead : State::kAlive, std::max(other, 0)};
}

Error why_taken(const JailName& claimed) {
  const JailName jail = real_name(claimed);
  const UniqueFd directory(open(jail.directory().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const Result<Ledger> ledger = read_ledger(directory.get(), jail);
  const std::string subject = "jail " + jail.id;
  if (!ledger) return input_error(subject + " is claimed: " + message(ledger.error()));
  const Vitality now = vitality(ledger.value());
  if (now.state == State::kAlive)
    return input_error(subject + " is alive already: pid " + std::to_string(now.pid));
  if (flock(directory.get(), LOCK_EX | LOCK_NB) != 0)
    return input_error(subject + " is being launched or taken away at this moment");
  return input_error(subject + " is left over from a launch that is dead: " + jail.directory() +
                     "; 'jailrun rm " + jail.name + "/" + jail.id +
                     "' takes it away, --replace does so first");
}

JailName real_name(const JailName& jail) {
  char target[PATH_MAX];
  const ssize_t length = readlink(jail.directory().c_str(), target, sizeof target);
  if (length <= 0) return jail;
  // "../NAME/ID", as core/actions/alias.cpp makes it
  const std::string text(target, static_cast<size_t>(length));
  const size_t slash = text.rfind('/');
  if (text.compare(0, 3, "../") != 0 || slash <= 3 || text.substr(slash + 1) != jail.id) return jail;
  return {jail.base, text.substr(3, slash - 3), jail.id};
}

bool can_be_replaced(const JailName& jail, bool asked) {
  const UniqueFd directory(open(jail.directory().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const Result<Ledger> ledger = read_ledger(directory.get(), jail);
  if (!ledger || vitality(ledger.value()).state == State::kAlive) return false;
  const auto is_callers_root = [](const Record& action) {
    return action.text("action") == "root" && action.text("stood") == "yes";
  };
  const std::vector<Record>& actions = ledger.value().actions;
  const bool is_root_gone = faccessat(directory.get(), "root", F_OK, AT_SYMLINK_NOFOLLOW) != 0;
  return asked || is_root_gone || ledger.value().slots.count(kRootStoodSlot) > 0 ||
         std::any_of(actions.begin(), actions.end(), is_callers_root);
}

std::vector<JailName> list_jails(const std::string& base) {
  std::vector<JailName> jails;
  for (const std::string& name : sys::list_directory(base)) {
    for (const std::string& id : sys::list_directory(base + "/" + name)) {
      const JailName jail = {base, name, id};
      if (id.front() == '.' || access((jail.directory() + "/" + kLedgerName).c_str(), F_OK) != 0) continue;
      if (real_name(jail).name == name) jails.push_back(jail);
    }
  }
  std::sort(jails.begin(), jails.end(), [](const JailName& a, const JailName& b) {
    return std::tie(a.name, a.id) < std::tie(b.name, b.id);
  });
  return jails;
}

namespace {

// Ends the jail's processes, one after the other: the program, then what is left in its groups.
Result<void> end_processes(const Ledger& ledger, const Removal& removal) {
  pid_t ended_last = 0;
  for (int rounds = 0; rounds < 1000; ++rounds) {
    const Vitality now = vitality(ledger);
    if (now.state == State::kDead) return {};
    // A process that has ended stays in its groups until its parent has looked.
    const timespec millisecond = {0, 1000000};
    if (now.pid == ended_last) nanosleep(&millisecond, nullptr);
    if (now.pid == 0)
      return input_error("jail " + ledger.jail.id +
                         " has a process in a pid namespace that is not in view here");
    // A descriptor, not the number, which may be another's by the time the signal is sent.
    const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, now.pid, 0)));
    if (!process) continue;
    const Vitality same = vitality(ledger);
    if (same.pid != now.pid) continue;
    for (const int signal : {SIGTERM, SIGKILL}) {
      if (syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0) != 0 && errno != ESRCH)
        return system_error(errno, "end process " + std::to_string(now.pid));
      pollfd ended = {process.get(), POLLIN, 0};
      while (poll(&ended, 1, removal.patience_ms) < 0 && errno == EINTR) {
      }
      if (ended.revents != 0) break;
    }
    ended_last = now.pid;
  }
  return input_error("jail " + ledger.jail.id + " makes processes faster than they can be ended");
}

Error all_of(const std::vector<Error>& left, const JailName& jail) {
  std::string sentence = "jail " + jail.id + " could not be taken away whole: ";
  for (const Error& one : left) sentence.append(&one == &left.front() ? "" : "; ").append(message(one));
  return input_error(std::move(sentence));
}

// The jail's directory, locked: neither a launch nor a removal of it is under way.
Result<UniqueFd> lock(const JailName& jail) {
  JR_ASSIGN(const UniqueFd name, sys::open_host(jail.name_directory(), O_PATH | O_DIRECTORY | O_NOFOLLOW));
  Result<UniqueFd> locked = sys::open_locked(name.get(), jail.id);
  if (!locked && locked.error().error_number == EWOULDBLOCK)
    return input_error("jail " + jail.id + " is being launched or taken away at this moment");
  return locked;
}

int removed_empty(const Result<bool>& removed) { return removed && removed.value() ? 1 : 0; }

}  // namespace

int remove_unclaimed(const std::string& base, const std::string& id) {
  int removed = 0;
  const Result<UniqueFd> top = sys::open_host(base, O_PATH | O_DIRECTORY);
  if (!top) return 0;
  for (const std::string& name : sys::list_directory(base)) {
    const UniqueFd directory(
        openat(top.value().get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory) continue;
    const std::string prefix = ".claim-";
    for (const std::string& claim : sys::list_directory(base + "/" + name)) {
      if (claim.compare(0, prefix.size(), prefix) != 0 || (!id.empty() && claim.substr(prefix.size()) != id))
        continue;
      const Result<UniqueFd> locked = sys::open_locked(directory.get(), claim);
      if (!locked) continue;  // its launch is under way
      unlinkat(locked.value().get(), kLedgerName, 0);
      if (unlinkat(directory.get(), claim.c_str(), AT_REMOVEDIR) == 0) ++removed;
    }
    const std::string unnamed = ".jailrun-";
    if (name.compare(0, unnamed.size(), unnamed) == 0)
      removed += unlinkat(top.value().get(), name.c_str(), AT_REMOVEDIR) == 0;
    else
      removed += removed_empty(sys::remove_if_marked_and_empty(top.value().get(), name));
  }
  return removed;
}

Result<void> remove_jail(const JailName& jail, const Removal& removal) {
  Site site;
  site.jail = jail;
  site.release_reason = removal.reason;
  JR_ASSIGN(site.claim, lock(jail));
  JR_ASSIGN(const Ledger ledger, read_ledger(site.claim.get(), jail));
  const Vitality now = vitality(ledger);
  if (now.state == State::kAlive && !removal.force)
    return input_error("jail " + jail.id + " is alive: pid " + std::to_string(now.pid) +
                       "; 'jailrun rm --force " + jail.id + "' ends it first");
  if (now.state == State::kAlive) JR_TRY(end_processes(ledger, removal));
  JR_ASSIGN(const std::unique_ptr<Plan> plan, restore_plan(ledger));
  site.root = UniqueFd(openat(site.claim.get(), "root", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  PluginCalls calls(ledger, site);
  site.stages = &calls;
  site.slots = &calls;
  const std::vector<Error> left = release(*plan, site);
  if (!left.empty()) return all_of(left, jail);
  return {};
}

Result<void> tell_jail(const JailName& jail, const std::string& stage, const std::string& verb,
                       const std::vector<std::string>& words) {
  Site site;
  site.jail = jail;
  JR_ASSIGN(site.claim, lock(jail));
  JR_ASSIGN(const Ledger ledger, read_ledger(site.claim.get(), jail));
  PluginCalls calls(ledger, site);
  site.slots = &calls;
  bool has_calls = false;
  for (const Record& action : ledger.actions) {
    if (action.text("action") != "call" || action.text("stage") != stage) continue;
    has_calls = true;
    JR_ASSIGN(const bool is_done,
              calls.command(stage, verb, words, action.text("name"), action.text("payload")));
    if (is_done) return {};
  }
  if (!has_calls)
    return input_error("jail " + jail.id + " has nothing that stage " + stage + " could be told about");
  std::string said = verb;
  for (const std::string& word : words) said += " " + word;
  return input_error("jail " + jail.id + " has nothing of stage " + stage + " that '" + said + "' is about");
}

}  // namespace jailrun::core
