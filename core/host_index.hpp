// What a host keeps of jailrun beside the jails, under /run/jailrun: which bases have had jails since the boot. An index
// for `jailrun ps` and no more; nothing is decided by it. `jailrun ps --host` lists it, `jailrun rm --host` removes it.
#pragma once

#include <string>
#include <vector>

#include "jailrun/result.hpp"

namespace jailrun::core {

// Notes a base. Best effort: a launch does not fail for want of it.
void index_base(const std::string& base);

std::vector<std::string> indexed_bases();

// The files that make up the index, for people.
std::vector<std::string> index_files();

Result<void> remove_index();

}  // namespace jailrun::core
