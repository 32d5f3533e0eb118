// The commands about jails that exist: ps, inspect, wait, rm.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <set>

#include "core/cli/commands.hpp"
#include "core/cli/table.hpp"
#include "core/host_index.hpp"
#include "core/jail.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "core/message.hpp"
#include "core/pipeline.hpp"
#include "core/sys/directories.hpp"

namespace jailrun::core::cli {
namespace {

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

int fail(const Error& error) {
  log::error(message(error));
  return 1;
}

// Bases that --chroot-base-dir gives, that installed pipelines name, that have had jails since the boot, and the default.
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

// "ID" or "NAME/ID", which tells equal ids of two programs apart.
Result<JailName> find_jail(const std::string& word, const OptionValues& options) {
  const size_t slash = word.find('/');
  const std::string id = slash == std::string::npos ? word : word.substr(slash + 1);
  std::vector<JailName> found;
  for (const std::string& base : known_bases(options)) {
    const std::vector<std::string> names = slash == std::string::npos ? sys::list_directory(base)
                                                                      : std::vector<std::string>{word.substr(0, slash)};
    for (const std::string& name : names) {
      const JailName jail = {base, name, id};
      if (!id.empty() && id.front() != '.' && access((jail.directory() + "/ledger").c_str(), F_OK) == 0) found.push_back(jail);
    }
  }
  if (found.empty()) return input_error("there is no jail '" + word + "': 'jailrun ps' lists those that are there");
  if (found.size() == 1) return found.front();
  std::string list;
  for (const JailName& jail : found) list.append(list.empty() ? "" : ", ").append(jail.directory());
  return input_error("'" + word + "' is more than one jail: " + list + "; say NAME/ID, and --chroot-base-dir where that is not enough");
}

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

const char* word(State state) { return state == State::kAlive ? "alive" : "dead"; }

}  // namespace

int ps(const Words& words) {
  const Result<Parsed> parsed = parse(words, jail_options(), {}, false);
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
        if (ledger.error().error_number != ENOENT) log::warning(message(ledger.error()));  // else: just taken away
        continue;
      }
      const Vitality now = vitality(ledger.value());
      if (json)
        text += std::string(text.empty() ? "" : ",") + "\n{\"id\":" + json_string(jail.id) + ",\"name\":" + json_string(jail.name) +
                ",\"state\":\"" + word(now.state) + "\",\"pid\":" + std::to_string(now.pid) + ",\"since\":\"" +
                when(ledger.value().time) + "\",\"pipeline\":" + json_string(ledger.value().pipeline) +
                ",\"directory\":" + json_string(jail.directory()) + "}";
      else
        table.add({jail.id, jail.name, word(now.state), now.pid == 0 ? "-" : std::to_string(now.pid), when(ledger.value().time),
                   ledger.value().pipeline, jail.directory()});
    }
  }
  print(json ? "[" + text + "\n]\n" : table.text());
  return 0;
}

int remove(const Words& words) {
  const Result<Parsed> parsed = parse(words, jail_options(), {}, true);
  if (!parsed) return fail(parsed.error());
  const OptionValues& options = parsed.value().values;
  const std::vector<std::string>& operands = parsed.value().operands;
  const bool host = !options.of("host").empty();
  const bool all_dead = !options.of("all-dead").empty();
  if (operands.empty() && !host && !all_dead) return fail(input_error("rm: say which jails, as [NAME/]ID, or --all-dead or --host"));
  Removal removal;
  removal.force = !options.of("force").empty();
  if (const auto& given = options.of("timeout"); !given.empty()) {
    if (const std::string wrong = misfit(*jail_options().option("timeout"), given.back().text); !wrong.empty())
      return fail(input_error("--timeout: " + wrong));
    removal.patience_ms = static_cast<int>(std::strtol(given.back().text.c_str(), nullptr, 10)) * 1000;
  }
  int status = 0;
  const auto take_away = [&](const JailName& jail) {
    const Result<void> removed = remove_jail(jail, removal);
    if (!removed) status = fail(removed.error());
  };
  for (const std::string& operand : operands) {
    const Result<JailName> jail = find_jail(operand, options);
    if (jail)
      take_away(jail.value());
    else
      status = fail(jail.error());
  }
  if (all_dead) {
    removal.force = false;
    for (const std::string& base : known_bases(options))
      for (const JailName& jail : list_jails(base))
        if (const Result<Ledger> ledger = ledger_of(jail); ledger && vitality(ledger.value()).state == State::kDead) take_away(jail);
  }
  if (host)
    if (const Result<void> removed = remove_index(); !removed) status = fail(removed.error());
  return status;
}

namespace {

// What is left of one action: "stands", "gone", or "" for one that leaves nothing by its nature.
std::string remains(const Record& action, const std::string& root) {
  static const std::set<std::string> kInJail = {"directory", "write", "copy", "node", "pid-file"};
  const std::string& verb = action.text("action");
  std::string path = action.text("path");
  if (verb == "claim") path = action.text("base") + "/" + action.text("name") + "/" + action.text("id");
  else if (kInJail.count(verb) > 0 && action.number("host") == 0) path.insert(0, root);
  else if (verb != "root" && verb != "cgroup" && verb != "directory") return "";
  struct stat now {};
  return lstat(path.c_str(), &now) == 0 ? "stands" : "gone";
}

std::string subject_of(const Record& action) {
  for (const char* key : {"path", "base", "name"})
    if (!action.text(key).empty()) return action.text(key);
  return "";
}

}  // namespace

int inspect(const Words& words) {
  const Result<Parsed> parsed = parse(words, jail_options(), {}, true);
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
    const std::string left = remains(action, root);
    table.add({action.text("phase"), action.text("stage"), action.text("action"), subject_of(action), action.text("stood"), left});
    text += std::string(text.empty() ? "" : ",") + "\n{\"action\":" + json_string(action.text("action")) + ",\"stage\":" +
            json_string(action.text("stage")) + ",\"object\":" + json_string(subject_of(action)) + ",\"stood\":" +
            json_string(action.text("stood")) + ",\"now\":" + json_string(left) + "}";
  }
  if (json) {
    print("{\"id\":" + json_string(jail.value().id) + ",\"name\":" + json_string(jail.value().name) + ",\"state\":\"" + word(now.state) +
          "\",\"pid\":" + std::to_string(now.pid) + ",\"since\":\"" + when(ledger.value().time) + "\",\"actions\":[" + text + "]}\n");
    return 0;
  }
  print("jail " + jail.value().id + " in " + jail.value().directory() + ", " + word(now.state) +
        (now.pid == 0 ? "" : ", pid " + std::to_string(now.pid)) + ", since " + when(ledger.value().time) + ", pipeline " +
        ledger.value().pipeline + "\n" + table.text());
  return 0;
}

int wait(const Words& words) {
  const Result<Parsed> parsed = parse(words, jail_options(), {}, true);
  if (!parsed) return fail(parsed.error());
  const OptionValues& options = parsed.value().values;
  if (parsed.value().operands.size() != 1) return fail(input_error("wait: say which jail, as [NAME/]ID"));
  const Result<JailName> jail = find_jail(parsed.value().operands.front(), options);
  if (!jail) return fail(jail.error());
  const auto& timeout = options.of("timeout");
  const time_t end = timeout.empty() ? 0 : time(nullptr) + std::strtol(timeout.back().text.c_str(), nullptr, 10);
  for (;;) {
    const Result<Ledger> ledger = ledger_of(jail.value());
    if (!ledger) return ledger.error().error_number == ENOENT ? 0 : fail(ledger.error());
    const Vitality now = vitality(ledger.value());
    if (now.state == State::kDead) return 0;
    const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, now.pid, 0)));
    if (!process) continue;
    pollfd ended = {process.get(), POLLIN, 0};
    const long left = end == 0 ? -1 : static_cast<long>(end - time(nullptr)) * 1000;
    if (end != 0 && left <= 0) return fail(input_error("jail " + jail.value().id + " is still alive: pid " + std::to_string(now.pid)));
    (void)poll(&ended, 1, static_cast<int>(left));
  }
}

}  // namespace jailrun::core::cli
