#include "integration/support/effects.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <set>

namespace jailrun::integration {
namespace {

bool begins(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

// "name" of "\"name\"".
std::string unquoted(const std::string& argument) {
  return argument.size() >= 2 && argument.front() == '"' ? argument.substr(1, argument.size() - 2) : argument;
}

// "/srv/jails" of "3</srv/jails>".
std::string named(const std::string& descriptor) {
  const size_t open = descriptor.find('<');
  return open == std::string::npos ? std::string()
                                   : descriptor.substr(open + 1, descriptor.rfind('>') - open - 1);
}

std::string joined(const std::string& directory, const std::string& name) {
  if (name.empty() || name == ".") return directory;
  if (name.front() == '/') return name;
  return directory + (directory.back() == '/' ? "" : "/") + name;
}

// What mknod is told, as the plan shows it: "char 10:200".
std::string node_of(const SystemCall& call, size_t mode) {
  const std::string& number = call.arguments.at(mode + 1);  // makedev(0xa, 0xc8)
  const size_t comma = number.find(',');
  return std::string(begins(call.arguments.at(mode), "S_IFBLK") ? "block " : "char ") +
         std::to_string(std::strtoul(number.c_str() + number.find('(') + 1, nullptr, 0)) + ":" +
         std::to_string(std::strtoul(number.c_str() + comma + 1, nullptr, 0));
}

bool creates(const SystemCall& call) {
  return std::any_of(call.arguments.begin(), call.arguments.end(), [](const std::string& argument) {
    return argument.front() != '"' &&
           (argument.find("O_CREAT") != std::string::npos ||
            argument.find("O_TMPFILE") != std::string::npos || argument.find("O_TRUNC") != std::string::npos);
  });
}

// Where the written bytes go counts, and for a cgroup's file which bytes: they are its value.
std::string write_of(const SystemCall& call) {
  const std::string file = named(call.arguments.at(0));
  if (file.empty() || file.front() != '/') return {};  // a pipe
  if (begins(file, "/dev/")) return {};
  return "write " + file + " " + unquoted(call.arguments.at(1));
}

using Args = const Words&;
struct Shape {
  const char* name;
  std::string (*effect)(const SystemCall&);
};

std::string at_of(const char* verb, const SystemCall& call, size_t directory) {
  Args a = call.arguments;
  return std::string(verb) + " " + joined(named(a.at(directory)), unquoted(a.at(directory + 1)));
}
std::string path_of(const char* verb, const SystemCall& call) {
  return std::string(verb) + " " + unquoted(call.arguments.at(0));
}
std::string descriptor_of(const char* verb, const SystemCall& call) {
  return std::string(verb) + " " + named(call.arguments.at(0));
}
std::string all_of(const char* verb, const SystemCall& call) {
  std::string text = verb;
  for (const std::string& argument : call.arguments) text += " " + argument;
  return text;
}

const Shape kShapes[] = {
    {"mkdir", [](const SystemCall& c) { return path_of("mkdir", c); }},
    {"mkdirat", [](const SystemCall& c) { return at_of("mkdir", c, 0); }},
    {"mknod", [](const SystemCall& c) { return path_of("mknod", c) + " " + node_of(c, 1); }},
    {"mknodat", [](const SystemCall& c) { return at_of("mknod", c, 0) + " " + node_of(c, 2); }},
    {"open", [](const SystemCall& c) { return creates(c) ? path_of("create", c) : ""; }},
    {"openat", [](const SystemCall& c) { return creates(c) ? at_of("create", c, 0) : ""; }},
    {"openat2", [](const SystemCall& c) { return creates(c) ? at_of("create", c, 0) : ""; }},
    {"creat", [](const SystemCall& c) { return path_of("create", c); }},
    {"symlink", [](const SystemCall& c) { return "symlink " + unquoted(c.arguments.at(1)); }},
    {"symlinkat", [](const SystemCall& c) { return at_of("symlink", c, 1); }},
    {"link", [](const SystemCall& c) { return "link " + unquoted(c.arguments.at(1)); }},
    {"linkat", [](const SystemCall& c) { return at_of("link", c, 2); }},
    {"rename", [](const SystemCall& c) { return "rename " + unquoted(c.arguments.at(1)); }},
    {"renameat", [](const SystemCall& c) { return at_of("rename", c, 2); }},
    {"renameat2", [](const SystemCall& c) { return at_of("rename", c, 2); }},
    {"unlink", [](const SystemCall& c) { return path_of("unlink", c); }},
    {"unlinkat", [](const SystemCall& c) { return at_of("unlink", c, 0); }},
    {"rmdir", [](const SystemCall& c) { return path_of("unlink", c); }},
    {"chown", [](const SystemCall& c) { return path_of("chown", c); }},
    {"lchown", [](const SystemCall& c) { return path_of("chown", c); }},
    {"fchown", [](const SystemCall& c) { return descriptor_of("chown", c); }},
    {"fchownat", [](const SystemCall& c) { return at_of("chown", c, 0); }},
    {"chmod", [](const SystemCall& c) { return path_of("chmod", c); }},
    {"fchmod", [](const SystemCall& c) { return descriptor_of("chmod", c); }},
    {"fchmodat", [](const SystemCall& c) { return at_of("chmod", c, 0); }},
    {"setxattr", [](const SystemCall& c) { return path_of("setxattr", c); }},
    {"lsetxattr", [](const SystemCall& c) { return path_of("setxattr", c); }},
    {"fsetxattr", [](const SystemCall& c) { return descriptor_of("setxattr", c); }},
    {"write", write_of},
    {"pwrite64", write_of},
    {"writev", write_of},
    {"truncate", [](const SystemCall& c) { return path_of("write", c) + " "; }},
    {"ftruncate", [](const SystemCall& c) { return descriptor_of("write", c) + " "; }},
    {"fallocate", [](const SystemCall& c) { return descriptor_of("write", c) + " "; }},
    {"sendfile", [](const SystemCall& c) { return descriptor_of("write", c) + " "; }},
    {"copy_file_range", [](const SystemCall& c) { return "write " + named(c.arguments.at(2)) + " "; }},
    {"mount", [](const SystemCall& c) { return all_of("mount", c); }},
    {"umount2", [](const SystemCall& c) { return all_of("umount", c); }},
    {"open_tree",
     [](const SystemCall& c) {
       return c.arguments.at(2).find("OPEN_TREE_CLONE") == std::string::npos ? std::string()
                                                                             : at_of("open_tree", c, 0);
     }},
    {"mount_setattr", [](const SystemCall& c) { return all_of("mount_setattr", c); }},
    {"move_mount", [](const SystemCall& c) { return at_of("move_mount", c, 2); }},
    {"fsmount", [](const SystemCall& c) { return all_of("fsmount", c); }},
    {"pivot_root", [](const SystemCall& c) { return all_of("pivot_root", c); }},
    {"chroot", [](const SystemCall& c) { return all_of("chroot", c); }},
    {"unshare", [](const SystemCall& c) { return all_of("unshare", c); }},
    {"setns", [](const SystemCall& c) { return "setns " + c.arguments.at(1); }},
    {"setsid", [](const SystemCall&) { return std::string("setsid"); }},
    {"set_mempolicy", [](const SystemCall& c) { return all_of("set_mempolicy", c); }},
    {"sched_setaffinity", [](const SystemCall& c) { return all_of("sched_setaffinity", c); }},
    {"setgroups", [](const SystemCall& c) { return all_of("setgroups", c); }},
    {"setresgid", [](const SystemCall& c) { return all_of("setresgid", c); }},
    {"setresuid", [](const SystemCall& c) { return all_of("setresuid", c); }},
    {"setuid", [](const SystemCall& c) { return all_of("setuid", c); }},
    {"setgid", [](const SystemCall& c) { return all_of("setgid", c); }},
    {"capset", [](const SystemCall& c) { return all_of("capset", c); }},
    {"execve", [](const SystemCall& c) { return path_of("execve", c); }},
};

// One action of the plan, and the effects that are its own.
struct Owner {
  std::string text;
  std::function<bool(const std::string&)> owns;
  bool needed =
      false;           // must have had an effect: one that makes something, which did not stand there already
  std::string made{};  // the effect that makes it; empty: any of its own
};

std::function<bool(const std::string&)> any_of(Words prefixes) {
  return [prefixes](const std::string& effect) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& prefix) {
      return effect == prefix || begins(effect, prefix + " ");
    });
  };
}

Owner file_owner(const PlannedAction& action, const std::string& path, bool may_stand) {
  // A file that replaces another is made beside it and renamed.
  const std::string temporary =
      path.substr(0, path.rfind('/') + 1) + "." + path.substr(path.rfind('/') + 1) + ".jailrun";
  Words own = {"create " + path, "chown " + path, "chmod " + path, "write " + path};
  if (may_stand)
    for (const char* verb : {"create ", "chown ", "chmod ", "write ", "unlink "})
      own.push_back(verb + temporary);
  own.push_back("rename " + path);
  return {action.object, any_of(own), true, may_stand ? "rename " + path : "create " + path};
}

Owner owner_of(const PlannedLaunch& plan, const PlannedAction& action) {
  const std::string root = plan.directory + "/root";
  const std::string path = action.field("path");
  const std::string in_jail = action.field("host").empty() ? root + path : path;
  const bool stood = action.stood == "yes";
  const std::string& verb = action.verb;
  if (verb == "claim") {
    // The name's directory, the id's and the ledger come to be under other names, to appear all at once.
    const std::string name = action.field("base") + "/" + action.field("name");
    const std::string marked = action.field("base") + "/.jailrun-" + action.field("name");
    const auto owns = [=](const std::string& effect) {
      const std::string object = effect.substr(effect.find(' ') + 1);
      return (begins(object, name) || begins(object, marked)) && !begins(object, root);
    };
    return {action.object, owns, true,
            (stood ? "link " + plan.directory + "/ledger" : "rename " + plan.directory)};
  }
  if (verb == "root")
    return {action.object, any_of({"mkdir " + path, "chown " + path, "chmod " + path}), true,
            stood ? "" : "mkdir " + path};
  if (verb == "directory")
    return {action.object, any_of({"mkdir " + in_jail, "chown " + in_jail, "chmod " + in_jail}), !stood,
            "mkdir " + in_jail};
  if (verb == "copy" || verb == "write" || verb == "pid-file") return file_owner(action, in_jail, stood);
  if (verb == "node")
    return {action.object, any_of({"mknod " + in_jail, "chown " + in_jail, "chmod " + in_jail}), !stood,
            "mknod " + in_jail + " " + action.field("type") + " " + action.field("major") + ":" +
                action.field("minor")};
  if (verb == "cgroup")
    return {action.object, any_of({"mkdir " + path, "setxattr " + path}), !stood, "mkdir " + path};
  if (verb == "cgroup-value")
    return {action.object, any_of({"write " + path + " " + action.field("value")}), true};
  if (verb == "join-cgroup") return {action.object, any_of({"write " + path + "/tasks 0"}), true};
  if (verb == "take-tree")
    return {action.object, any_of({"open_tree " + path, "mount_setattr"}), true, "open_tree " + path};
  // In the new root, paths begin at it.
  if (verb == "bind") return {action.object, any_of({"move_mount " + path}), true};
  if (verb == "new-root")
    return {action.object,
            any_of({"unshare CLONE_NEWNS", "mount NULL \"/\" NULL", "open_tree " + path, "move_mount " + path,
                    "pivot_root", "umount"}),
            true, "pivot_root"};
  if (verb == "join-namespace") return {action.object, any_of({"setns"}), true};
  if (verb == "numa") return {action.object, any_of({"set_mempolicy", "sched_setaffinity"}), true};
  if (verb == "credentials")
    return {action.object,
            any_of({"setgroups 0", "setresgid " + action.field("gid"), "setresuid " + action.field("uid")}),
            true, "setresuid " + action.field("uid")};
  if (verb == "exec") return {action.object, any_of({"execve " + path}), true};
  // Nothing outside the process comes of it: descriptors opened, closed, put in place.
  return {verb + " " + action.object, [](const std::string&) { return false; }};
}

}  // namespace

std::string changing_calls() {
  std::string list;
  // Not every architecture has them all: "?" lets strace pass over those it does not know.
  for (const Shape& shape : kShapes) list += (list.empty() ? "?" : ",?") + std::string(shape.name);
  return list;
}

std::vector<Effect> effects_of(const std::vector<SystemCall>& calls) {
  std::vector<Effect> effects;
  for (const SystemCall& call : calls) {
    if (!call.succeeded()) continue;
    for (const Shape& shape : kShapes) {
      if (call.name != shape.name) continue;
      std::string what = shape.effect(call);
      if (!what.empty()) effects.push_back({std::move(what), call});
    }
  }
  return effects;
}

std::string compare(const PlannedLaunch& plan, const std::vector<Effect>& effects) {
  std::vector<Owner> owners;
  for (const PlannedAction& action : plan.actions) owners.push_back(owner_of(plan, action));
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
  for (size_t i = 0; i < owners.size(); ++i)
    if (owners[i].needed && made.count(i) == 0)
      faults += "planned and not done: " + plan.actions[i].verb + " " + owners[i].text + "\n";
  return faults;
}

}  // namespace jailrun::integration
