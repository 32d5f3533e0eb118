// SPDX-License-Identifier: Apache-2.0
#include "core/jails/broken.hpp"

#include "core/base/text.hpp"
#include "core/ledger/open_jail.hpp"
#include "core/ledger/read.hpp"
#include "core/ledger/slots.hpp"
#include "core/ledger/status.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/lock.hpp"
#include "core/sys/mount_table.hpp"
#include "core/sys/occupants.hpp"
#include "core/sys/remove_tree.hpp"
#include "core/sys/take_directory.hpp"

#include <cerrno>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// Where the group of a jail is, unless --parent-cgroup says otherwise.
std::string group_name(const JailName& jail) { return jail.name + "/" + jail.id; }

std::optional<sys::FileId> root_of(int jail_directory) {
  // By its descriptor, so that the root of what is mounted there is seen, as the jail's processes have it.
  const UniqueFd root(openat(jail_directory, "root", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat now {};
  if (!root || fstat(root.get(), &now) != 0) return std::nullopt;
  return sys::FileId{now.st_dev, now.st_ino};
}

pid_t process_in_root(int jail_directory) {
  const std::optional<sys::FileId> root = root_of(jail_directory);
  if (!root) return 0;
  const std::map<sys::FileId, pid_t> roots = sys::process_roots();
  const auto found = roots.find(*root);
  return found == roots.end() ? 0 : found->second;
}

Result<void> refuse_in_use(const JailName& jail, int directory) {
  const std::string subject = "jail " + jail.id;
  if (const pid_t pid = process_in_root(directory); pid != 0)
    return input_error(subject + " is alive: process " + std::to_string(pid) + " has " + jail.directory() +
                       "/root as its root; end it first");
  if (const pid_t pid = sys::process_in_group_named(group_name(jail)); pid != 0)
    return input_error(subject + " may be alive: process " + std::to_string(pid) +
                       " is in a cgroup that is called " + group_name(jail) + "; end it first");
  JR_ASSIGN(const std::vector<std::string> mounts, sys::mounts_below(jail.directory()));
  if (!mounts.empty())
    return input_error(subject + " can't be removed: unmount " + joined(mounts, ", ") + " first");
  return {};
}

// A launch or a removal may be under way even so. What is not a regular file holds no lock.
Result<UniqueFd> lock_ledger(const JailName& jail, int directory) {
  struct stat now {};
  if (fstatat(directory, kLedgerName, &now, AT_SYMLINK_NOFOLLOW) != 0)
    return system_error(errno, "open " + jail.directory() + "/" + kLedgerName);
  if (!S_ISREG(now.st_mode)) return UniqueFd();
  UniqueFd ledger(openat(directory, kLedgerName, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  if (!ledger) return system_error(errno, "open " + jail.directory() + "/" + kLedgerName);
  JR_ASSIGN(const bool free, sys::lock(ledger.get(), 0, "the ledger of jail " + jail.id));
  if (!free) return in_use(jail, ledger.get());
  return ledger;
}

// The ledger last: while anything is left, it says that this is a jail.
Result<void> remove_all(const JailName& jail, int name_directory, int directory) {
  const auto remove = [&](const std::string& name) -> Result<void> {
    if (unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return {};
    if (sys::clear_attributes_of(directory, name) && unlinkat(directory, name.c_str(), 0) == 0) return {};
    Result<void> removed = sys::remove_tree(sys::Place(directory, name));
    return removed ? std::move(removed) : std::move(removed).error().within(jail.directory());
  };
  for (const std::string& name : sys::list_directory(jail.directory()))
    if (name != kLedgerName) JR_TRY(remove(name));
  JR_TRY(remove(kLedgerName));
  if (unlinkat(name_directory, jail.id.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
  return system_error(errno, "rmdir " + jail.directory());
}

std::string what_is_unknown(const JailName& jail) {
  std::string sentence = "jail " + jail.id + " is removed, but not what only its ledger could have named " +
                         "outside its directory: cgroups, an alias, loop devices and device-mapper disks, " +
                         "and what stages of a site's own have made";
  const std::vector<std::string> groups = sys::groups_named(group_name(jail));
  if (!groups.empty()) sentence += "; these are left: " + joined(groups, ", ");
  return sentence;
}

}  // namespace

pid_t occupant_of(const JailName& jail) {
  const Result<UniqueFd> directory = open_jail(jail);
  const pid_t inside = directory ? process_in_root(directory.value().get()) : 0;
  return inside != 0 ? inside : sys::process_in_group_named(group_name(jail));
}

std::vector<JailName> list_lost_jails(const std::string& base) {
  std::vector<std::pair<JailName, sys::FileId>> candidates;
  for (const std::string& name : sys::list_directory(base)) {
    const Result<UniqueFd> directory = open_name_directory({base, name, ""});
    if (!directory) continue;  // list_jails() has said so
    for (const std::string& id : sys::list_directory(base + "/" + name)) {
      const UniqueFd jail(
          openat(directory.value().get(), id.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      struct stat now {};
      if (!jail || fstatat(jail.get(), kLedgerName, &now, AT_SYMLINK_NOFOLLOW) == 0) continue;
      if (const auto root = root_of(jail.get())) candidates.push_back({{base, name, id}, *root});
    }
  }
  std::vector<JailName> lost;
  if (candidates.empty()) return lost;
  const std::map<sys::FileId, pid_t> roots = sys::process_roots();
  for (auto& [jail, root] : candidates)
    if (roots.count(root) > 0) lost.push_back(std::move(jail));
  return lost;
}

Result<std::string> remove_broken_jail(const JailName& jail) {
  Trust trust(Trust::Of::kState);
  JR_ASSIGN(const int base, trust.open_base(jail.base));
  JR_ASSIGN(const UniqueFd name, open_name_directory(jail));
  JR_ASSIGN(const UniqueFd directory, open_jail(name.get(), jail));
  JR_ASSIGN(const UniqueFd lock, lock_ledger(jail, directory.get()));
  if (const Result<Ledger> ledger = read_ledger(directory.get(), jail);
      ledger && !ledger.value().actions.empty())
    return input_error("jail " + jail.id + " is not broken: 'jailrun rm " + group_name(jail) +
                       "' removes it by its ledger, with what it has elsewhere");
  JR_TRY(refuse_in_use(jail, directory.get()));
  JR_TRY(remove_all(jail, name.get(), directory.get()));
  (void)sys::remove_if_marked_and_empty(base, jail.name);
  return what_is_unknown(jail);
}

}  // namespace jailrun::core
