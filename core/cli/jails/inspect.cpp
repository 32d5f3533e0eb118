// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.hpp"
#include "core/base/printable.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/jails/find_jail.hpp"
#include "core/cli/jails/operands.hpp"
#include "core/cli/jails/show.hpp"
#include "core/cli/output.hpp"
#include "core/cli/table.hpp"
#include "core/ledger/slots.hpp"
#include "core/ledger/standing.hpp"
#include "core/sys/cgroup_library.hpp"
#include "core/sys/cgroups.hpp"

#include <set>

#include <fcntl.h>
#include <sys/stat.h>

namespace jailrun::core::cli {
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

// What is left of one action: "exists", "gone", a value, or "" for one that leaves nothing by its nature.
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
  return lstat(path.c_str(), &now) == 0 ? "exists" : "gone";
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

Result<int> inspect(const CommandLine& line) {
  JR_ASSIGN(const Parsed parsed, parse(line, jail_options(), {}, true));
  JR_ASSIGN(const std::string word, one_jail(parsed, "inspect"));
  JR_ASSIGN(const JailName jail, find_jail(word, parsed.values));
  JR_ASSIGN(const Ledger ledger, ledger_of(jail));
  const Vitality now = vitality(ledger);
  const std::string root = jail.directory() + "/root";
  Table table({"PHASE", "STAGE", "ACTION", "OBJECT", "EXISTED BEFORE", "NOW"});
  JsonArray actions(JsonArray::Layout::kOneItemPerLine);
  for (const Record& action : ledger.actions) {
    const std::string left = is_passed_over(ledger, action) ? "passed over" : remains(action, root);
    table.add({action.text("phase"), action.text("stage"), action.text("action"), subject_of(action),
               action.text("stood"), left});
    actions.add_raw(JsonObject()
                        .add("action", action.text("action"))
                        .add("stage", action.text("stage"))
                        .add("object", subject_of(action))
                        .add("existed", action.text("stood"))
                        .add("now", left)
                        .text());
  }
  if (!parsed.values.of("json").empty()) {
    print(JsonObject()
              .add("id", jail.id)
              .add("name", jail.name)
              .add("state", state_word(now.state))
              .add("pid", now.pid)
              .add("since", utc_time(ledger.time))
              .add_raw("actions", actions.text())
              .text() +
          "\n");
    return 0;
  }
  print(printable("jail " + jail.id + " in " + jail.directory() + ", " + state_word(now.state) +
                  (now.pid == 0 ? "" : ", pid " + std::to_string(now.pid)) + ", since " +
                  utc_time(ledger.time) + ", pipeline " + ledger.pipeline) +
        "\n" + table.text());
  return 0;
}

}  // namespace jailrun::core::cli
