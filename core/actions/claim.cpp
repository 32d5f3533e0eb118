// SPDX-License-Identifier: Apache-2.0
#include "core/actions/claim.hpp"

#include "core/actions/common.hpp"
#include "core/host/host_index.hpp"
#include "core/ledger/slots.hpp"
#include "core/ledger/status.hpp"
#include "core/sys/directories.hpp"

#include <cerrno>
#include <ctime>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// Another launch or a removal of the same jail that is under way holds the lock for about a millisecond.
template <class Try>
Result<UniqueFd> retry_while_locked(Try attempt) {
  constexpr int kTries = 2000;
  for (int tries = 0;; ++tries) {
    Result<UniqueFd> locked = attempt();
    if (locked || locked.error().error_number != EWOULDBLOCK || tries == kTries) return locked;
    const timespec millisecond = {0, 1000000};
    nanosleep(&millisecond, nullptr);
  }
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
  JR_ASSIGN(const UniqueFd base, sys::open_host(jail_.base, O_PATH | O_DIRECTORY));
  for (int tries = 0;; ++tries) {
    Result<void> published = publish(launch, base.get());
    if (published) {
      index_base(jail_.base);
      unlink(exit_file(jail_).c_str());  // of an earlier jail of this name
      return published;
    }
    launch.jail.directory.reset();  // what is claimed is not ours: nothing of it may be released
    launch.ledger.reset();
    // ENOENT: the last jail of this name has just removed the directory.
    if (published.error().error_number == ENOENT && tries < 100) continue;
    (void)sys::remove_if_marked_and_empty(base.get(), jail_.name);
    return published;
  }
}

Result<void> ClaimAction::publish(Launch& launch, int base) {
  JR_ASSIGN(const UniqueFd name, sys::open_or_make_marked(base, jail_.name));
  return existed() == Existed::kNo ? publish_new(launch, name.get()) : publish_into(launch, name.get());
}

// The name of the jail's directory before it has the ledger and after it has lost it; no id begins
// with a dot.
std::string ClaimAction::unclaimed() const { return ".claim-" + jail_.id; }

Result<void> ClaimAction::publish_new(Launch& launch, int name_directory) {
  const std::string unnamed = unclaimed();
  Result<UniqueFd> locked = retry_while_locked([&] { return sys::make_locked(name_directory, unnamed); });
  if (!locked) {
    if (locked.error().error_number != EWOULDBLOCK) unlinkat(name_directory, unnamed.c_str(), AT_REMOVEDIR);
    return std::move(locked).error();
  }
  launch.jail.directory = std::move(locked).value();
  launch.ledger = UniqueFd(openat(launch.jail.directory.get(), kLedgerName,
                                  O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  const auto publish = [&]() -> Result<void> {
    if (!launch.ledger) return system_error(errno, "create the ledger of jail " + jail_.id);
    JR_TRY(sys::write_all(launch.ledger.get(), launch.ledger_text));
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

Result<void> ClaimAction::publish_into(Launch& launch, int name_directory) {
  Result<UniqueFd> locked = retry_while_locked([&] { return sys::open_locked(name_directory, jail_.id); });
  // A symbolic link: the alias of another jail (core/actions/alias.hpp).
  if (!locked && (locked.error().error_number == ENOTDIR || locked.error().error_number == ELOOP))
    return system_error(EEXIST, "claim " + jail_.directory());
  if (!locked) return std::move(locked).error();
  launch.jail.directory = std::move(locked).value();
  launch.ledger =
      UniqueFd(openat(launch.jail.directory.get(), ".", O_TMPFILE | O_WRONLY | O_APPEND | O_CLOEXEC, 0600));
  if (!launch.ledger) return system_error(errno, "create the ledger of jail " + jail_.id);
  JR_TRY(sys::write_all(launch.ledger.get(), launch.ledger_text));
  const std::string link = "/proc/self/fd/" + std::to_string(launch.ledger.get());
  if (linkat(AT_FDCWD, link.c_str(), launch.jail.directory.get(), kLedgerName, AT_SYMLINK_FOLLOW) == 0)
    return {};
  return system_error(errno, "claim " + jail_.directory());
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
