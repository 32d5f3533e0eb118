// SPDX-License-Identifier: Apache-2.0
#include "core/ledger/open_jail.hpp"

#include "core/ledger/slots.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

Result<UniqueFd> open_judged(int parent, const std::string& name, int flags, const std::string& path) {
  UniqueFd fd(openat(parent, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return system_error(errno, "open " + path);
  JR_TRY(Trust(Trust::Of::kState).check_open(fd.get(), path, (flags & O_DIRECTORY) != 0));
  return fd;
}

}  // namespace

Result<UniqueFd> open_name_directory(const JailName& jail) {
  Trust trust(Trust::Of::kState);
  JR_ASSIGN(const int base, trust.open_base(jail.base));
  JR_ASSIGN(UniqueFd name, open_judged(base, jail.name, O_PATH | O_DIRECTORY, jail.name_directory()));
  // A jail of another base, one level up: what is in it is its root, where a tenant with uid 0 writes as
  // root.
  if (faccessat(name.get(), kLedgerName, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
    return system_error(ENOTDIR, jail.name_directory() + " is a jail");
  return name;
}

Result<UniqueFd> open_jail(int name_directory, const JailName& jail) {
  return open_judged(name_directory, jail.id, O_RDONLY | O_DIRECTORY, jail.directory());
}

Result<UniqueFd> open_jail(const JailName& jail) {
  JR_ASSIGN(const UniqueFd name, open_name_directory(jail));
  return open_jail(name.get(), jail);
}

Result<UniqueFd> open_ledger(int jail_directory, const JailName& jail) {
  return open_judged(jail_directory, kLedgerName, O_RDONLY | O_NONBLOCK,
                     jail.directory() + "/" + kLedgerName);
}

}  // namespace jailrun::core
