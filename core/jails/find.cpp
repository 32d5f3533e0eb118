// SPDX-License-Identifier: Apache-2.0
#include "core/jails/find.hpp"

#include "core/base/log.hpp"
#include "core/base/message.hpp"
#include "core/ledger/open_jail.hpp"
#include "core/ledger/slots.hpp"
#include "core/ledger/status.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/lock.hpp"

#include <algorithm>
#include <cerrno>
#include <tuple>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// ENOENT: there is no such base, or the last jail of the name has just been removed.
void warn_of(const Error& error) {
  const int reason = error.error_number;
  if (reason == ENOENT || reason == ENOTDIR || reason == ELOOP) return;
  log::warning("no jail is looked for there: " + message(error));
}

// What is not visible to this user may be there too.
bool has_ledger(int name_directory, const std::string& id) {
  return faccessat(name_directory, (id + "/" + kLedgerName).c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
         errno == EACCES;
}

}  // namespace

std::vector<JailName> list_jails(const std::string& base) {
  std::vector<JailName> jails;
  Trust trust(Trust::Of::kState);
  if (const Result<int> top = trust.open_base(base); !top) return warn_of(top.error()), jails;
  for (const std::string& name : sys::list_directory(base)) {
    const Result<UniqueFd> directory = open_name_directory({base, name, ""});
    if (!directory) {
      warn_of(directory.error());
      continue;
    }
    for (const std::string& id : sys::list_directory(base + "/" + name)) {
      const JailName jail = {base, name, id};
      if (id.front() == '.' || !has_ledger(directory.value().get(), id)) continue;
      if (real_name(jail).name == name) jails.push_back(jail);
    }
  }
  std::sort(jails.begin(), jails.end(), [](const JailName& a, const JailName& b) {
    return std::tie(a.name, a.id) < std::tie(b.name, b.id);
  });
  return jails;
}

Result<LockedJail> lock_jail(const JailName& jail) {
  LockedJail locked;
  JR_ASSIGN(locked.directory, open_jail(jail));
  Result<UniqueFd> ledger = open_ledger(locked.directory.get(), jail);
  if (!ledger) return broken(jail, std::move(ledger).error());
  locked.ledger = std::move(ledger).value();
  JR_ASSIGN(const bool free, sys::lock(locked.ledger.get(), 0, "the ledger of jail " + jail.id));
  if (!free) return in_use(jail, locked.ledger.get());
  // Between open and lock another removal may have come to its end.
  struct stat now {};
  if (fstat(locked.ledger.get(), &now) != 0 || now.st_nlink == 0)
    return system_error(ENOENT, "open " + jail.directory() + "/" + kLedgerName);
  return locked;
}

}  // namespace jailrun::core
