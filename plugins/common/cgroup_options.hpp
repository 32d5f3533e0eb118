// SPDX-License-Identifier: Apache-2.0
// What the stages of both cgroup versions take and judge alike.
#pragma once

#include <jailrun/stage.hpp>

#include <string>
#include <vector>

namespace cgroup_options {

inline constexpr jailrun::Option kCgroup =
    jailrun::Option::text("cgroup", "FILE=VALUE",
                          "a cgroup value, as cpuset.cpus=0-1; the same file again: the last one wins")
        .repeatable();
inline constexpr jailrun::Option kParentCgroup = jailrun::Option::text(
    "parent-cgroup", "GROUP",
    "the group above the jail's own, relative to the hierarchy; the exec name where not given");

struct Value {
  std::string file;
  std::string value;
  std::string origin;  // "--cgroup", for errors

  std::string controller() const { return file.substr(0, file.find('.')); }
};

struct Given {
  std::vector<Value> values;
  bool has_parent = false;
  std::string parent;  // may be empty: the jail's group is the hierarchy's child

  std::string parent_or(const std::string& name) const { return has_parent ? parent : name; }
  std::string group(const std::string& name, const std::string& id) const {
    const std::string above = parent_or(name);
    return (above.empty() ? "" : above + "/") + id;
  }
};

// Relative, and each component a plain name: the group is made by a process that may write to all of
// /sys/fs/cgroup.
inline bool is_group(const std::string& path) {
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = path.find('/', begin) == std::string::npos ? path.size() : path.find('/', begin);
    const std::string component = path.substr(begin, end - begin);
    if (component.empty() || component == "." || component == "..") return false;
    begin = end + 1;
  }
  return true;
}

inline jailrun::Result<void> judge(jailrun::Context& context, Given& given) {
  uint64_t index = 0;
  for (const std::string& one : context.options("cgroup")) {
    // Split at the first '=': values such as "8:16 rbps=1" hold more.
    const std::string origin = context.origin("cgroup", index++);
    const size_t equals = one.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == one.size())
      return jailrun::input_error(origin + ": '" + one + "' is no FILE=VALUE");
    given.values.push_back({one.substr(0, equals), one.substr(equals + 1), origin});
  }
  given.has_parent = context.has_option("parent-cgroup");
  given.parent = context.option("parent-cgroup");
  if (!given.parent.empty() && !is_group(given.parent))
    return jailrun::input_error(context.origin("parent-cgroup") + ": '" + given.parent +
                                "' must be relative, without empty, '.' or '..' components");
  return {};
}

}  // namespace cgroup_options
