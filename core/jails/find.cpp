// SPDX-License-Identifier: Apache-2.0
#include "core/jails/find.hpp"

#include "core/ledger/slots.hpp"
#include "core/ledger/status.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/paths.hpp"

#include <algorithm>
#include <cerrno>
#include <tuple>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::core {

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

Result<UniqueFd> lock_jail(const JailName& jail) {
  JR_ASSIGN(const UniqueFd name, sys::open_host(jail.name_directory(), O_PATH | O_DIRECTORY | O_NOFOLLOW));
  Result<UniqueFd> locked = sys::open_locked(name.get(), jail.id);
  if (!locked && locked.error().error_number == EWOULDBLOCK)
    return input_error("jail " + jail.id + " is being launched or removed right now");
  return locked;
}

}  // namespace jailrun::core
