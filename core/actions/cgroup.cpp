// SPDX-License-Identifier: Apache-2.0
#include "core/actions/cgroup.hpp"

#include "core/actions/common.hpp"
#include "core/sys/cgroup_library.hpp"
#include "core/sys/cgroups.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace jailrun::core {

std::unique_ptr<Action> GroupAction::restore(const Record& record) {
  return std::make_unique<GroupAction>(record.text("path"), record.number("shared") != 0,
                                       std::vector<Action*>{});
}

Record GroupAction::record() const {
  Record record;
  record.add("path", path_);
  if (shared_) record.add("shared", 1);
  return record;
}

namespace {

bool is_version_2(const std::string& group) {
  struct statfs traits {};
  return statfs(group.c_str(), &traits) == 0 && traits.f_type == CGROUP2_SUPER_MAGIC;
}

// The hierarchy's mount point above a group: where the filesystem's root directory is.
std::string mount_of(std::string path) {
  struct stat here {};
  struct stat above {};
  for (size_t slash = 0; (slash = path.rfind('/')) != 0 && slash != std::string::npos;) {
    const std::string parent = path.substr(0, slash);
    if (stat(path.c_str(), &here) != 0 || stat(parent.c_str(), &above) != 0) return {};
    if (here.st_dev != above.st_dev) return path;
    path = parent;
  }
  return {};
}

}  // namespace

std::string GroupAction::remains(const std::string&) const { return presence(path_); }

Result<void> GroupAction::survey(Survey& survey) {
  JR_ASSIGN(const Existed found, look(survey, true, path_));
  // A parent group that an earlier jail made is jailrun's too.
  const bool is_ours = shared_ && found == Existed::kYes && sys::is_marked_group(path_);
  set_existed(is_ours ? Existed::kNo : found);
  // Where the id is taken, the claim says more.
  return found == Existed::kYes && !shared_ && !survey.is_taken ? refuse_processes() : Result<void>{};
}

// A program whose ledger was lost, or a jail of the same id below another name, is perhaps in it: each would
// count, and end, as a process of the other.
Result<void> GroupAction::refuse_processes() const {
  for (const pid_t pid : sys::processes_below(path_))
    if (pid != getpid())
      return input_error(
          "cgroup " + path_ + " has " +
          (pid == 0 ? "a process of another pid namespace" : "process " + std::to_string(pid)) +
          ", which this launch did not start");
  return {};
}

Result<void> GroupAction::perform(Launch& launch) {
  // The last jail of a parent group removes the group, perhaps right now; then it is made again.
  for (int tries = 0;; ++tries) {
    Result<bool> made = sys::make_group(path_, shared_);
    if (made)
      return made.value() || shared_ || existed() != Existed::kNo ? Result<void>{} : refuse_processes();
    if (made.error().error_number != ENOENT || above_.empty() || tries == 100) return std::move(made).error();
    for (Action* action : above_) JR_TRY(action->perform(launch));
  }
}

Result<void> GroupAction::release(Release&) {
  if (existed() != Existed::kNo) return {};
  constexpr int kTimeoutMs = 1000;
  Result<void> removed = sys::remove_group(path_, shared_ ? 0 : kTimeoutMs);
  if (removed || removed.error().error_number != EBUSY) return removed;
  if (shared_) return {};  // other jails are in it
  // Groups that somebody made below the jail's own are removed with it.
  if (is_version_2(path_)) return sys::remove_group_tree(path_);
  const std::string mount = mount_of(path_);
  const std::string controller = mount.substr(mount.rfind('/') + 1);
  if (mount.empty() || !library_remove_group(controller, path_.substr(mount.size() + 1))) return removed;
  return {};
}

std::unique_ptr<Action> GroupValueAction::restore(const Record& record) {
  return std::make_unique<GroupValueAction>(record.text("path"), record.text("value"),
                                            record.number("inherited") != 0);
}

std::string GroupValueAction::object() const {
  return file_ + " = " + value_ + (inherited_ ? "  (inherited)" : "");
}

Record GroupValueAction::record() const {
  Record record;
  record.add("path", file_).add("value", value_);
  if (inherited_) record.add("inherited", 1);
  return record;
}

std::string GroupValueAction::remains(const std::string&) const {
  const std::string file = file_.substr(file_.rfind('/') + 1);
  const std::string group = file_.substr(0, file_.rfind('/'));
  const std::string mount = sys::find_hierarchy(file.substr(0, file.find('.')), 1).mount;
  if (mount.empty() || group.compare(0, mount.size() + 1, mount + "/") != 0) return "?";
  const std::optional<std::string> value = library_value(group.substr(mount.size() + 1), file);
  return value ? "= " + *value : "gone";
}

Result<void> GroupValueAction::perform(Launch& launch) {
  Result<void> written = sys::write_value(file_, value_);
  if (written || written.error().error_number != ENOENT || above_.empty()) return written;
  // Another launch has just made the group above again, and has not enabled the controllers in it yet.
  for (Action* action : above_) JR_TRY(action->perform(launch));
  return sys::write_value(file_, value_);
}

Result<void> EnableControllersAction::perform(Launch&) {
  // The kernel refuses it to a group with processes, but for controllers that can split a process's
  // threads (cpu, cpuset, pids): for those it makes all groups below invalid for processes, and they can
  // hold threads only.
  if (sys::is_group_with_processes(group_))
    return input_error(group_ +
                       " has processes of its own, and only a group without processes can enable controllers "
                       "for its child groups");
  Result<void> written = sys::write_value(file(), controllers_);
  if (!written && written.error().error_number == EBUSY)
    return std::move(written).error().within(group_ +
                                             " has processes of its own, and only a group without processes "
                                             "can enable controllers for its child groups");
  return written;
}

Record OpenGroupAction::record() const {
  Record record;
  record.add("path", group_->path);
  if (group_->is_shared) record.add("shared", 1);
  return record;
}

Result<void> OpenGroupAction::perform(Launch& launch) {
  OpenedGroup& group = *group_;
  if (group.version == 1) {
    JR_ASSIGN(group.tasks, sys::open_host(group.path + "/tasks", O_WRONLY));
    return {};
  }
  JR_ASSIGN(group.tasks, sys::open_host(group.path + "/cgroup.procs", O_WRONLY));
  JR_ASSIGN(group.directory, sys::open_host(group.path, O_PATH | O_DIRECTORY));
  JR_ASSIGN(const std::string own, sys::own_v2_group());
  group.origin = sys::find_hierarchy("cgroup", 2).mount + own;
  launch.processes.cgroup = group.directory.get();
  return {};
}

namespace {

// Why the kernel lets no process into a group of version 2, and what to do. By the group's descriptor: its
// path is not in reach any more.
std::string refusal_of(int error_number, int directory) {
  const auto content = [&](const char* name) {
    const UniqueFd file(openat(directory, name, O_RDONLY | O_CLOEXEC));
    Result<std::string> text = file ? sys::read_all(file.get(), name, 4096) : Result<std::string>("");
    return text ? text.value().substr(0, text.value().find('\n')) : std::string();
  };
  if (error_number == EBUSY)
    if (const std::string controllers = content("cgroup.subtree_control"); !controllers.empty())
      return ": it hands the controllers " + controllers + " down to its child groups, and then holds no " +
             "processes itself: give the jail a group of its own with --cgroup, or name another "
             "--parent-cgroup";
  if (error_number == EOPNOTSUPP)
    if (const std::string type = content("cgroup.type"); !type.empty())
      return ": its cgroup.type is '" + type +
             "', as a group above it is threaded, and then it holds threads " +
             "but no processes: name a --parent-cgroup outside that group";
  return {};
}

}  // namespace

Result<void> JoinGroupAction::perform(Launch& launch) {
  if (group_->version == 2 && launch.processes.is_started_in_cgroup) return {};
  // "0" to a version 1 group's `tasks` moves the calling thread; a pid, or "0" to cgroup.procs, would wait
  // for an RCU grace period of about ten milliseconds if nothing has joined a group for a while.
  if (write(group_->tasks.get(), "0", 1) != 1) {
    const int reason = errno;
    return system_error(reason,
                        "join cgroup " + group_->path +
                            (group_->version == 2 ? refusal_of(reason, group_->directory.get()) : ""));
  }
  is_joined_ = true;
  return {};
}

Result<void> JoinGroupAction::release(Release& release) {
  // The guard was never moved in version 1; in version 2 all threads of a process move together.
  if (!is_joined_ || (group_->version == 1 && !release.has_entered)) return {};
  is_joined_ = false;
  if (group_->version == 1) return sys::write_value(mount_of(group_->path) + "/tasks", "0");
  return sys::write_value(group_->origin + "/cgroup.procs", "0");
}

}  // namespace jailrun::core
