#include "core/cgroup_requests.hpp"

#include "core/actions/cgroup.hpp"
#include "core/sys/cgroups.hpp"

#include <algorithm>
#include <cerrno>

namespace jailrun::core {
namespace {

// A cpuset group can hold no process until both are set, and a new one has neither.
constexpr const char* kInheritedFiles[] = {"cpuset.cpus", "cpuset.mems"};

// The value that a group has of its own; empty: none, as it is still to be made or nobody has set it.
Result<std::string> own_value(const std::string& file) {
  Result<std::string> value = sys::read_value(file);
  if (!value && value.error().error_number == ENOENT) return std::string();
  return value;
}

// What a new group below `group` inherits: the value of the nearest group, up to the hierarchy's root, that
// has one.
Result<std::string> inherited_value(std::string group, const std::string& mount, const std::string& file) {
  for (;;) {
    JR_ASSIGN(std::string value, own_value(group + "/" + file));
    if (!value.empty()) return value;
    if (group == mount)
      return input_error("no group of " + mount + " has a value for " + file + " to inherit");
    group.resize(group.rfind('/'));
  }
}

}  // namespace

Result<void> CgroupRequests::add(CgroupRequest request) {
  const size_t dot = request.file.find('.');
  if (dot == std::string::npos || dot == 0 || request.file.find('/') != std::string::npos)
    return input_error("'" + request.file + "' is no file of a controller, as cpuset.cpus is");
  const std::string controller = request.file.substr(0, dot);
  const sys::Hierarchy hierarchy = sys::find_hierarchy(controller, request.version);
  if (hierarchy.version == 0)
    return input_error(
        "no cgroup" + (request.version ? " version " + std::to_string(request.version) : std::string()) +
        " hierarchy on this host carries the controller '" + controller + "' (for " + request.file + ")");
  if (hierarchy.version != 1)
    return Error{JR_ERROR_UNSUPPORTED, 0,
                 "the controller '" + controller + "' is on cgroup version 2, which this jailrun can't set"};

  const auto same_place = [&](const Membership& one) { return one.mount == hierarchy.mount; };
  auto membership = std::find_if(memberships_.begin(), memberships_.end(), same_place);
  if (membership == memberships_.end())
    membership = memberships_.insert(membership, {hierarchy.mount, request.group, request.stage, {}});
  if (membership->group != request.group)
    return input_error("the jail can't be in two groups of one hierarchy: " + membership->group + " and " +
                       request.group);

  const auto same_file = [&](const Value& one) { return one.file == request.file; };
  const auto value = std::find_if(membership->values.begin(), membership->values.end(), same_file);
  Value wanted = {request.file, request.value, request.stage, request.is_default};
  if (value == membership->values.end())
    membership->values.push_back(std::move(wanted));
  else if (value->is_default || !request.is_default)
    *value = std::move(wanted);
  return {};
}

Result<void> CgroupRequests::append_to(Plan& plan) const {
  const auto append = [&](std::unique_ptr<Action> action, const std::string& stage) {
    action->set_stage(stage);
    Action* lent = action.get();
    plan.append(std::move(action));
    return lent;
  };
  for (const Membership& membership : memberships_) {
    const auto is_given = [&](const std::string& file) {
      const auto& values = membership.values;
      return std::any_of(values.begin(), values.end(), [&](const Value& one) { return one.file == file; });
    };
    const bool inherits = sys::find_hierarchy("cpuset", 1).mount == membership.mount;
    std::vector<Action*> above;
    std::string path = membership.mount;
    for (size_t begin = 0; begin <= membership.group.size();) {
      const size_t end = std::min(membership.group.find('/', begin), membership.group.size());
      const bool is_leaf = end == membership.group.size();
      const std::string parent = path;
      path += "/" + membership.group.substr(begin, end - begin);
      begin = end + 1;
      Action* group = append(std::make_unique<GroupAction>(path, !is_leaf, above), membership.stage);
      if (!is_leaf) above.push_back(group);
      for (const char* file : kInheritedFiles) {
        if (!inherits || (is_leaf && is_given(file))) continue;
        JR_ASSIGN(const std::string own, own_value(path + "/" + file));
        if (!own.empty()) continue;
        JR_ASSIGN(const std::string value, inherited_value(parent, membership.mount, file));
        Action* write =
            append(std::make_unique<GroupValueAction>(path + "/" + file, value, true), membership.stage);
        if (!is_leaf) above.push_back(write);
      }
    }
    for (const Value& value : membership.values)
      append(std::make_unique<GroupValueAction>(path + "/" + value.file, value.value, false), value.stage);
    auto open = std::make_unique<OpenGroupAction>(path);
    const std::shared_ptr<UniqueFd> tasks = open->tasks();
    append(std::move(open), membership.stage);
    append(std::make_unique<JoinGroupAction>(path, tasks), membership.stage);
  }
  return {};
}

}  // namespace jailrun::core
