// SPDX-License-Identifier: Apache-2.0
// The options that the stages of both cgroup versions share.
#pragma once

#include "option_values.hpp"

#include <jailrun/paths.hpp>
#include <jailrun/stage.hpp>

#include <string>
#include <vector>

namespace cgroup_options {

inline constexpr jailrun::Option kCgroup =
    jailrun::Option::text(
        "cgroup", "FILE=VALUE",
        "set a cgroup value, such as cpuset.cpus=0-1; if a file is given twice, the last value wins")
        .repeatable();
inline constexpr jailrun::Option kParentCgroup = jailrun::Option::text(
    "parent-cgroup", "GROUP",
    "the parent of the jail's group, relative to the hierarchy; default: the exec name");

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

// Relative, and each component a plain name: the group is made by a process that may write
// to all of /sys/fs/cgroup.
inline bool is_group(const std::string& path) { return jailrun::is_clean_absolute("/" + path); }

inline jailrun::Result<void> read_parent(jailrun::Context& context, Given& given) {
  given.has_parent = context.has_option("parent-cgroup");
  given.parent = context.option("parent-cgroup");
  if (!given.parent.empty() && !is_group(given.parent))
    return jailrun::input_error(context.origin("parent-cgroup") + ": '" + given.parent +
                                "' must be relative, without empty, '.' or '..' components");
  return {};
}

inline jailrun::Result<void> read(jailrun::Context& context, Given& given) {
  const auto add = [&](const std::string& one, uint64_t index) -> jailrun::Result<void> {
    // Split at the first '=': values such as "8:16 rbps=1" contain more.
    const size_t equals = one.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == one.size())
      return jailrun::input_error("'" + one + "' is not FILE=VALUE");
    given.values.push_back({one.substr(0, equals), one.substr(equals + 1), context.origin("cgroup", index)});
    return {};
  };
  JR_TRY(jailrun_stages::each_value(context, "cgroup", add));
  return read_parent(context, given);
}

}  // namespace cgroup_options
