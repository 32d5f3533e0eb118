#include "core/actions/cgroup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "core/actions/common.hpp"
#include "core/sys/cgroups.hpp"

namespace jailrun::core {

std::unique_ptr<Action> GroupAction::restore(const Record& record) {
  return std::make_unique<GroupAction>(record.text("path"), record.number("shared") != 0, std::vector<Action*>{});
}

Record GroupAction::record() const {
  Record record;
  record.add("path", path_);
  if (shared_) record.add("shared", 1);
  return record;
}

void GroupAction::survey(Site& site) {
  set_stood(look(site, true, path_));
  if (shared_ && stood() == Stood::kYes && sys::is_marked_group(path_)) set_stood(Stood::kNo);  // jailrun's all the same
}

Result<void> GroupAction::perform(Site& site) {
  // The last jail of a parent group takes the group with it, perhaps at this instant; then it is made again.
  for (int tries = 0;; ++tries) {
    Result<bool> made = sys::make_group(path_);
    if (made) return {};
    if (made.error().error_number != ENOENT || above_.empty() || tries == 100) return std::move(made).error();
    for (Action* action : above_) JR_TRY(action->perform(site));
  }
}

Result<void> GroupAction::release(Site&) {
  if (stood() != Stood::kNo) return {};
  constexpr int kPatienceMs = 1000;
  Result<void> removed = sys::remove_group(path_, shared_ ? 0 : kPatienceMs);
  if (!removed && shared_ && removed.error().error_number == EBUSY) return {};  // other jails are in it
  return removed;
}

std::string GroupValueAction::object() const { return file_ + " = " + value_ + (inherited_ ? "  (inherited)" : ""); }

Record GroupValueAction::record() const {
  Record record;
  record.add("path", file_).add("value", value_);
  if (inherited_) record.add("inherited", 1);
  return record;
}

Result<void> GroupValueAction::perform(Site&) { return sys::write_value(file_, value_); }

Result<void> OpenGroupAction::perform(Site&) {
  JR_ASSIGN(*tasks_, sys::open_host(group_ + "/tasks", O_WRONLY));
  return {};
}

Result<void> JoinGroupAction::perform(Site&) {
  // "0" to `tasks` moves the calling thread; a pid, or "0" to cgroup.procs, would wait for an RCU grace period of
  // some ten milliseconds where nothing has joined a group for a while.
  if (write(tasks_->get(), "0", 1) != 1) return system_error(errno, "join cgroup " + group_);
  return {};
}

}  // namespace jailrun::core
