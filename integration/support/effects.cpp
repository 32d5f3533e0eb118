// SPDX-License-Identifier: Apache-2.0
#include "integration/support/effects.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>

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

// What mknod is called with, as the plan shows it: "char 10:200".
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

struct Shape {
  const char* name;
  std::string (*effect)(const SystemCall&);
};

std::string at_of(const char* verb, const SystemCall& call, size_t directory) {
  return std::string(verb) + " " +
         joined(named(call.arguments.at(directory)), unquoted(call.arguments.at(directory + 1)));
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

}  // namespace

std::string changing_calls() {
  std::string list;
  // Not every architecture has them all: "?" lets strace pass over those it does not know.
  for (const Shape& shape : kShapes) list += (list.empty() ? "?" : ",?") + std::string(shape.name);
  return list;
}

std::vector<Effect> effects_of(const std::vector<SystemCall>& calls) {
  std::vector<Effect> effects;
  std::map<std::string, std::string> opened;  // "/proc/self/fd/7" -> what 7 names at that time
  for (SystemCall call : calls) {
    if (!call.succeeded()) continue;
    for (std::string& argument : call.arguments)
      if (const auto known = opened.find(unquoted(argument)); known != opened.end())
        argument = '"' + known->second + '"';
    if (call.name.compare(0, 4, "open") == 0 && !named(call.result).empty())
      for (const char* directory : {"/proc/self/fd/", "/proc/thread-self/fd/"})
        opened[directory + call.result.substr(0, call.result.find('<'))] = named(call.result);
    for (const Shape& shape : kShapes) {
      if (call.name != shape.name) continue;
      std::string what = shape.effect(call);
      if (!what.empty()) effects.push_back({std::move(what), call});
    }
  }
  return effects;
}

}  // namespace jailrun::integration
