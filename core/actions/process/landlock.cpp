// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/landlock.hpp"

#include "core/actions/mount.hpp"
#include "core/base/text.hpp"
#include "core/plan/state.hpp"
#include "core/sys/landlock.hpp"
#include "jailrun/plugin.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

namespace jailrun::core {
namespace {

// Some bits, the first ABI that has them, and what they are about.
struct Kind {
  uint64_t bits;
  int abi;
  const char* words;
};

constexpr Kind kFileKinds[] = {
    {0xffff, 1, "files"},
    {JR_LANDLOCK_REFER, 2, "moving files to another directory (which is forbidden)"},
    {JR_LANDLOCK_TRUNCATE, 3, "truncating files"},
    {JR_LANDLOCK_IOCTL_DEV, 5, "ioctl on devices"}};
constexpr Kind kPortKinds[] = {{JR_LANDLOCK_BIND_TCP, 4, "binding TCP ports"},
                               {JR_LANDLOCK_CONNECT_TCP, 4, "connecting to TCP ports"}};
constexpr Kind kScopeKinds[] = {{JR_LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, 6, "abstract sockets"},
                                {JR_LANDLOCK_SCOPE_SIGNAL, 6, "signals"}};

// Takes the bits away that this ABI does not have, and names them.
template <size_t N>
void reduce(uint64_t& bits, const Kind (&kinds)[N], int abi, std::vector<std::string>& lost) {
  for (const Kind& kind : kinds) {
    if (kind.abi <= abi || (bits & kind.bits) == 0) continue;
    bits &= ~kind.bits;
    lost.emplace_back(kind.words);
  }
}

// The words for what a rule allows, the largest group first.
struct Word {
  uint64_t bits;
  const char* word;
};
constexpr uint64_t kWrite = JR_LANDLOCK_WRITE_FILE | JR_LANDLOCK_REMOVE_DIR | JR_LANDLOCK_REMOVE_FILE |
                            JR_LANDLOCK_MAKE_DIR | JR_LANDLOCK_MAKE_REG | JR_LANDLOCK_MAKE_SOCK |
                            JR_LANDLOCK_MAKE_FIFO | JR_LANDLOCK_MAKE_SYM | JR_LANDLOCK_REFER |
                            JR_LANDLOCK_TRUNCATE;
constexpr Word kFileWords[] = {{JR_LANDLOCK_READ_FILE | JR_LANDLOCK_READ_DIR, "read"},
                               {kWrite, "write"},
                               {JR_LANDLOCK_EXECUTE, "execute"},
                               {JR_LANDLOCK_IOCTL_DEV, "ioctl"},
                               {JR_LANDLOCK_MAKE_CHAR | JR_LANDLOCK_MAKE_BLOCK, "make-device"},
                               {JR_LANDLOCK_READ_FILE, "read-file"},
                               {JR_LANDLOCK_READ_DIR, "read-dir"},
                               {JR_LANDLOCK_WRITE_FILE, "write-file"},
                               {JR_LANDLOCK_REMOVE_DIR, "remove-dir"},
                               {JR_LANDLOCK_REMOVE_FILE, "remove-file"},
                               {JR_LANDLOCK_MAKE_CHAR, "make-char"},
                               {JR_LANDLOCK_MAKE_BLOCK, "make-block"},
                               {JR_LANDLOCK_MAKE_DIR, "make-dir"},
                               {JR_LANDLOCK_MAKE_REG, "make-reg"},
                               {JR_LANDLOCK_MAKE_SOCK, "make-sock"},
                               {JR_LANDLOCK_MAKE_FIFO, "make-fifo"},
                               {JR_LANDLOCK_MAKE_SYM, "make-sym"},
                               {JR_LANDLOCK_REFER, "refer"},
                               {JR_LANDLOCK_TRUNCATE, "truncate"}};
constexpr Word kPortWords[] = {{JR_LANDLOCK_BIND_TCP, "bind"}, {JR_LANDLOCK_CONNECT_TCP, "connect"}};
constexpr Word kScopeWords[] = {{JR_LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, "abstract sockets"},
                                {JR_LANDLOCK_SCOPE_SIGNAL, "signals"}};

// Groups count as they are restricted: on ABI 2 there is no truncate in "write".
template <size_t N>
std::string words(uint64_t bits, uint64_t restricted, const Word (&all)[N]) {
  std::vector<std::string> named;
  for (const Word& one : all) {
    const uint64_t group = one.bits & restricted;
    if (group == 0 || (bits & group) != group) continue;
    named.emplace_back(one.word);
    bits &= ~group;
  }
  return joined(named, "+");
}

// Rights that count for files; the kernel refuses a rule for a file that has another.
constexpr uint64_t kOfFiles = JR_LANDLOCK_EXECUTE | JR_LANDLOCK_WRITE_FILE | JR_LANDLOCK_READ_FILE |
                              JR_LANDLOCK_TRUNCATE | JR_LANDLOCK_IOCTL_DEV;

}  // namespace

LandlockAction::LandlockAction(const LandlockRules& wanted, int abi)
    : Action(Phase::kEnter), rules_(wanted), abi_(abi) {
  std::vector<std::string> lost;
  reduce(rules_.files, kFileKinds, abi, lost);
  reduce(rules_.ports, kPortKinds, abi, lost);
  reduce(rules_.scopes, kScopeKinds, abi, lost);
  for (LandlockRules::Path& one : rules_.paths) one.access &= rules_.files;
  for (LandlockRules::Port& one : rules_.port_rules) one.access &= rules_.ports;
  lost_ = joined(lost, ", ");
}

std::string LandlockAction::object() const {
  std::string text = "rules  ";
  std::vector<std::string> parts;
  for (const LandlockRules::Path& one : rules_.paths)
    if (one.access != 0) parts.push_back(words(one.access, rules_.files, kFileWords) + " " + one.path);
  if (rules_.files != 0) parts.emplace_back("no other files");
  for (const LandlockRules::Port& one : rules_.port_rules)
    if (one.access != 0)
      parts.push_back(words(one.access, rules_.ports, kPortWords) + " port " + std::to_string(one.port));
  if (rules_.ports != 0) parts.push_back("no other TCP " + words(rules_.ports, rules_.ports, kPortWords));
  if (rules_.scopes != 0)
    parts.push_back("inside the jail alone: " + words(rules_.scopes, rules_.scopes, kScopeWords));
  text += joined(parts, ", ") + (parts.empty() ? "" : "  ");
  text += abi_ == 0 ? "(this kernel has no Landlock" : "(ABI " + std::to_string(abi_);
  if (!lost_.empty()) text += "; not restricted: " + lost_;
  return text + ")";
}

Record LandlockAction::record() const {
  Record record;
  record.add("abi", static_cast<uint64_t>(abi_))
      .add("files", rules_.files)
      .add("ports", rules_.ports)
      .add("scopes", rules_.scopes);
  for (const LandlockRules::Path& one : rules_.paths) record.add("below", one.path).add("access", one.access);
  for (const LandlockRules::Port& one : rules_.port_rules)
    record.add("port", one.port).add("access", one.access);
  return record;
}

uint64_t LandlockAction::allowed_at(const std::string& path) const {
  uint64_t allowed = 0;
  for (const LandlockRules::Path& one : rules_.paths) {
    const bool is_above = one.path == "/" || path.compare(0, one.path.size() + 1, one.path + "/") == 0;
    if (is_above || one.path == path) allowed |= one.access;
  }
  return allowed;
}

Result<void> LandlockAction::allow_paths(Launch& launch) {
  for (const LandlockRules::Path& one : rules_.paths) {
    if (one.access == 0) continue;
    // The tenant may have filled the root. A link that he has put in the place of a directory, as in /data ->
    // /, would lead the rule for it elsewhere, and allow what nobody has named: so no link is followed, and
    // none gets a rule of its own. What is opened is what the rule is for, whatever is put there later.
    Result<UniqueFd> place = open_inside(launch, one.path, O_PATH);
    if (!place && place.error().error_number == ELOOP)
      return system_error(ELOOP, one.path + " leads through a symbolic link, and must be named without it");
    if (!place) return std::move(place).error();
    struct stat now {};
    if (fstat(place.value().get(), &now) != 0) return system_error(errno, "look at " + one.path);
    const uint64_t access = S_ISDIR(now.st_mode) ? one.access : one.access & kOfFiles;
    if (access == 0) continue;
    Result<void> allowed = sys::allow_below(ruleset_.get(), place.value().get(), access);
    if (!allowed) return std::move(allowed).error().within(one.path);
  }
  return {};
}

Result<void> LandlockAction::perform(Launch& launch) {
  if (is_void()) return {};
  JR_ASSIGN(ruleset_, sys::make_ruleset({rules_.files, rules_.ports, rules_.scopes}));
  JR_TRY(allow_paths(launch));
  for (const LandlockRules::Port& one : rules_.port_rules)
    if (one.access != 0) JR_TRY(sys::allow_port(ruleset_.get(), one.port, one.access));
  launch.processes.rulesets.push_back(ruleset_.get());
  return {};
}

}  // namespace jailrun::core
