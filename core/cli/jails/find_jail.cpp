// SPDX-License-Identifier: Apache-2.0
#include "core/cli/jails/find_jail.hpp"

#include "core/base/text.hpp"
#include "core/host/host_index.hpp"
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
      // Without a name in the operand, a jail of two names is found by both.
      if (slash != std::string::npos || real.name == name) found.push_back(real);
    }
  }
  if (found.empty()) return input_error("there is no jail '" + word + "': 'jailrun ps' lists the jails");
  if (found.size() == 1) return found.front();
  std::vector<std::string> directories;
  for (const JailName& jail : found) directories.push_back(jail.directory());
  return input_error("'" + word + "' is the id of more than one jail: " + joined(directories, ", ") +
                     "; give NAME/ID, and --chroot-base-dir if that is not enough");
}

}  // namespace jailrun::core::cli
