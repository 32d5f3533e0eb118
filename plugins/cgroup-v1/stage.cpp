// The jail's groups in cgroup version 1 hierarchies, and their values.
#include <jailrun/stage.hpp>

#include <linux/capability.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("cgroup", "FILE=VALUE",
                 "a cgroup value, as cpuset.cpus=0-1; the same file again: the last one wins")
        .repeatable(),
    Option::text("parent-cgroup", "GROUP",
                 "the group above the jail's own, relative to the hierarchy; the exec name where not given")};
constexpr Fact kConsumes[] = {Fact::text("jail.id"), Fact::text("jail.name")};
constexpr Fact kProvides[] = {Fact::text("jail.cgroup")};
constexpr jr_str kAfter[] = {jailrun::to_str("validate-id")};

struct Value {
  std::string file;
  std::string value;
};

// Relative, and each component a plain name: the group is made by a process that may write to all of
// /sys/fs/cgroup.
bool is_group(const std::string& path) {
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = path.find('/', begin) == std::string::npos ? path.size() : path.find('/', begin);
    const std::string component = path.substr(begin, end - begin);
    if (component.empty() || component == "." || component == "..") return false;
    begin = end + 1;
  }
  return true;
}

class CgroupV1 final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    uint64_t index = 0;
    for (const std::string& one : context.options("cgroup")) {
      // Split at the first '=': values such as "8:16 rbps=1" hold more.
      const size_t equals = one.find('=');
      if (equals == std::string::npos || equals == 0 || equals + 1 == one.size())
        return jailrun::input_error(context.origin("cgroup", index) + ": '" + one + "' is no FILE=VALUE");
      values_.push_back({one.substr(0, equals), one.substr(equals + 1)});
      ++index;
    }
    has_parent_ = context.has_option("parent-cgroup");
    parent_ = context.option("parent-cgroup");
    if (!parent_.empty() && !is_group(parent_))
      return jailrun::input_error(context.origin("parent-cgroup") + ": '" + parent_ +
                                  "' must be relative, without empty, '.' or '..' components");
    return {};
  }

  Result<void> plan(Plan& plan) override {
    const std::string parent = has_parent_ ? parent_ : plan.text_fact("jail.name");
    const std::string group = (parent.empty() ? "" : parent + "/") + plan.text_fact("jail.id");
    plan.publish("jail.cgroup", group);
    for (const Value& one : values_) plan.cgroup(1, group, one.file, one.value);
    return {};
  }

  std::vector<Value> values_;
  bool has_parent_ = false;
  std::string parent_;
};

}  // namespace

JAILRUN_STAGE(CgroupV1,
              jailrun::Descriptor("cgroup-v1", "1.0.0", "puts the jail into cgroups of version 1 hierarchies")
                  .options(kOptions)
                  .consumes(kConsumes)
                  .provides(kProvides)
                  .after(kAfter)
                  .capability(CAP_DAC_OVERRIDE))
