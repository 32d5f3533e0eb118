// SPDX-License-Identifier: Apache-2.0
#include "integration/support/plan_comparison.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace jailrun::integration {
namespace {

bool begins(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

constexpr const char* kAside = "replaced-%2F";

// One action of the plan, and the effects that are its own.
struct Owner {
  std::string text;
  std::function<bool(const std::string&)> owns;
  bool needed =
      false;           // must have had an effect: one that makes something, which did not stand there already
  std::string made{};  // the effect that makes it; empty: any effect of it
  std::string choice{};  // of several alternatives one is needed completely
  std::string alternative{};
};

std::function<bool(const std::string&)> any_of(const Strings& prefixes) {
  return [prefixes](const std::string& effect) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& prefix) {
      return effect == prefix || begins(effect, prefix + " ");
    });
  };
}

// A root in which an image's files stand, of which the plan knows nothing.
bool shows_image(const PlannedLaunch& plan) {
  return std::any_of(plan.actions.begin(), plan.actions.end(),
                     [](const PlannedAction& action) { return action.verb == "overlay-root"; });
}

Owner file_owner(const PlannedLaunch& plan, const PlannedAction& action, const std::string& path) {
  Strings own = {"create " + path, "chown " + path, "chmod " + path, "write " + path};
  // An alternative that this host can't do is rolled back.
  if (!action.field("alternative").empty()) own.push_back("unlink " + path);
  // What existed in its place is set aside in the jail's directory.
  if (action.existed == "yes")
    own.push_back("rename " + plan.directory + "/" + kAside + path.substr(path.rfind('/') + 1));
  if (shows_image(plan)) own.push_back("unlink " + path);
  return {action.object, any_of(own), true, "create " + path};
}

Owner owner_of(const PlannedLaunch& plan, const PlannedAction& action) {
  const std::string root = plan.directory + "/root";
  const std::string path = action.field("path");
  const std::string in_jail = action.field("host").empty() ? root + path : path;
  const bool existed = action.existed == "yes";
  const std::string& verb = action.verb;
  if (verb == "claim") {
    // The name's directory, the id's and the ledger come to be under other names, to appear all at once.
    const std::string name = action.field("base") + "/" + action.field("name");
    const std::string marked = action.field("base") + "/.jailrun-" + action.field("name");
    const std::string aside = plan.directory + "/" + kAside;
    const auto owns = [=](const std::string& effect) {
      const std::string object = effect.substr(effect.find(' ') + 1);
      return (begins(object, name) || begins(object, marked)) && !begins(object, root) &&
             !begins(object, aside);
    };
    return {action.object, owns, true,
            (existed ? "link " + plan.directory + "/ledger" : "rename " + plan.directory)};
  }
  if (verb == "root")
    return {action.object, any_of({"mkdir " + path, "chown " + path, "chmod " + path}), true,
            existed ? "" : "mkdir " + path};
  if (verb == "mount-root")
    return {action.object, any_of({"fsmount", "move_mount " + path}), true, "move_mount " + path};
  if (verb == "overlay-root") {
    const std::string changes = plan.directory + "/overlay";
    const auto owns = [=](const std::string& effect) {
      return any_of({"fsmount", "move_mount " + path})(effect) || begins(effect, "mkdir " + changes) ||
             begins(effect, "chown " + changes) || begins(effect, "chmod " + changes);
    };
    return {action.object, owns, true, "move_mount " + path};
  }
  if (verb == "directory")
    return {action.object, any_of({"mkdir " + in_jail, "chown " + in_jail, "chmod " + in_jail}), !existed,
            shows_image(plan) ? "" : "mkdir " + in_jail};
  if (verb == "copy" || verb == "write" || verb == "pid-file") return file_owner(plan, action, in_jail);
  if (verb == "link") return {action.object, any_of({"link " + in_jail}), true};
  if (verb == "node")
    return {action.object, any_of({"mknod " + in_jail, "chown " + in_jail, "chmod " + in_jail}), !existed,
            "mknod " + in_jail + " " + action.field("type") + " " + action.field("major") + ":" +
                action.field("minor")};
  if (verb == "cgroup")
    return {action.object, any_of({"mkdir " + path, "setxattr " + path}), !existed, "mkdir " + path};
  if (verb == "cgroup-value")
    return {action.object, any_of({"write " + path + " " + action.field("value")}), true};
  if (verb == "join-cgroup") return {action.object, any_of({"write " + path + "/tasks 0"}), true};
  if (verb == "take-tree")
    return {action.object, any_of({"open_tree " + path, "mount_setattr"}), true, "open_tree " + path};
  // In the new root, paths begin at it.
  if (verb == "bind") return {action.object, any_of({"move_mount " + path}), true};
  if (verb == "new-root")
    return {action.object,
            any_of({"unshare CLONE_NEWNS", "setns CLONE_NEWNS", "open_tree " + path, "mount_setattr",
                    "move_mount /", "chroot"}),
            true, "chroot"};
  if (verb == "join-namespace") return {action.object, any_of({"setns"}), true};
  if (verb == "numa") return {action.object, any_of({"set_mempolicy", "sched_setaffinity"}), true};
  if (verb == "credentials")
    return {action.object,
            any_of({"setgroups 0", "setresgid " + action.field("gid"), "setresuid " + action.field("uid"),
                    "capset"}),
            true, "setresuid " + action.field("uid")};
  if (verb == "capabilities") return {action.object, any_of({"capset"}), true, "capset"};
  if (verb == "exec") return {action.object, any_of({"execve " + path}), true};
  // Nothing outside the process comes of it: descriptors opened, closed, put in place.
  return {verb + " " + action.object, [](const std::string&) { return false; }};
}

// Choices of which no alternative was done completely.
std::string undone_choices(const std::vector<Owner>& owners, const std::set<size_t>& made) {
  std::map<std::string, std::map<std::string, bool>> whole;
  for (size_t i = 0; i < owners.size(); ++i) {
    if (owners[i].choice.empty()) continue;
    bool& done = whole[owners[i].choice].try_emplace(owners[i].alternative, true).first->second;
    done = done && (!owners[i].needed || made.count(i) > 0);
  }
  std::string faults;
  for (const auto& [choice, alternatives] : whole)
    if (std::none_of(alternatives.begin(), alternatives.end(), [](const auto& one) { return one.second; }))
      faults += "planned and not done: any alternative of choice " + choice + "\n";
  return faults;
}

}  // namespace

std::string compare(const PlannedLaunch& plan, const std::vector<Effect>& effects) {
  std::vector<Owner> owners;
  for (const PlannedAction& action : plan.actions) {
    owners.push_back(owner_of(plan, action));
    owners.back().choice = action.field("first-of");
    owners.back().alternative = action.field("alternative");
  }
  std::string faults;
  std::set<size_t> made;
  size_t at = 0;
  for (const Effect& effect : effects) {
    size_t owner = at;
    while (owner < owners.size() && !owners[owner].owns(effect.what)) ++owner;
    if (owner == owners.size()) {
      // That a base has jails at all is noted once a boot; `jailrun ps --host` shows it.
      if (effect.what.find(" /run/jailrun") != std::string::npos) continue;
      // After its claim the launch goes on writing to its ledger: slots, the pid.
      if (begins(effect.what, "write " + plan.directory + "/ledger ")) continue;
      const bool earlier = std::any_of(owners.begin(), owners.begin() + static_cast<std::ptrdiff_t>(at),
                                       [&](const Owner& one) { return one.owns(effect.what); });
      faults += (earlier ? "out of the plan's order: " : "not planned: ") + effect.what + "\n    " +
                effect.call.text() + "\n";
      continue;
    }
    at = owner;
    if (owners[owner].made.empty() || effect.what == owners[owner].made ||
        begins(effect.what, owners[owner].made + " "))
      made.insert(owner);
  }
  faults += undone_choices(owners, made);
  for (size_t i = 0; i < owners.size(); ++i)
    if (owners[i].choice.empty() && owners[i].needed && made.count(i) == 0)
      faults += "planned and not done: " + plan.actions[i].verb + " " + owners[i].text + "\n";
  return faults;
}

}  // namespace jailrun::integration
