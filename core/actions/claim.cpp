// SPDX-License-Identifier: Apache-2.0
#include "core/actions/claim.hpp"

#include "core/actions/common.hpp"
#include "core/host/host_index.hpp"
#include "core/ledger/open_jail.hpp"
#include "core/ledger/slots.hpp"
#include "core/ledger/status.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/files.hpp"
#include "core/sys/lock.hpp"
#include "core/sys/process.hpp"

#include <cerrno>
#include <ctime>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// Another launch or a removal of the same jail that is under way holds the lock for about a millisecond.
constexpr int kPatience = 2000;

template <class Try>
auto retry_while_locked(Try attempt) {
  for (int tries = 0;; ++tries) {
    auto locked = attempt();
    if (locked || locked.error().error_number != EWOULDBLOCK || tries == kPatience) return locked;
    const timespec millisecond = {0, 1000000};
    nanosleep(&millisecond, nullptr);
  }
}

// A base or a directory that others could write to is refused before anything is made. What is above the base
// is looked at when the claim is made.
Result<void> judge_base(const std::string& base) {
  struct stat now {};
  if (stat(base.c_str(), &now) != 0) return {};  // the claim says so
  return Trust(Trust::Of::kState).check_base(now, base);
}

}  // namespace

std::unique_ptr<Action> ClaimAction::restore(const Record& record) {
  return std::make_unique<ClaimAction>(JailName{record.text("base"), record.text("name"), record.text("id")});
}

Record ClaimAction::record() const {
  return Record().add("base", jail_.base).add("name", jail_.name).add("id", jail_.id);
}

std::string ClaimAction::remains(const std::string&) const { return presence(jail_.directory()); }

Result<void> ClaimAction::survey(Survey& survey) {
  survey.jail.name = jail_;
  JR_TRY(judge_base(jail_.base));
  JR_ASSIGN(const Existed found, look(survey, true, jail_.directory()));
  set_existed(found);
  survey.is_new = found == Existed::kNo;
  taken_ = found == Existed::kYes && access((jail_.directory() + "/" + kLedgerName).c_str(), F_OK) == 0;
  replaced_ = taken_ && can_be_replaced(real_name(jail_), survey.may_replace);
  survey.is_taken = taken_;
  survey.is_replaced = replaced_;
  return {};
}

Result<void> ClaimAction::perform(Launch& launch) {
  Trust trust(Trust::Of::kState);
  JR_ASSIGN(const int base, trust.open_base(jail_.base));
  for (int tries = 0;; ++tries) {
    Result<void> published = publish(launch, base, trust);
    if (published) {
      index_base(jail_.base);
      unlink(exit_file(jail_).c_str());  // of an earlier jail of this name
      return launch.is_durable ? sync_names_down_to(launch.jail.directory.get(), base) : std::move(published);
    }
    launch.jail.directory.reset();  // what is claimed is not ours: nothing of it may be released
    launch.ledger.reset();
    // ENOENT: the last jail of this name has just removed the directory.
    if (published.error().error_number == ENOENT && tries < 100) continue;
    (void)sys::remove_if_marked_and_empty(base, jail_.name);
    return published;
  }
}

Result<void> ClaimAction::publish(Launch& launch, int base, const Trust& trust) {
  JR_ASSIGN(const UniqueFd name, sys::open_or_make_marked(base, jail_.name));
  JR_TRY(trust.check_open(name.get(), jail_.name_directory(), true));
  return existed() == Existed::kNo ? publish_new(launch, name.get()) : publish_into(launch, name.get());
}

// Its content, before it has a name that counts.
Result<void> ClaimAction::write_ledger(const Launch& launch) const {
  JR_TRY(sys::write_all(launch.ledger.get(), launch.ledger_text));
  return launch.is_durable ? sys::sync_data(launch.ledger.get(), "the ledger of jail " + jail_.id)
                           : Result<void>{};
}

// Each of the names may have been made for this jail, which is claimed: rollback removes it.
Result<void> ClaimAction::sync_names_down_to(int jail, int base) const {
  const UniqueFd name(openat(jail, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
  JR_TRY(sys::sync_names(base, jail_.base));
  JR_TRY(sys::sync_names(name.get(), jail_.name_directory()));
  return sys::sync_names(jail, jail_.directory());
}

// The name of the jail's directory before it has the ledger and after it has lost it; no id begins
// with a dot.
std::string ClaimAction::unclaimed() const { return ".claim-" + jail_.id; }

Result<void> ClaimAction::publish_new(Launch& launch, int name_directory) {
  const std::string unnamed = unclaimed();
  auto locked = retry_while_locked([&] { return sys::make_locked(name_directory, unnamed); });
  if (!locked) {
    if (locked.error().error_number != EWOULDBLOCK) unlinkat(name_directory, unnamed.c_str(), AT_REMOVEDIR);
    return std::move(locked).error();
  }
  // In a new directory nothing may be: what is there is another launch's, which was faster with the lock, and
  // has perhaps become a jail since. In an old one the ledger is of a claim that was killed.
  const int exclusive = locked.value().is_new ? O_EXCL : O_TRUNC;
  launch.jail.directory = std::move(locked).value().fd;
  launch.ledger = UniqueFd(openat(launch.jail.directory.get(), kLedgerName,
                                  O_CREAT | exclusive | O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!launch.ledger && errno == EEXIST) return system_error(ENOENT, "claim " + jail_.directory());  // again
  const auto publish = [&]() -> Result<void> {
    if (!launch.ledger) return system_error(errno, "create the ledger of jail " + jail_.id);
    JR_TRY(lock_own(launch.ledger.get()));
    JR_TRY(write_ledger(launch));
    JR_TRY(open_to_group(launch.jail.directory.get()));
    if (renameat2(name_directory, unnamed.c_str(), name_directory, jail_.id.c_str(), RENAME_NOREPLACE) == 0)
      return {};
    return system_error(errno, "claim " + jail_.directory());
  };
  Result<void> published = publish();
  if (published) return published;
  unlinkat(launch.jail.directory.get(), kLedgerName, 0);
  unlinkat(name_directory, unnamed.c_str(), AT_REMOVEDIR);
  return published;
}

// Only the jail's group passes: a tenant who opens its root to others must not hand them a way to run what is
// in it, a set-user-ID program perhaps. With group 0 there is nobody to let through but root.
Result<void> ClaimAction::open_to_group(int directory) const {
  if (group_ == 0) return {};
  if (fchown(directory, static_cast<uid_t>(-1), group_) == 0 && fchmod(directory, 0710) == 0) return {};
  return system_error(errno, "give " + jail_.directory() + " its group");
}

// The lock is on the ledger, which nobody but root can open, and held until the program is there.
Result<void> ClaimAction::lock_own(int ledger) const {
  JR_ASSIGN(const bool is_mine, sys::lock(ledger, kPatience, "the ledger of jail " + jail_.id));
  return is_mine ? Result<void>{} : in_use(jail_, ledger);
}

Result<void> ClaimAction::publish_into(Launch& launch, int name_directory) {
  Result<UniqueFd> directory = open_jail(name_directory, jail_);
  // A symbolic link: the alias of another jail (core/actions/alias.hpp).
  if (!directory && (directory.error().error_number == ENOTDIR || directory.error().error_number == ELOOP))
    return system_error(EEXIST, "claim " + jail_.directory());
  if (!directory) return std::move(directory).error();
  launch.ledger =
      UniqueFd(openat(directory.value().get(), ".", O_TMPFILE | O_WRONLY | O_APPEND | O_CLOEXEC, 0600));
  if (!launch.ledger) return system_error(errno, "create the ledger of jail " + jail_.id);
  JR_TRY(lock_own(launch.ledger.get()));
  JR_TRY(write_ledger(launch));
  if (sys::link_descriptor(launch.ledger.get(), directory.value().get(), kLedgerName) == 0) {
    launch.jail.directory = std::move(directory).value();
    return {};
  }
  const int reason = errno;
  // The link by descriptor alone takes a capability.
  if (reason == ENOENT && !sys::is_proc_mounted())
    return sys::no_proc("claiming " + jail_.directory() + ", which exists, without CAP_DAC_READ_SEARCH");
  // Taken: by a removal that is about to end, perhaps.
  if (reason == EEXIST) JR_TRY(outlast(directory.value().get()));
  return system_error(reason, "claim " + jail_.directory());
}

// Waits for whoever is working on the jail; ENOENT if its ledger is gone then.
Result<void> ClaimAction::outlast(int directory) const {
  const Result<UniqueFd> ledger = open_ledger(directory, jail_);
  if (!ledger) return ledger.error().error_number == ENOENT ? ledger.error() : Result<void>{};
  struct stat now {};
  JR_TRY(sys::lock(ledger.value().get(), kPatience, "the ledger of jail " + jail_.id));
  if (fstat(ledger.value().get(), &now) != 0 || now.st_nlink != 0) return {};
  return system_error(ENOENT, "claim " + jail_.directory());
}

Result<void> ClaimAction::release(Release& release) {
  if (!release.jail.directory) return {};
  const Result<UniqueFd> base = sys::open_host(jail_.base, O_PATH | O_DIRECTORY);
  if (!base) return base.error();
  const UniqueFd name(
      openat(base.value().get(), jail_.name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!name && errno != ENOENT) return system_error(errno, "open " + jail_.name_directory());
  if (name) JR_TRY(unpublish(release.jail, name.get()));
  const Result<bool> removed = sys::remove_if_marked_and_empty(base.value().get(), jail_.name);
  return removed ? Result<void>{} : removed.error();
}

Result<void> ClaimAction::unpublish(const Jail& jail, int name_directory) const {
  // As a launch does that makes or reuses such a directory: neither may see the other's half done. Others
  // than root can't open what a launch has made.
  if (existed() == Existed::kNo)
    JR_TRY(sys::lock(jail.directory.get(), kPatience, "the directory of jail " + jail_.id));
  const std::string unnamed = unclaimed();
  std::string now = jail_.id;
  // The name is removed first: a kill after that leaves the same as a kill inside a claim, which the next
  // launch reuses and rm removes. ENOTEMPTY: another launch is about to find that the name is taken; then the
  // name is removed last.
  if (existed() == Existed::kNo &&
      renameat(name_directory, now.c_str(), name_directory, unnamed.c_str()) == 0)
    now = unnamed;
  if (unlinkat(jail.directory.get(), kLedgerName, 0) != 0 && errno != ENOENT)
    return system_error(errno, "unlink the ledger of " + jail_.directory());
  if (existed() == Existed::kNo && unlinkat(name_directory, now.c_str(), AT_REMOVEDIR) != 0 &&
      errno != ENOENT)
    return system_error(errno, "rmdir " + jail_.directory());
  return {};
}

}  // namespace jailrun::core
