// SPDX-License-Identifier: Apache-2.0
#include "core/stages/cgroup_requests.hpp"

#include "core/actions/cgroup.hpp"
#include "core/sys/process.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

namespace jailrun::core {
namespace {

// A cpuset group can hold no process until both are set, and a new one has neither.
constexpr const char* kInheritedFiles[] = {"cpuset.cpus", "cpuset.mems"};

// The value in a group's file; empty where the group does not exist yet or nobody has set it.
Result<std::string> own_value(const CgroupHost& host, const std::string& file) {
  Result<std::string> value = host.read_value(file);
  if (!value && value.error().error_number == ENOENT) return std::string();
  return value;
}

// What a new group below `group` inherits: the value of the nearest group that has one, up to
// the hierarchy's root.
Result<std::string> inherited_value(const CgroupHost& host, std::string group, const std::string& mount,
                                    const std::string& file) {
  for (;;) {
    JR_ASSIGN(std::string value, own_value(host, group + "/" + file));
    if (!value.empty()) return value;
    if (group == mount)
      return input_error("no group of " + mount + " has a value for " + file + " to inherit");
    group.resize(group.rfind('/'));
  }
}

// "+cpuset +memory", as a version 2 group's subtree_control takes it: those of `controllers` that are not yet
// enabled for the group's children.
std::string not_passed_down(const CgroupHost& host, const std::string& group,
                            const std::set<std::string>& controllers) {
  const Result<std::string> now = host.read_value(group + "/cgroup.subtree_control");
  const std::string known = " " + (now ? now.value() : std::string()) + " ";
  std::string wanted;
  for (const std::string& controller : controllers)
    if (known.find(" " + controller + " ") == std::string::npos)
      wanted.append(wanted.empty() ? "+" : " +").append(controller);
  return wanted;
}

std::string controller_of(const std::string& file) { return file.substr(0, file.find('.')); }

}  // namespace

bool CgroupRequests::Membership::gives(const std::string& file) const {
  return std::any_of(values.begin(), values.end(), [&](const Value& one) { return one.file == file; });
}

Result<void> CgroupRequests::add(CgroupRequest request) {
  const size_t dot = request.file.find('.');
  if (!request.joins_only &&
      (dot == std::string::npos || dot == 0 || request.file.find('/') != std::string::npos))
    return input_error("'" + request.file + "' is not a controller's file, such as cpuset.cpus");
  const std::string controller = request.joins_only ? "cgroup" : controller_of(request.file);
  const sys::Hierarchy hierarchy = host_.find_hierarchy(controller, request.version);
  if (hierarchy.version == 0 && request.joins_only) return {};
  if (hierarchy.version == 0 && !sys::is_proc_mounted())
    return sys::no_proc("finding the hierarchy of the cgroup controller '" + controller + "'");
  if (hierarchy.version == 0)
    return input_error(
        "no cgroup" + (request.version ? " version " + std::to_string(request.version) : std::string()) +
        " hierarchy on this host carries the controller '" + controller + "' (for " + request.file + ")");
  if (request.joins_only && !host_.has_group(hierarchy.mount + "/" + request.group)) return {};
  JR_ASSIGN(Membership* const membership, find_membership(request, hierarchy));
  if (request.joins_only) return {};

  const auto same_file = [&](const Value& one) { return one.file == request.file; };
  const auto value = std::find_if(membership->values.begin(), membership->values.end(), same_file);
  Value wanted = {request.file, request.value, request.stage, request.is_default};
  if (value == membership->values.end())
    membership->values.push_back(std::move(wanted));
  else if (value->is_default || !request.is_default)
    *value = std::move(wanted);
  return {};
}

Result<CgroupRequests::Membership*> CgroupRequests::find_membership(const CgroupRequest& request,
                                                                    const sys::Hierarchy& hierarchy) {
  const auto same_place = [&](const Membership& one) { return one.mount == hierarchy.mount; };
  auto membership = std::find_if(memberships_.begin(), memberships_.end(), same_place);
  if (membership == memberships_.end())
    membership = memberships_.insert(
        membership,
        {hierarchy.mount, hierarchy.version, request.group, request.stage, request.joins_only, {}});
  // Without values the group above is joined; one of the jail's own is below it.
  const auto is_above = [](const std::string& one, const std::string& other) {
    return other.compare(0, one.size() + 1, one + "/") == 0;
  };
  if (request.joins_only && membership->opened != nullptr && is_above(request.group, membership->group))
    return &*membership;
  if (membership->group != request.group || membership->joins_only != request.joins_only)
    return input_error("the jail can't be in two groups of one hierarchy: " + membership->group + " and " +
                       request.group);
  return &*membership;
}

Result<std::shared_ptr<OpenedGroup>> CgroupRequests::own_group(const std::string& stage,
                                                               const std::string& group) {
  const sys::Hierarchy hierarchy = version_2();
  if (hierarchy.version == 0) return input_error("no cgroup version 2 hierarchy is mounted on this host");
  for (Membership& one : memberships_)
    if (one.mount == hierarchy.mount && one.joins_only &&
        group.compare(0, one.group.size() + 1, one.group + "/") == 0) {
      one.group = group;
      one.joins_only = false;
    }
  CgroupRequest request;
  request.stage = stage;
  request.group = group;
  JR_ASSIGN(Membership* const membership, find_membership(request, hierarchy));
  if (membership->opened == nullptr) {
    membership->opened = std::make_shared<OpenedGroup>();
    membership->opened->path = hierarchy.mount + "/" + group;
  }
  return membership->opened;
}

// Appends the actions of one membership, from the hierarchy's mount down to the jail's group.
class CgroupRequests::Writer {
 public:
  Writer(const Membership& membership, const CgroupHost& host, Plan& plan)
      : m_(membership), host_(host), plan_(plan) {
    for (const Value& value : m_.values)
      if (m_.version == 2 && controller_of(value.file) != "cgroup")
        passed_down_.insert(controller_of(value.file));
    inherits_ = m_.version == 1 && host.find_hierarchy("cpuset", 1).mount == m_.mount;
  }

  Result<void> write() {
    if (!m_.joins_only) JR_TRY(write_groups());
    for (const Value& value : m_.values)
      append(value.stage, std::make_unique<GroupValueAction>(own_group() + "/" + value.file, value.value,
                                                             false, needed_by_values()));
    const auto group = m_.opened != nullptr ? m_.opened : std::make_shared<OpenedGroup>();
    group->path = own_group();
    group->version = m_.version;
    group->is_shared = m_.joins_only;
    append(m_.stage, std::make_unique<OpenGroupAction>(group));
    append(m_.stage, std::make_unique<JoinGroupAction>(group));
    return {};
  }

 private:
  std::string own_group() const { return m_.mount + "/" + m_.group; }
  // In version 1 a group has its controllers' files from the start.
  std::vector<Action*> needed_by_values() const { return m_.version == 2 ? above_ : std::vector<Action*>{}; }

  Action* append(const std::string& stage, std::unique_ptr<Action> action) {
    action->set_stage(stage);
    Action* borrowed = action.get();
    plan_.append(std::move(action));
    return borrowed;
  }

  Result<void> write_groups() {
    std::string path = m_.mount;
    for (size_t begin = 0; begin <= m_.group.size();) {
      const size_t end = std::min(m_.group.find('/', begin), m_.group.size());
      const std::string parent = path;
      pass_down(parent);
      path += "/" + m_.group.substr(begin, end - begin);
      begin = end + 1;
      const bool is_leaf = end == m_.group.size();
      Action* group = append(m_.stage, std::make_unique<GroupAction>(path, !is_leaf, above_));
      if (!is_leaf) above_.push_back(group);
      if (inherits_) JR_TRY(inherit(path, parent, is_leaf));
    }
    return {};
  }

  void pass_down(const std::string& group) {
    if (passed_down_.empty()) return;
    const std::string wanted = not_passed_down(host_, group, passed_down_);
    if (!wanted.empty())
      above_.push_back(append(m_.stage, std::make_unique<EnableControllersAction>(group, wanted)));
  }

  Result<void> inherit(const std::string& path, const std::string& parent, bool is_leaf) {
    for (const char* file : kInheritedFiles) {
      if (is_leaf && m_.gives(file)) continue;
      JR_ASSIGN(const std::string own, own_value(host_, path + "/" + file));
      if (!own.empty()) continue;
      JR_ASSIGN(const std::string value, inherited_value(host_, parent, m_.mount, file));
      Action* write = append(m_.stage, std::make_unique<GroupValueAction>(path + "/" + file, value, true));
      if (!is_leaf) above_.push_back(write);
    }
    return {};
  }

  const Membership& m_;
  const CgroupHost& host_;
  Plan& plan_;
  std::set<std::string> passed_down_;  // the controllers that the jail's group must have
  bool inherits_ = false;
  std::vector<Action*> above_;  // make the groups above, and write the values that those inherit
};

Result<void> CgroupRequests::append_to(Plan& plan) const {
  for (const Membership& membership : memberships_) JR_TRY(Writer(membership, host_, plan).write());
  return {};
}

}  // namespace jailrun::core
