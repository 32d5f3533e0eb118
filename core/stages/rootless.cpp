// SPDX-License-Identifier: Apache-2.0
#include "core/stages/rootless.hpp"

#include "core/actions/cgroup.hpp"
#include "core/actions/file.hpp"
#include "core/actions/filesystem.hpp"
#include "core/actions/mount.hpp"
#include "core/actions/node.hpp"
#include "core/actions/process/namespaces.hpp"
#include "core/actions/process/new_namespace.hpp"
#include "core/actions/process/user_namespace.hpp"
#include "core/base/message.hpp"
#include "core/plan/capabilities.hpp"
#include "core/sys/capabilities.hpp"
#include "core/sys/credentials.hpp"

#include <cerrno>

#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// To make files that are the caller's, below directories that are his, takes none of them.
constexpr uint64_t kOfOwner = capability_set(CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER);

// What the kernel asks of the host's user namespace, whichever the process is in.
constexpr uint64_t kOfHost = capability_set(CAP_SYS_RESOURCE, CAP_SYS_NICE, CAP_MKNOD);

class Rootless {
 public:
  Rootless(Plan& plan, jr_owner caller, const std::function<std::string(const std::string&)>& named,
           const std::function<uint64_t(const std::string&)>& call_capabilities)
      : plan_(plan),
        caller_(caller),
        named_(named),
        call_capabilities_(call_capabilities),
        has_own_processes_(plan.enters_with(kNewPidNamespace)) {}

  Result<void> run() {
    for (auto& action : plan_.take_all()) sort(std::move(action));
    if (!faults_.empty()) return input_error("without root this can't be done: " + faults_);
    // Where they are mounted, if anywhere: after the filesystems that they may be in.
    auto at = rest_.begin();
    for (auto one = rest_.begin();
         one != rest_.end() && !(*one)->has(kOnlyRestricts) && !(*one)->has(kStartsProgram); ++one)
      if ((*one)->has(kEntersRoot) || (*one)->has(kShowsPath)) at = one + 1;
    rest_.insert(at, std::make_move_iterator(binds_.begin()), std::make_move_iterator(binds_.end()));
    for (auto* const part : {&prepare_, &first_, &networks_, &taken_, &rest_})
      for (auto& action : *part) plan_.append(std::move(action));
    note();
    return {};
  }

 private:
  using Actions = Plan::Actions;

  void sort(std::unique_ptr<Action> action) {
    if (dynamic_cast<OpenTemplateAction*>(action.get()) != nullptr) return;  // root's alone
    if (const auto* const node = dynamic_cast<const NodeAction*>(action.get())) return bind_node(*node);
    if (const auto* const mount = dynamic_cast<const MountAction*>(action.get());
        mount != nullptr && is_of_kernel(*mount))
      return mount_kernels(*mount);
    if (auto* const tree = dynamic_cast<TakeTreeAction*>(action.get())) {
      if (const Result<void> moved = tree->move_to_enter(); !moved) fault(*action, message(moved.error()));
      taken_.push_back(std::move(action));
      return;
    }
    // A filesystem that is filled before it is mounted, and what it is filled with.
    if (dynamic_cast<FilesystemAction*>(action.get()) != nullptr || !action->filesystem().empty()) {
      action->set_phase(Phase::kEnter);
      taken_.push_back(std::move(action));
      return;
    }
    judge(*action);
    if (action->phase() == Phase::kPrepare)
      prepare_.push_back(std::move(action));
    else if (action->has(kEntersUser))
      first_.push_back(std::move(action));
    // Its filesystem, sysfs, can be made by who owns it alone.
    else if (action->has(kEntersNetwork))
      networks_.push_back(std::move(action));
    else
      rest_.push_back(std::move(action));
  }

  // The kernel makes them only while it can see that such a one, hidden nowhere, is mounted already: before
  // the host's root is left.
  static bool is_of_kernel(const MountAction& mount) {
    return mount.mount().type == "proc" || mount.mount().type == "sysfs";
  }

  void mount_kernels(const MountAction& mount) {
    if (mount.mount().type == "proc" && !has_own_processes_)
      return fault(mount,
                   "a /proc can be made for processes of the jail's own alone: new-pid-ns = yes of the stage "
                   "pid-namespace");
    add<FilesystemAction>(taken_, mount, mount.path(), mount.mount()).set_phase(Phase::kEnter);
    add<MountFilesystemAction>(rest_, mount, mount.path(), mount.mount().flags);
  }

  void bind_node(const NodeAction& node) {
    struct stat hosts {};
    const bool is_there = stat(node.path().c_str(), &hosts) == 0 && (hosts.st_mode & S_IFMT) == node.type() &&
                          hosts.st_rdev == node.device();
    if (!is_there && node.may_fail()) return;
    if (!is_there)
      return fault(node, "no node can be made, and " + node.path() +
                             " of the host, which could be bound, is not that "
                             "device");
    auto& file = add<WriteAction>(node.filesystem().empty() ? prepare_ : taken_, node, node.path(),
                                  sys::Ownership{0444, caller_}, "");
    file.set_filesystem(node.filesystem());
    if (!node.filesystem().empty()) file.set_phase(Phase::kEnter);
    // Read-only, as the stage dev binds: the device can be written to all the same.
    auto& tree = add<TakeTreeAction>(taken_, node, node.path(),
                                     JR_MOUNT_READ_ONLY | JR_MOUNT_NOSUID | JR_MOUNT_NOEXEC);
    if (const Result<void> found = tree.move_to_enter(); !found) fault(node, message(found.error()));
    add<BindAction>(binds_, node, node.path(), tree.tree());
    binds_nodes_ = true;
  }

  template <class T, class... Arguments>
  static T& add(Actions& actions, const Action& instead_of, Arguments&&... arguments) {
    auto made = std::make_unique<T>(std::forward<Arguments>(arguments)...);
    made->set_stage(instead_of.stage());
    T& borrowed = *made;
    actions.push_back(std::move(made));
    return borrowed;
  }

  void judge(const Action& action) {
    if (dynamic_cast<const JoinNamespaceAction*>(&action) != nullptr)
      return fault(action, "a namespace that exists can't be joined, as it is not the user namespace's");
    if (dynamic_cast<const GroupAction*>(&action) != nullptr ||
        dynamic_cast<const EnableControllersAction*>(&action) != nullptr)
      return judge_group(action);
    const uint64_t needed =
        action.has(kPerformedByStage) ? call_capabilities_(action.stage()) : action.capabilities(false);
    const uint64_t lacking = action.phase() == Phase::kPrepare ? needed & ~kOfOwner : needed & kOfHost;
    if (lacking != 0)
      fault(action, "'" + subject(action) + "' needs " + sys::capability_names(lacking) + " on the host");
  }

  // What is not there yet is made below what is.
  void judge_group(const Action& action) {
    std::string path = object_name(action);
    while (access(path.c_str(), W_OK) != 0 && errno == ENOENT && path.size() > 1)
      path.resize(std::max<size_t>(path.rfind('/'), 1));
    if (access(path.c_str(), W_OK) != 0)
      fault(action, "its groups can't be made, as " + path + " is not delegated to uid " +
                        std::to_string(caller_.uid));
  }

  void fault(const Action& action, const std::string& why) {
    const std::string one = "stage " + named_(action.stage()) + ": " + why;
    if (faults_.find(one) != std::string::npos) return;
    faults_ += (faults_.empty() ? "" : "; ") + one;
  }

  // What is less than with root: those who read a plan shall not have to know it.
  void note() {
    const std::string uid = std::to_string(caller_.uid);
    plan_.notes.push_back("the program has the caller's uid " + uid +
                          ": other processes of that uid can stop, trace and read it");
    plan_.notes.push_back(
        "all that the jail holds is the program's to change, but where its mounts or Landlock "
        "forbid it");
    if (const Result<std::vector<uint32_t>> groups = sys::supplementary_groups();
        groups && !groups.value().empty()) {
      std::string list;
      for (const uint32_t group : groups.value())
        if (group != caller_.gid) list += (list.empty() ? "" : ",") + std::to_string(group);
      if (!list.empty()) plan_.notes.push_back("the program keeps the caller's supplementary groups " + list);
    }
    if (binds_nodes_) plan_.notes.push_back("device nodes are the host's own, with their owners and modes");
    if (!has_own_processes_)
      plan_.notes.push_back(
          "without a pid namespace of its own the program can send signals to other processes of "
          "uid " +
          uid);
    if (!plan_.enters_with(kEntersRoot)) plan_.notes.push_back("the program has the host's root");
    bool has_groups = false;
    plan_.each([&](const Action& one) { has_groups |= dynamic_cast<const GroupAction*>(&one) != nullptr; });
    if (!has_groups)
      plan_.notes.push_back(
          "no control group is the jail's: memory and processes are limited by what the caller's "
          "group and the stage limits allow, for all processes of uid " +
          uid + " together");
  }

  Plan& plan_;
  jr_owner caller_;
  const std::function<std::string(const std::string&)>& named_;
  const std::function<uint64_t(const std::string&)>& call_capabilities_;
  bool has_own_processes_;
  bool binds_nodes_ = false;
  std::string faults_;
  Actions prepare_;
  Actions first_;     // the user namespace
  Actions networks_;  // then
  Actions taken_;     // while the host's mounts are there
  Actions rest_;
  Actions binds_;
};

}  // namespace

Result<void> make_rootless(Plan& plan, jr_owner caller,
                           const std::function<std::string(const std::string& stage)>& named,
                           const std::function<uint64_t(const std::string& stage)>& call_capabilities) {
  return Rootless(plan, caller, named, call_capabilities).run();
}

}  // namespace jailrun::core
