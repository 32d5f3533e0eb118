// SPDX-License-Identifier: Apache-2.0
// The commands about jails that exist: ps, inspect, wait, rm.
#include "core/base/json.hpp"
#include "core/base/printable.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/find_jail.hpp"
#include "core/cli/output.hpp"
#include "core/cli/table.hpp"
#include "core/host/host_index.hpp"
#include "core/jails/find.hpp"
#include "core/jails/remove.hpp"
#include "core/ledger/read.hpp"
#include "core/ledger/slots.hpp"
#include "core/ledger/standing.hpp"
#include "core/pipeline/pipeline.hpp"
#include "core/sys/cgroup_library.hpp"
#include "core/sys/cgroups.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/paths.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <set>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::core::cli {
namespace {

// Bases that --chroot-base-dir gives, that installed pipelines name, that have had jails since the boot, and
// the default.
std::set<std::string> known_bases(const OptionValues& options) {
  std::set<std::string> bases = {"/srv/jailer"};
  for (const OptionValue& given : options.of("chroot-base-dir")) bases.insert(given.text);
  for (const std::string& indexed : indexed_bases()) bases.insert(indexed);
  for (const std::string& base : bases_of_pipelines(default_search_path())) bases.insert(base);
  std::set<std::string> real;  // two names of one directory would list its jails twice
  for (const std::string& base : bases) {
    char* const resolved = realpath(base.c_str(), nullptr);
    if (resolved != nullptr) real.insert(resolved);
    free(resolved);
  }
  return real;
}

Result<Ledger> ledger_of(const JailName& jail) {
  const UniqueFd directory(open(jail.directory().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return system_error(errno, "open " + jail.directory());
  return read_ledger(directory.get(), jail);
}

}  // namespace

Result<JailName> find_jail(const std::string& word, const OptionValues& options) {
  const size_t slash = word.find('/');
  const std::string id = slash == std::string::npos ? word : word.substr(slash + 1);
  std::vector<JailName> found;
  for (const std::string& base : known_bases(options)) {
    const std::vector<std::string> names = slash == std::string::npos
                                               ? sys::list_directory(base)
                                               : std::vector<std::string>{word.substr(0, slash)};
    for (const std::string& name : names) {
      const JailName jail = {base, name, id};
      if (id.empty() || id.front() == '.' || access((jail.directory() + "/ledger").c_str(), F_OK) != 0)
        continue;
      const JailName real = real_name(jail);
      // Where no name was given, it is found below its first name too.
      if (slash != std::string::npos || real.name == name) found.push_back(real);
    }
  }
  if (found.empty())
    return input_error("there is no jail '" + word + "': 'jailrun ps' lists those that are there");
  if (found.size() == 1) return found.front();
  std::string list;
  for (const JailName& jail : found) list.append(list.empty() ? "" : ", ").append(jail.directory());
  return input_error("'" + word + "' is more than one jail: " + list +
                     "; say NAME/ID, and --chroot-base-dir where that is not enough");
}

namespace {

std::string when(uint64_t seconds) {
  const auto time = static_cast<time_t>(seconds);
  tm parts{};
  char text[32] = "?";
  if (gmtime_r(&time, &parts) != nullptr) std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

int list_host() {
  for (const std::string& file : index_files()) print(file + "\n");
  return 0;
}

// -1 where none is given.
Result<int> timeout_seconds(const OptionValues& options) {
  const auto& given = options.of("timeout");
  if (given.empty()) return -1;
  const std::string wrong = value_error(*jail_options().option("timeout"), given.back().text);
  if (!wrong.empty()) return input_error("--timeout: " + wrong);
  return static_cast<int>(std::strtol(given.back().text.c_str(), nullptr, 10));
}

int remove_unclaimed_everywhere(const OptionValues& options, const std::string& id) {
  int removed = 0;
  for (const std::string& base : known_bases(options)) removed += remove_unclaimed(base, id);
  return removed;
}

const char* word(State state) { return state == State::kAlive ? "alive" : "dead"; }

}  // namespace

int ps(const CommandLine& line) {
  const Result<Parsed> parsed = parse(line, jail_options(), {}, false);
  if (!parsed) return fail(parsed.error());
  const OptionValues& options = parsed.value().values;
  if (!options.of("host").empty()) return list_host();
  const bool json = !options.of("json").empty();
  Table table({"ID", "NAME", "STATE", "PID", "SINCE", "PIPELINE", "DIRECTORY"});
  std::string text;
  for (const std::string& base : known_bases(options)) {
    for (const JailName& jail : list_jails(base)) {
      const Result<Ledger> ledger = ledger_of(jail);
      if (!ledger) {
        if (ledger.error().error_number != ENOENT)
          log::warning(message(ledger.error()));  // else: just taken away
        continue;
      }
      const Vitality now = vitality(ledger.value());
      if (json)
        text += std::string(text.empty() ? "" : ",") + "\n{\"id\":" + json_string(jail.id) +
                ",\"name\":" + json_string(jail.name) + ",\"state\":\"" + word(now.state) +
                "\",\"pid\":" + std::to_string(now.pid) + ",\"since\":\"" + when(ledger.value().time) +
                "\",\"pipeline\":" + json_string(ledger.value().pipeline) +
                ",\"directory\":" + json_string(jail.directory()) + "}";
      else
        table.add({jail.id, jail.name, word(now.state), now.pid == 0 ? "-" : std::to_string(now.pid),
                   when(ledger.value().time), ledger.value().pipeline, jail.directory()});
    }
  }
  print(json ? "[" + text + "\n]\n" : table.text());
  return 0;
}

int remove(const CommandLine& line) {
  const Result<Parsed> parsed = parse(line, jail_options(), {}, true);
  if (!parsed) return fail(parsed.error());
  const OptionValues& options = parsed.value().values;
  const std::vector<std::string>& operands = parsed.value().operands;
  const bool host = !options.of("host").empty();
  const bool all_dead = !options.of("all-dead").empty();
  if (operands.empty() && !host && !all_dead)
    return fail(input_error("rm: say which jails, as [NAME/]ID, or --all-dead or --host"));
  Removal removal;
  removal.force = !options.of("force").empty();
  const Result<int> timeout = timeout_seconds(options);
  if (!timeout) return fail(timeout.error());
  if (timeout.value() >= 0) removal.patience_ms = timeout.value() * 1000;
  int status = 0;
  const auto take_away = [&](const JailName& jail) {
    const Result<void> removed = remove_jail(jail, removal);
    if (!removed) status = fail(removed.error());
  };
  for (const std::string& operand : operands) {
    const Result<JailName> jail = find_jail(operand, options);
    if (jail)
      take_away(jail.value());
    else if (remove_unclaimed_everywhere(options, operand.substr(operand.rfind('/') + 1)) == 0)
      status = fail(jail.error());
  }
  if (all_dead) {
    removal.force = false;
    for (const std::string& base : known_bases(options))
      for (const JailName& jail : list_jails(base))
        if (const Result<Ledger> ledger = ledger_of(jail);
            ledger && vitality(ledger.value()).state == State::kDead)
          take_away(jail);
    remove_unclaimed_everywhere(options, "");
  }
  if (host)
    if (const Result<void> removed = remove_index(); !removed) status = fail(removed.error());
  return status;
}

namespace {

// What a cgroup's file holds now: "= 0-1".
std::string value_now(const std::string& path) {
  const std::string file = path.substr(path.rfind('/') + 1);
  const std::string group = path.substr(0, path.rfind('/'));
  const std::string mount = sys::find_hierarchy(file.substr(0, file.find('.')), 1).mount;
  if (mount.empty() || group.compare(0, mount.size() + 1, mount + "/") != 0) return "?";
  const std::optional<std::string> value = library_value(group.substr(mount.size() + 1), file);
  return value ? "= " + *value : "gone";
}

bool is_mount(const std::string& path) {
  struct statx now {};
  return statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_TYPE, &now) == 0 &&
         (now.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

// What is left of one action: "stands", "gone", a value, or "" for one that leaves nothing by its nature.
std::string remains(const Record& action, const std::string& root) {
  static const std::set<std::string> kInJail = {"directory", "write", "copy", "link", "node", "pid-file"};
  const std::string& verb = action.text("action");
  std::string path = action.text("path");
  if (verb == "cgroup-value") return value_now(path);
  if (verb == "claim")
    path = action.text("base") + "/" + action.text("name") + "/" + action.text("id");
  else if (kInJail.count(verb) > 0 && action.number("host") == 0)
    path.insert(0, root);
  else if (verb == "mount-root" || verb == "overlay-root")
    return is_mount(path) ? "mounted" : "gone";
  else if (verb != "root" && verb != "cgroup" && verb != "directory")
    return "";
  struct stat now {};
  return lstat(path.c_str(), &now) == 0 ? "stands" : "gone";
}

std::string subject_of(const Record& action) {
  if (action.text("action") == "claim")
    return action.text("base") + "/" + action.text("name") + "/" + action.text("id");
  for (const char* key : {"path", "base", "name"})
    if (!action.text(key).empty()) return action.text(key);
  return "";
}

// Of several alternatives another was taken.
bool is_passed_over(const Ledger& ledger, const Record& action) {
  const auto taken = ledger.slots.find(choice_slot(action.number("first-of")));
  return taken != ledger.slots.end() && taken->second != action.text("alternative");
}

}  // namespace

int inspect(const CommandLine& line) {
  const Result<Parsed> parsed = parse(line, jail_options(), {}, true);
  if (!parsed) return fail(parsed.error());
  if (parsed.value().operands.size() != 1) return fail(input_error("inspect: say which jail, as [NAME/]ID"));
  const Result<JailName> jail = find_jail(parsed.value().operands.front(), parsed.value().values);
  if (!jail) return fail(jail.error());
  const Result<Ledger> ledger = ledger_of(jail.value());
  if (!ledger) return fail(ledger.error());
  const Vitality now = vitality(ledger.value());
  const std::string root = jail.value().directory() + "/root";
  const bool json = !parsed.value().values.of("json").empty();
  Table table({"PHASE", "STAGE", "ACTION", "OBJECT", "STOOD BEFORE", "NOW"});
  std::string text;
  for (const Record& action : ledger.value().actions) {
    const std::string left = is_passed_over(ledger.value(), action) ? "passed over" : remains(action, root);
    table.add({action.text("phase"), action.text("stage"), action.text("action"), subject_of(action),
               action.text("stood"), left});
    text += std::string(text.empty() ? "" : ",") + "\n{\"action\":" + json_string(action.text("action")) +
            ",\"stage\":" + json_string(action.text("stage")) +
            ",\"object\":" + json_string(subject_of(action)) +
            ",\"stood\":" + json_string(action.text("stood")) + ",\"now\":" + json_string(left) + "}";
  }
  if (json) {
    print("{\"id\":" + json_string(jail.value().id) + ",\"name\":" + json_string(jail.value().name) +
          ",\"state\":\"" + word(now.state) + "\",\"pid\":" + std::to_string(now.pid) + ",\"since\":\"" +
          when(ledger.value().time) + "\",\"actions\":[" + text + "]}\n");
    return 0;
  }
  print(printable("jail " + jail.value().id + " in " + jail.value().directory() + ", " + word(now.state) +
                  (now.pid == 0 ? "" : ", pid " + std::to_string(now.pid)) + ", since " +
                  when(ledger.value().time) + ", pipeline " + ledger.value().pipeline) +
        "\n" + table.text());
  return 0;
}

namespace {

// The reports of supervised programs that ended, for this id, and, where it is given, name.
std::vector<std::string> reports_on(const std::string& word) {
  const size_t slash = word.find('/');
  const std::string id =
      "\"id\":" + json_string(slash == std::string::npos ? word : word.substr(slash + 1)) + ",";
  const std::string name =
      slash == std::string::npos ? "" : "\"name\":" + json_string(word.substr(0, slash)) + ",";
  std::vector<std::string> reports;
  for (const std::string& file : exit_files()) {
    const Result<std::string> report = sys::read_small(file);
    if (report && report.value().find(id) != std::string::npos &&
        report.value().find(name) != std::string::npos)
      reports.push_back(report.value());
  }
  return reports;
}

// Until the jail is dead or `end` has come; 0: never.
Result<void> wait_for(const JailName& jail, time_t end) {
  for (;;) {
    const Result<Ledger> ledger = ledger_of(jail);
    if (!ledger) return ledger.error().error_number == ENOENT ? Result<void>{} : ledger.error();
    const Vitality now = vitality(ledger.value());
    // A supervisor is there until it has reported and the jail is gone.
    const bool is_supervised = is_alive(ledger.value().supervisor);
    if (now.state == State::kDead && !is_supervised) return {};
    const pid_t pid = now.state == State::kAlive ? now.pid : ledger.value().supervisor->pid;
    const time_t left = end - time(nullptr);
    if (end != 0 && left <= 0)
      return input_error("jail " + jail.id + " is still alive: pid " + std::to_string(pid));
    const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    pollfd ended = {process.get(), POLLIN, 0};
    if (process) (void)poll(&ended, 1, end == 0 ? -1 : static_cast<int>(std::min<time_t>(left, 3600) * 1000));
  }
}

}  // namespace

int wait(const CommandLine& line) {
  const Result<Parsed> parsed = parse(line, jail_options(), {}, true);
  if (!parsed) return fail(parsed.error());
  const OptionValues& options = parsed.value().values;
  if (parsed.value().operands.size() != 1) return fail(input_error("wait: say which jail, as [NAME/]ID"));
  const std::string& word = parsed.value().operands.front();
  const Result<int> timeout = timeout_seconds(options);
  if (!timeout) return fail(timeout.error());
  const Result<JailName> jail = find_jail(word, options);
  if (!jail && reports_on(word).empty()) return fail(jail.error());
  if (jail) {
    const Result<void> ended =
        wait_for(jail.value(), timeout.value() < 0 ? 0 : time(nullptr) + timeout.value());
    if (!ended) return fail(ended.error());
  }
  for (const std::string& report : reports_on(word)) print(report);
  return 0;
}

}  // namespace jailrun::core::cli
