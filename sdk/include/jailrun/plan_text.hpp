// SPDX-License-Identifier: Apache-2.0
//
// What a stage plans, as lines of text that people and tests compare: a table of jr_actions whose functions
// write down their arguments and do nothing else. For testing.hpp and for the runner's check-plugin.
//
//   directory /etc  0755 0:0
//   write /etc/motd  0444 0:0  "this is a jail\n"
#ifndef JAILRUN_PLAN_TEXT_HPP
#define JAILRUN_PLAN_TEXT_HPP

#include "action_rules.hpp"
#include "plugin.h"
#include "strings.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jailrun {

// A planned `call`, as it is passed to perform and release.
struct PlannedCall {
  uint32_t phase = JR_PREPARE;  // or JR_ENTER
  std::string name;
  std::string payload;
};

// Where the functions below write to. A jr_ctx that is passed to them must be the address of a PlanText:
//
//   class Lines final : public jailrun::PlanText { ... };
//   Lines lines;
//   const jr_actions actions = jailrun::plan_text::actions();
//   ops.plan(stage, reinterpret_cast<jr_ctx*>(static_cast<jailrun::PlanText*>(&lines)), &actions);
class PlanText {
 public:
  PlanText() = default;
  PlanText(const PlanText&) = delete;
  PlanText& operator=(const PlanText&) = delete;
  virtual ~PlanText() = default;
  // One action: "write /motd  0444 0:0  \"hello\"", without a newline at its end.
  virtual void planned(std::string line) = 0;
  // A `call`, after its line.
  virtual void planned_call(PlannedCall call) = 0;
  // The stage used the interface wrongly. The result is the status that the stage gets: an error's.
  virtual jr_status misused(std::string sentence) = 0;
  // The runner would refuse this action. The result is as above.
  virtual jr_status refused(Error error) { return misused(std::move(error.sentence)); }
  // Which of JR_TRAIT_... the stage declares.
  virtual uint32_t traits() const { return UINT32_MAX; }
  // The alternatives that are being planned, if any.
  struct Alternatives {
    bool has_begun = false;
    std::vector<std::string> names;
  } alternatives;
};

namespace plan_text {

// A copy of the part of a struct that its writer has; members that the writer lacks read as zero.
template <class T>
T known(const T& given, std::size_t writer_size) {
  T copy{};
  std::memcpy(static_cast<void*>(&copy), &given, std::min(writer_size, sizeof copy));
  return copy;
}

// The text in quotes, with C's escapes.
inline std::string quoted(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string shown = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      shown.append(1, '\\').append(1, c);
    else if (c == '\n')
      shown += "\\n";
    else if (byte < ' ' || byte == 0x7f)
      shown.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    else
      shown += c;
  }
  return shown + "\"";
}

inline std::string octal(uint32_t mode) {
  std::string digits;
  for (; mode != 0; mode >>= 3) digits.insert(digits.begin(), static_cast<char>('0' + (mode & 7)));
  return "0" + digits;
}

inline std::string path(const jr_path& path) {
  return (path.where == JR_ON_HOST ? "host:" : "") + std::string(to_view(path.text));
}

inline std::string owned(uint32_t mode, jr_owner owner) {
  return "  " + (mode == JR_MODE_OF_SOURCE ? "mode of source" : octal(mode)) + " " +
         std::to_string(owner.uid) + ":" + std::to_string(owner.gid);
}

inline std::string words(jr_str_list list) {
  std::string line;
  for (uint64_t i = 0; i < list.count; ++i) line += " " + quoted(to_view(list.items[i]));
  return line;
}

inline std::string numbers(const uint32_t* items, uint64_t count) {
  std::string line;
  for (uint64_t i = 0; i < count; ++i) line += (i == 0 ? "" : ",") + std::to_string(items[i]);
  return count == 0 ? "none" : line;
}

// "  (nodev, nosuid)"; a bit without a name is shown as its number.
inline std::string bits(uint32_t flags, std::initializer_list<std::pair<uint32_t, const char*>> names) {
  std::string line;
  const auto add = [&](const std::string& word) { line += (line.empty() ? "  (" : ", ") + word; };
  for (const auto& [bit, name] : names) {
    if ((flags & bit) != 0) add(name);
    flags &= ~bit;
  }
  if (flags != 0) add("unknown bits " + std::to_string(flags));
  return line.empty() ? line : line + ")";
}

inline std::string mount_bits(uint32_t flags) {
  return bits(flags, {{JR_MOUNT_READ_ONLY, "read-only"},
                      {JR_MOUNT_NODEV, "nodev"},
                      {JR_MOUNT_NOSUID, "nosuid"},
                      {JR_MOUNT_NOEXEC, "noexec"},
                      {JR_BIND_RECURSIVE, "recursive"},
                      {JR_MOUNT_PREPARE, "made in prepare"},
                      {JR_BIND_IDMAP, "idmap"},
                      {JR_BIND_IDMAP_IF_SUPPORTED, "idmap if supported"}});
}

inline std::string line(const jr_directory& one) { return path(one.path) + owned(one.mode, one.owner); }
inline std::string line(const jr_write& one) {
  return path(one.path) + owned(one.mode, one.owner) + "  " + quoted(to_view(one.content));
}
inline std::string line(const jr_copy& one) {
  return path(one.path) + owned(one.mode, one.owner) + "  from " + std::string(to_view(one.source)) +
         bits(one.flags, {{JR_COPY_REFLINK, "sharing its data"}});
}
inline std::string line(const jr_link& one) {
  return path(one.path) + "  to " + std::string(to_view(one.source));
}
inline std::string line(const jr_symlink& one) {
  return path(one.path) + "  to " + std::string(to_view(one.target));
}
inline std::string line(const jr_node& one) {
  return path(one.path) + (one.type == JR_NODE_BLOCK ? "  block " : "  char ") + std::to_string(one.major) +
         ":" + std::to_string(one.minor) + owned(one.mode, one.owner) +
         bits(one.flags, {{JR_NODE_MAY_FAIL, "may fail"}});
}
inline std::string line(const jr_cgroup& one) {
  const std::string flags =
      bits(one.flags, {{JR_CGROUP_DEFAULT, "unless another stage asks"}, {JR_CGROUP_JOIN, "join"}});
  const std::string value = std::string(to_view(one.file)) + " = " + std::string(to_view(one.value));
  return std::string(to_view(one.group)) + ((one.flags & JR_CGROUP_JOIN) != 0 ? "" : "  " + value) +
         "  version " + (one.version == 0 ? "any" : std::to_string(one.version)) + flags;
}
inline std::string line(const jr_bind& one) {
  return path(one.path) + "  from " + std::string(to_view(one.source)) + mount_bits(one.flags);
}
inline std::string line(const jr_mount& one) {
  const std::string source = one.source.length == 0 ? "" : "  from " + std::string(to_view(one.source));
  return path(one.path) + "  " + std::string(to_view(one.type)) + source +
         (one.data.length == 0 ? "" : "  " + std::string(to_view(one.data))) + mount_bits(one.flags);
}
inline std::string line(const jr_overlay& one) {
  return std::string(to_view(one.lower)) + owned(one.mode, one.owner) + mount_bits(one.flags);
}
inline std::string namespace_name(uint32_t wanted) {
  constexpr std::pair<uint32_t, const char*> kNames[] = {
      {0x40000000, "net"}, {0x00020000, "mnt"},  {0x20000000, "pid"},    {0x04000000, "uts"},
      {0x08000000, "ipc"}, {0x10000000, "user"}, {0x02000000, "cgroup"}, {0x00000080, "time"}};
  for (const auto& [type, name] : kNames)
    if (type == wanted) return name;
  return std::to_string(wanted);
}
inline std::string line(const jr_join& one) {
  return namespace_name(one.type) + " " + std::string(to_view(one.path));
}
inline std::string line(const jr_new_namespace& one) {
  std::string text = namespace_name(one.type);
  if (one.hostname.length != 0) text += "  hostname " + std::string(to_view(one.hostname));
  if (one.domainname.length != 0) text += "  domainname " + std::string(to_view(one.domainname));
  if (one.monotonic != 0) text += "  monotonic " + std::to_string(one.monotonic) + " ns";
  if (one.boottime != 0) text += "  boottime " + std::to_string(one.boottime) + " ns";
  return text + bits(one.flags, {{JR_NAMESPACE_IF_SUPPORTED, "if supported"}});
}
inline std::string id_ranges(const jr_id_range* ranges, uint64_t count) {
  std::string text;
  for (uint64_t i = 0; i < count; ++i)
    text += (i == 0 ? "" : ",") + std::to_string(ranges[i].inside) + ":" + std::to_string(ranges[i].outside) +
            ":" + std::to_string(ranges[i].count);
  return text;
}
inline std::string line(const jr_user_namespace& one) {
  const std::string lease = one.lease_count == 0 ? ""
                                                 : "  lease " + std::to_string(one.lease_inside) + "+" +
                                                       std::to_string(one.lease_count) + " of " +
                                                       id_ranges(one.lease_pool, one.lease_pool_count);
  return "uids " + id_ranges(one.uids, one.uid_count) + "  gids " + id_ranges(one.gids, one.gid_count) +
         lease +
         bits(one.flags, {{JR_NAMESPACE_IF_SUPPORTED, "if supported"},
                          {JR_USER_NAMESPACE_SETGROUPS, "setgroups"},
                          {JR_USER_NAMESPACE_NESTED, "nested"}});
}
inline std::string line(const jr_numa& one) {
  return "node " + std::to_string(one.node) + "  cpus " + std::string(to_view(one.cpus));
}
inline std::string line(const jr_session& one) {
  constexpr const char* kKinds[] = {"kept", "null", "", "syslog"};
  std::string text;
  for (int i = 0; i < 3; ++i) {
    const uint32_t kind = one.streams[i];
    text += i == 0 ? "" : " ";
    if (kind == JR_STREAM_FILE)
      text += to_view(one.files[i]);
    else
      text += kind <= JR_STREAM_SYSLOG ? std::string(kKinds[kind]) : std::to_string(kind);
  }
  return text;
}
inline std::string line(const jr_credentials& one) {
  return std::to_string(one.owner.uid) + ":" + std::to_string(one.owner.gid) + "  groups " +
         numbers(one.groups, one.group_count);
}
inline std::string line(const jr_filter& one) {
  std::string text =
      std::string(to_view(one.name)) + "  " + std::to_string(one.program.length / 8) + " instructions";
  if (one.line.length != 0) text += "  " + std::string(to_view(one.line));
  std::string words;
  const auto add = [&](uint32_t flag, const char* word) {
    if ((one.flags & flag) != 0) words += (words.empty() ? "" : ", ") + std::string(word);
  };
  add(JR_FILTER_LOG, "log");
  add(JR_FILTER_SPEC_ALLOW, "spec-allow");
  add(JR_FILTER_EXEC_ONCE, "exec-once");
  add(JR_FILTER_EXEC_KILLS, "exec-kills");
  if (one.error_number != 0)
    words += (words.empty() ? "" : ", ") + ("notify " + std::to_string(one.error_number));
  if (one.learn.length != 0)
    words += (words.empty() ? "learn " : ", learn ") + std::string(to_view(one.learn));
  return words.empty() ? text : text + "  (" + words + ")";
}
inline std::string line(const jr_landlock& one) {
  const auto masks = [](const char* name, uint64_t mask) {
    return mask == 0 ? std::string() : std::string("  ") + name + " " + std::to_string(mask);
  };
  std::string text = masks("files", one.files) + masks("ports", one.ports) + masks("scopes", one.scopes);
  for (uint64_t i = 0; i < one.path_count; ++i)
    text += "  " + path(one.paths[i].path) + " " + std::to_string(one.paths[i].access);
  for (uint64_t i = 0; i < one.port_count; ++i)
    text +=
        "  port " + std::to_string(one.port_rules[i].port) + " " + std::to_string(one.port_rules[i].access);
  return text.substr(2) + bits(one.flags, {{JR_LANDLOCK_IF_SUPPORTED, "if supported"}});
}
inline std::string line(const jr_capabilities& one) {
  const auto shown = [](uint64_t set) {
    if (set == UINT64_MAX) return std::string("all");
    std::string digits;
    for (; set != 0; set >>= 4) digits.insert(digits.begin(), "0123456789abcdef"[set & 15]);
    return digits.empty() ? std::string("none") : "0x" + digits;
  };
  return shown(one.permitted) + "  ambient " + shown(one.ambient) + "  inheritable " +
         shown(one.inheritable) + "  bounding " + shown(one.bounding) +
         (one.securebits == 0 ? "" : "  securebits " + shown(one.securebits));
}
inline std::string line(const jr_attribute& one) {
  constexpr const char* kKinds[] = {"",
                                    "nice",
                                    "policy",
                                    "io-priority",
                                    "affinity",
                                    "oom-score",
                                    "core-scheduling",
                                    "deny-write-execute",
                                    "no-speculation",
                                    "umask",
                                    "no-terminal",
                                    "own-terminal",
                                    "no-time-stamps"};
  std::string text = kKinds[one.kind];
  const bool has_value = one.kind <= JR_ATTRIBUTE_OOM_SCORE || one.kind == JR_ATTRIBUTE_NO_SPECULATION ||
                         one.kind == JR_ATTRIBUTE_UMASK;
  if (one.text.length != 0)
    text += " " + std::string(to_view(one.text));
  else if (has_value)
    text += " " + std::to_string(one.value);
  if (one.second != 0) text += " " + std::to_string(one.second);
  return text + bits(one.flags, {{JR_ATTRIBUTE_IF_SUPPORTED, "if supported"}});
}
inline std::string line(const jr_limit& one) {
  const auto shown = [](uint64_t value) {
    return value == UINT64_MAX ? std::string("unlimited") : std::to_string(value);
  };
  return std::to_string(one.resource) + "  " + shown(one.soft) + " " + shown(one.hard);
}
inline std::string line(const jr_time_limit& one) {
  const auto shown = [](const char* name, uint64_t value, const char* unit) {
    return value == 0 ? std::string() : name + std::to_string(value) + unit;
  };
  return shown("wall ", one.wall_ms, " ms  ") + shown("cpu ", one.cpu_s, " s  ") + "grace " +
         std::to_string(one.grace_ms) + " ms";
}
inline std::string line(const jr_device_rules& one) {
  const auto number = [](uint32_t value) {
    return value == JR_DEVICE_ANY ? std::string("*") : std::to_string(value);
  };
  std::string text(to_view(one.group));
  for (uint64_t i = 0; i < one.rule_count; ++i) {
    const jr_device_rule& rule = one.rules[i];
    text += rule.type == JR_DEVICE_ANY ? "  a " : rule.type == JR_NODE_BLOCK ? "  b " : "  c ";
    text += number(rule.major) + ":" + number(rule.minor) + " ";
    if ((rule.access & JR_DEVICE_READ) != 0) text += "r";
    if ((rule.access & JR_DEVICE_WRITE) != 0) text += "w";
    if ((rule.access & JR_DEVICE_MKNOD) != 0) text += "m";
  }
  return text +
         bits(one.flags, {{JR_DEVICE_RULES_IF_SUPPORTED, "if supported"}, {JR_DEVICE_RULES_NODES, "nodes"}});
}
inline std::string line(const jr_label& one) {
  return (one.kind == JR_LABEL_SELINUX ? "selinux " : "apparmor ") + std::string(to_view(one.text)) +
         bits(one.flags, {{JR_LABEL_IF_SUPPORTED, "if supported"}});
}
inline std::string line(const jr_helper& one) {
  return std::string(to_view(one.name)) + "  " + std::string(to_view(one.path)) + words(one.arguments) +
         (one.environment.count == 0 ? "" : "  environment" + words(one.environment)) + "  " +
         std::to_string(one.owner.uid) + ":" + std::to_string(one.owner.gid) + "  " +
         std::to_string(one.start_ms) + " ms" +
         bits(one.flags, {{JR_HELPER_NETWORK, "network"}, {JR_HELPER_BACKGROUND, "background"}});
}
inline std::string line(const jr_exec& one) {
  return path(one.path) + words(one.arguments) +
         (one.environment.count == 0 ? "" : "  environment" + words(one.environment)) +
         bits(one.flags, {{JR_EXEC_JAILER_ARGUMENTS, "the jailer's arguments"},
                          {JR_EXEC_NEW_PRIVILEGES, "new privileges"}});
}
inline std::string line(const jr_call& one) {
  return (one.phase == JR_ENTER ? "enter " : "prepare ") + std::string(to_view(one.name)) + "  " +
         std::string(to_view(one.line)) + "  version " + std::to_string(one.payload_version) + " " +
         quoted(to_view(one.payload));
}

inline PlanText& text(jr_ctx* ctx) { return *reinterpret_cast<PlanText*>(ctx); }

// What may be planned in an alternative is what can be rolled back in the middle of a launch.
inline bool fits_alternative(std::string_view verb) {
  for (const char* one :
       {"directory", "write", "copy", "link", "symlink", "node", "bind", "mount", "join", "call"})
    if (verb == one) return true;
  return false;
}

inline jr_status note(jr_ctx* ctx, std::string_view verb, const std::string& rest = "") {
  const PlanText::Alternatives& open = text(ctx).alternatives;
  if (open.has_begun && open.names.empty())
    return text(ctx).misused("an action is planned between first_of and its first alternative");
  if (open.has_begun && !fits_alternative(verb))
    return text(ctx).misused(std::string(verb) + " can't be planned in an alternative");
  text(ctx).planned(std::string(verb) + (rest.empty() ? "" : " ") + rest);
  return JR_OK;
}

template <class T>
jr_status note_struct(jr_ctx* ctx, const char* verb, const T* given) {
  const Result<T> known = action_rules::known_arguments(given, verb, action_rules::kFirstSize<T>);
  if (!known) return text(ctx).refused(known.error());
  if (const Result<void> judged = action_rules::judge(known.value()); !judged)
    return text(ctx).refused(judged.error());
  return note(ctx, verb, line(known.value()));
}

template <class T>
jr_status note_with_trait(jr_ctx* ctx, const char* verb, uint32_t trait, const char* name, const T* given) {
  if ((text(ctx).traits() & trait) == 0)
    return text(ctx).misused(std::string(verb) + " needs the trait " + name);
  return note_struct(ctx, verb, given);
}

inline jr_status claim(jr_ctx* ctx, jr_str base, jr_str name, jr_str id) {
  const std::string directory(to_view(base));
  for (const std::string& component : {std::string(to_view(name)), std::string(to_view(id))})
    if (!action_rules::is_file_name(component))
      return text(ctx).refused(
          input_error("'" + component + "' can't be the name of a directory below " + directory));
  return note(ctx, "claim", directory + "/" + std::string(to_view(name)) + "/" + std::string(to_view(id)));
}

inline jr_status pid_file(jr_ctx* ctx, jr_path at, uint32_t mode, jr_owner owner) {
  Result<void> judged = action_rules::judge_in_jail(at);
  if (judged) judged = action_rules::judge_mode(mode);
  return judged ? note(ctx, "pid_file", path(at) + owned(mode, owner)) : text(ctx).refused(judged.error());
}

inline jr_status alias(jr_ctx* ctx, jr_str given) {
  const std::string name(to_view(given));
  if (action_rules::is_file_name(name)) return note(ctx, "alias", name);
  return text(ctx).refused(input_error("'" + name + "' can't be the name of a directory"));
}

inline jr_status first_of(jr_ctx* ctx) {
  if (text(ctx).alternatives.has_begun)
    return text(ctx).misused("first_of can't be planned in an alternative");
  text(ctx).planned("first_of");
  text(ctx).alternatives.has_begun = true;
  return JR_OK;
}

inline jr_status alternative(jr_ctx* ctx, jr_str given) {
  const std::string name(to_view(given));
  PlanText::Alternatives& open = text(ctx).alternatives;
  if (!open.has_begun) return text(ctx).misused("the alternative '" + name + "' is not inside a first_of");
  if (name.empty()) return text(ctx).misused("an alternative has no name");
  if (std::find(open.names.begin(), open.names.end(), name) != open.names.end())
    return text(ctx).misused("two alternatives are named '" + name + "'");
  open.names.push_back(name);
  text(ctx).planned("alternative " + name);
  return JR_OK;
}

inline jr_status end_first_of(jr_ctx* ctx) {
  if (text(ctx).alternatives.names.empty())
    return text(ctx).misused("end_first_of has no alternatives before it");
  text(ctx).alternatives = {};
  text(ctx).planned("end_first_of");
  return JR_OK;
}

// The table of functions. The ctx that they take is a PlanText.
inline jr_actions actions() {
  jr_actions table = {};
  table.struct_size = sizeof table;
  table.abi_minor = JR_ABI_MINOR;
  table.claim = claim;
  table.close_inherited = [](jr_ctx* ctx, const uint32_t* keep, uint64_t count) {
    return note(ctx, "close_inherited", "but " + numbers(keep, count));
  };
  table.pid_file = pid_file;
  table.new_root = [](jr_ctx* ctx) { return note(ctx, "new_root"); };
  table.pid_namespace = [](jr_ctx* ctx) {
    if ((text(ctx).traits() & JR_TRAIT_FORKS) == 0)
      return text(ctx).misused("pid_namespace needs the trait JR_TRAIT_FORKS");
    return note(ctx, "pid_namespace");
  };
  table.alias = alias;
  table.first_of = first_of;
  table.alternative = alternative;
  table.end_first_of = end_first_of;
  table.root = [](jr_ctx* ctx, const jr_directory* one) { return note_struct(ctx, "root", one); };
  table.directory = [](jr_ctx* ctx, const jr_directory* one) { return note_struct(ctx, "directory", one); };
  table.write = [](jr_ctx* ctx, const jr_write* one) { return note_struct(ctx, "write", one); };
  table.copy = [](jr_ctx* ctx, const jr_copy* one) { return note_struct(ctx, "copy", one); };
  table.link = [](jr_ctx* ctx, const jr_link* one) { return note_struct(ctx, "link", one); };
  table.symlink = [](jr_ctx* ctx, const jr_symlink* one) { return note_struct(ctx, "symlink", one); };
  table.read_only_root = [](jr_ctx* ctx) { return note(ctx, "read_only_root"); };
  table.node = [](jr_ctx* ctx, const jr_node* one) { return note_struct(ctx, "node", one); };
  table.cgroup = [](jr_ctx* ctx, const jr_cgroup* one) { return note_struct(ctx, "cgroup", one); };
  table.bind = [](jr_ctx* ctx, const jr_bind* one) { return note_struct(ctx, "bind", one); };
  table.mount = [](jr_ctx* ctx, const jr_mount* one) { return note_struct(ctx, "mount", one); };
  table.overlay_root = [](jr_ctx* ctx, const jr_overlay* one) {
    return note_struct(ctx, "overlay_root", one);
  };
  table.join = [](jr_ctx* ctx, const jr_join* one) { return note_struct(ctx, "join", one); };
  table.numa = [](jr_ctx* ctx, const jr_numa* one) { return note_struct(ctx, "numa", one); };
  table.credentials = [](jr_ctx* ctx, const jr_credentials* one) {
    return note_struct(ctx, "credentials", one);
  };
  table.new_namespace = [](jr_ctx* ctx, const jr_new_namespace* one) {
    return note_struct(ctx, "new_namespace", one);
  };
  table.user_namespace = [](jr_ctx* ctx, const jr_user_namespace* one) {
    return note_struct(ctx, "user_namespace", one);
  };
  table.attribute = [](jr_ctx* ctx, const jr_attribute* one) { return note_struct(ctx, "attribute", one); };
  table.filter = [](jr_ctx* ctx, const jr_filter* one) { return note_struct(ctx, "filter", one); };
  table.landlock = [](jr_ctx* ctx, const jr_landlock* one) {
    return note_with_trait(ctx, "landlock", JR_TRAIT_RESTRICTS, "JR_TRAIT_RESTRICTS", one);
  };
  table.capabilities = [](jr_ctx* ctx, const jr_capabilities* one) {
    return note_struct(ctx, "capabilities", one);
  };
  table.init = [](jr_ctx* ctx) { return note(ctx, "init"); };
  table.time_limit = [](jr_ctx* ctx, const jr_time_limit* one) {
    return note_struct(ctx, "time_limit", one);
  };
  table.device_rules = [](jr_ctx* ctx, const jr_device_rules* one) {
    return note_struct(ctx, "device_rules", one);
  };
  table.label = [](jr_ctx* ctx, const jr_label* one) {
    return note_with_trait(ctx, "label", JR_TRAIT_RESTRICTS, "JR_TRAIT_RESTRICTS", one);
  };
  table.helper = [](jr_ctx* ctx, const jr_helper* one) { return note_struct(ctx, "helper", one); };
  table.limit = [](jr_ctx* ctx, const jr_limit* one) { return note_struct(ctx, "limit", one); };
  table.session = [](jr_ctx* ctx, const jr_session* one) {
    return note_with_trait(ctx, "session", JR_TRAIT_FORKS, "JR_TRAIT_FORKS", one);
  };
  table.exec = [](jr_ctx* ctx, const jr_exec* one) {
    return note_with_trait(ctx, "exec", JR_TRAIT_TERMINAL, "JR_TRAIT_TERMINAL", one);
  };
  table.call = [](jr_ctx* ctx, const jr_call* one) {
    const jr_status status = note_struct(ctx, "call", one);
    if (status != JR_OK) return status;
    const jr_call given = known(*one, one->struct_size);
    text(ctx).planned_call(
        {given.phase, std::string(to_view(given.name)), std::string(to_view(given.payload))});
    return status;
  };
  return table;
}

}  // namespace plan_text
}  // namespace jailrun

#endif
