// SPDX-License-Identifier: Apache-2.0
#include "core/cli/jails/find_jail.hpp"

#include "core/base/text.hpp"
#include "core/host/host_index.hpp"
#include "core/host/state_directory.hpp"
#include "core/ledger/open_jail.hpp"
#include "core/ledger/slots.hpp"
#include "core/ledger/status.hpp"
#include "core/pipeline/pipeline.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/fd.hpp"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::core::cli {

std::set<std::string> known_bases(const OptionValues& options) {
  std::set<std::string> bases = {"/srv/jailer"};
  if (const std::string own = own_jails_directory(); !own.empty()) bases.insert(own);
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
  JR_ASSIGN(const UniqueFd directory, open_jail(jail));
  return read_ledger(directory.get(), jail);
}

namespace {

// As ids are judged: a path that leads on, into a jail's root perhaps, names no jail.
bool is_component(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos;
}

// "ID", "NAME/ID" or "/BASE/NAME/ID"; parts that are not given are empty.
Result<JailName> parts_of(const std::string& word) {
  JailName jail;
  std::string rest = word;
  const auto take_last = [&rest] {
    const size_t slash = rest.rfind('/');
    std::string last = slash == std::string::npos ? rest : rest.substr(slash + 1);
    rest.resize(slash == std::string::npos ? 0 : slash);
    return last;
  };
  const bool has_name = word.find('/') != std::string::npos;
  jail.id = take_last();
  if (has_name) jail.name = take_last();
  if (word.rfind('/', 0) == 0 && !rest.empty()) {
    char* const resolved = realpath(rest.c_str(), nullptr);
    jail.base = resolved == nullptr ? rest : resolved;
    free(resolved);
    rest.clear();
  }
  if (!is_component(jail.id) || (has_name && !is_component(jail.name)) || !rest.empty() ||
      (word.rfind('/', 0) == 0 && jail.base.empty()))
    return input_error("'" + word + "' names no jail: give ID, NAME/ID or /BASE/NAME/ID");
  return jail;
}

bool may_have_ledger(const JailName& jail) {
  return faccessat(AT_FDCWD, (jail.directory() + "/" + kLedgerName).c_str(), F_OK, AT_SYMLINK_NOFOLLOW) ==
             0 ||
         errno == EACCES;
}

}  // namespace

Result<JailName> find_jail(const std::string& word, const OptionValues& options) {
  JR_ASSIGN(const JailName given, parts_of(word));
  std::vector<JailName> found;
  std::string refused;
  const std::set<std::string> bases =
      given.base.empty() ? known_bases(options) : std::set<std::string>{given.base};
  for (const std::string& base : bases) {
    const std::vector<std::string> names =
        given.name.empty() ? sys::list_directory(base) : std::vector<std::string>{given.name};
    for (const std::string& name : names) {
      const JailName jail = {base, name, given.id};
      if (!may_have_ledger(jail)) continue;
      if (const Result<UniqueFd> trusted = open_name_directory(jail); !trusted) {
        refused = trusted.error().error_number == 0 ? trusted.error().sentence : refused;
        continue;
      }
      const JailName real = real_name(jail);
      // Without a name in the operand, a jail of two names is found by both.
      if (!given.name.empty() || real.name == name) found.push_back(real);
    }
  }
  if (found.empty() && !refused.empty())
    return input_error("jail '" + word + "' is not jailrun's: " + refused);
  if (found.empty()) return input_error("there is no jail '" + word + "': 'jailrun ps' lists the jails");
  if (found.size() == 1) return found.front();
  std::vector<std::string> directories;
  for (const JailName& jail : found) directories.push_back(jail.directory());
  return input_error("'" + word + "' is the id of more than one jail: " + joined(directories, ", ") +
                     "; name the one as /BASE/NAME/ID");
}

}  // namespace jailrun::core::cli
