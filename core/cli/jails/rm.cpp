// SPDX-License-Identifier: Apache-2.0
#include "core/cli/commands.hpp"
#include "core/cli/jails/find_jail.hpp"
#include "core/cli/jails/operands.hpp"
#include "core/cli/output.hpp"
#include "core/host/host_index.hpp"
#include "core/jails/broken.hpp"
#include "core/jails/find.hpp"
#include "core/jails/remove.hpp"
#include "core/ledger/status.hpp"

#include <algorithm>
#include <cerrno>

namespace jailrun::core::cli {
namespace {

// Goes on after an error: one jail that can't be removed must not keep the others.
class Remover {
 public:
  Remover(const OptionValues& options, const Removal& removal) : options_(options), removal_(removal) {}

  // At once: each of them may take its time to end.
  void remove_named(const std::vector<std::string>& operands) {
    std::vector<JailName> named;
    for (const std::string& operand : operands) {
      Result<JailName> jail = find_jail(operand, options_);
      if (!jail && remove_unclaimed_everywhere(operand.substr(operand.rfind('/') + 1)) == 0)
        status_ = fail(jail.error());
      const auto is_it = [&](const JailName& one) { return one.directory() == jail.value().directory(); };
      if (jail && std::none_of(named.begin(), named.end(), is_it)) named.push_back(std::move(jail).value());
    }
    remove(named);
  }

  void remove_broken(const std::vector<std::string>& operands) {
    for (const std::string& operand : operands) {
      const Result<JailName> jail = find_jail(operand, options_);
      const Result<std::string> removed =
          jail ? remove_broken_jail(jail.value()) : Result<std::string>(jail.error());
      if (removed)
        log::warning(removed.value());
      else
        status_ = fail(removed.error());
    }
  }

  void remove_dead() {
    removal_.force = false;
    std::vector<JailName> dead;
    for (const std::string& base : known_bases(options_))
      for (const JailName& jail : list_jails(base))
        if (is_dead(jail)) dead.push_back(jail);
    remove(dead);
    remove_unclaimed_everywhere("");
  }

  void remove_host_index() {
    if (const Result<void> removed = remove_index(); !removed) status_ = fail(removed.error());
  }

  void remove_all_reports() {
    if (const Result<void> removed = remove_reports(); !removed) status_ = fail(removed.error());
  }

  int status() const { return status_; }

 private:
  // What can't be read may be a jail whose program runs: it stays, and is named. ENOENT: removed just now.
  bool is_dead(const JailName& jail) {
    const Result<Ledger> ledger = ledger_of(jail);
    if (!ledger && ledger.error().error_number != ENOENT)
      status_ = fail(broken(jail, ledger.error()).within("jail " + jail.id + " stays"));
    return ledger && jail_status(ledger.value()).state == State::kDead;
  }

  void remove(const std::vector<JailName>& jails) {
    for (const Result<void>& removed : remove_jails(jails, removal_))
      if (!removed) status_ = fail(removed.error());
  }

  int remove_unclaimed_everywhere(const std::string& id) const {
    int removed = 0;
    for (const std::string& base : known_bases(options_)) removed += remove_unclaimed(base, id);
    return removed;
  }

  const OptionValues& options_;
  Removal removal_;
  int status_ = 0;
};

}  // namespace

Result<int> rm(const CommandLine& line) {
  JR_ASSIGN(const Parsed parsed, parse(line, jail_options(), {}, true));
  const OptionValues& options = parsed.values;
  const bool host = !options.of("host").empty();
  const bool all_dead = !options.of("all-dead").empty();
  const bool reports = !options.of("reports").empty();
  if (parsed.operands.empty() && !host && !reports && !all_dead)
    return input_error(
        "rm: name the jails, as ID, NAME/ID or /BASE/NAME/ID, or give --all-dead, --host or --reports");
  Removal removal;
  removal.force = !options.of("force").empty();
  JR_ASSIGN(const int timeout, seconds_of(options, "timeout", removal.timeout_ms / 1000));
  removal.timeout_ms = timeout * 1000;
  removal.without_plugins = !options.of("without-plugins").empty();
  constexpr int kReleaseSeconds = 60;
  JR_ASSIGN(const int release, seconds_of(options, "release-timeout", kReleaseSeconds));
  removal.release_ms = release * 1000;
  const bool broken = !options.of("broken").empty();
  if (broken && (removal.force || all_dead || parsed.operands.empty()))
    return input_error(
        "rm --broken: name the jails, without --force and --all-dead: it removes nothing that may "
        "be alive");
  Remover remover(options, removal);
  if (broken)
    remover.remove_broken(parsed.operands);
  else
    remover.remove_named(parsed.operands);
  if (all_dead) remover.remove_dead();
  if (host) remover.remove_host_index();
  if (reports) remover.remove_all_reports();
  return remover.status();
}

}  // namespace jailrun::core::cli
