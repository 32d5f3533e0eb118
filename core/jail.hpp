// Jails that exist: found on disk, read from their ledgers, judged alive or dead, removed.
#pragma once

#include "core/plan.hpp"
#include "core/site.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jailrun::core {

struct ProcessNote {
  pid_t pid = 0;
  uint64_t start = 0;  // clock ticks after boot, as in /proc/PID/stat
  std::string boot;    // the boot it belongs to
};

// Where a stage's code is, for `call` actions that must be released by their plugin.
struct PluginNote {
  std::string path;
  std::string version;
};

// A ledger as read back.
struct Ledger {
  JailName jail;
  std::string token;
  std::string pipeline;
  uint64_t time = 0;  // seconds since the epoch when the launch began
  std::vector<Record> actions;
  std::map<std::string, std::string> slots;
  std::map<std::string, PluginNote> plugins;  // by stage
  std::optional<ProcessNote> process;
  std::optional<ProcessNote> supervisor;
};

// Reads <directory>/ledger. A last line without its newline, cut off by a crash, is ignored.
Result<Ledger> read_ledger(int jail_directory, const JailName& jail);

// The actions of a ledger that leave something to release, as a plan.
Result<std::unique_ptr<Plan>> restore_plan(const Ledger& ledger);

enum class State { kAlive, kDead };

// A jail is alive if its process is, or if one of its groups has a process.
struct Vitality {
  State state = State::kDead;
  pid_t pid = 0;  // of the program, or of a process in its groups; 0 where dead
};
Vitality vitality(const Ledger& ledger);

// Why a jail's name can't be claimed: who has it, or what is left of whom, and what to do.
Error why_taken(const JailName& claimed);

// True if the jail is dead and may be taken away by a launch of the same name: because that launch was asked
// to
// (`asked`), or because nothing is lost by it: the caller has removed the root itself, or the root stood
// before that launch, and then it and its files are the caller's and stay. Clients that keep a VM's root
// start the same id again and again.
bool can_be_replaced(const JailName& jail, bool asked);

// True if that process exists, in this boot, and has not ended.
bool is_alive(const std::optional<ProcessNote>& process);

// The jail that a name stands for: where <base>/<name>/<id> is an alias (core/actions/alias.hpp), the one it
// leads to.
JailName real_name(const JailName& jail);

// All jails below a base: directories <name>/<id> that have a ledger. A base that does not exist has none.
std::vector<JailName> list_jails(const std::string& base);

// Removes what a launch that was killed inside its claim left below a base: directories that never got their
// names, and names without jails. `id` not empty: of that id only. How many were removed.
int remove_unclaimed(const std::string& base, const std::string& id);

struct Removal {
  bool force = false;      // ends a live one: SIGTERM, then SIGKILL
  int patience_ms = 5000;  // between the two
  uint32_t reason = JR_RELEASE_REMOVE;
};

// Takes a jail away. Refused for a live one without `force`. What can't be taken away is named, and the
// ledger stays.
Result<void> remove_jail(const JailName& jail, const Removal& removal);

// Hands a command to the calls that this stage has in the jail's ledger, up to the one that it is meant for.
Result<void> tell_jail(const JailName& jail, const std::string& stage, const std::string& verb,
                       const std::vector<std::string>& words);

}  // namespace jailrun::core
