// SPDX-License-Identifier: Apache-2.0
//
// What the runner requires of an action by itself, wherever in a plan it stands: one set of rules for the
// runner and for the fake host, so that a plan which passes a stage's test is not refused on a host. Stages
// don't need this header.
#ifndef JAILRUN_ACTION_RULES_HPP
#define JAILRUN_ACTION_RULES_HPP

#include "paths.hpp"
#include "plugin.h"
#include "result.hpp"
#include "strings.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <string>

namespace jailrun::action_rules {

// The sizes of the structs in version 1.0 of the interface: every plugin's are at least as long.
template <class T>
inline constexpr std::size_t kFirstSize = 0;
template <>
inline constexpr std::size_t kFirstSize<jr_directory> = 40;
template <>
inline constexpr std::size_t kFirstSize<jr_write> = 56;
template <>
inline constexpr std::size_t kFirstSize<jr_copy> = 64;
template <>
inline constexpr std::size_t kFirstSize<jr_link> = 48;
template <>
inline constexpr std::size_t kFirstSize<jr_node> = 56;
template <>
inline constexpr std::size_t kFirstSize<jr_bind> = 48;
template <>
inline constexpr std::size_t kFirstSize<jr_mount> = 80;
template <>
inline constexpr std::size_t kFirstSize<jr_overlay> = 40;
template <>
inline constexpr std::size_t kFirstSize<jr_cgroup> = 64;
template <>
inline constexpr std::size_t kFirstSize<jr_join> = 24;
template <>
inline constexpr std::size_t kFirstSize<jr_limit> = 24;
template <>
inline constexpr std::size_t kFirstSize<jr_session> = 64;
template <>
inline constexpr std::size_t kFirstSize<jr_credentials> = 24;
template <>
inline constexpr std::size_t kFirstSize<jr_numa> = 24;
template <>
inline constexpr std::size_t kFirstSize<jr_exec> = 64;
template <>
inline constexpr std::size_t kFirstSize<jr_call> = 64;
template <>
inline constexpr std::size_t kFirstSize<jr_filter> = 80;
template <>
inline constexpr std::size_t kFirstSize<jr_landlock> = 64;
template <>
inline constexpr std::size_t kFirstSize<jr_capabilities> = 40;
template <>
inline constexpr std::size_t kFirstSize<jr_new_namespace> = 64;
template <>
inline constexpr std::size_t kFirstSize<jr_user_namespace> = 64;
template <>
inline constexpr std::size_t kFirstSize<jr_attribute> = 48;
template <>
inline constexpr std::size_t kFirstSize<jr_symlink> = 48;
template <>
inline constexpr std::size_t kFirstSize<jr_time_limit> = 32;
template <>
inline constexpr std::size_t kFirstSize<jr_device_rules> = 40;
template <>
inline constexpr std::size_t kFirstSize<jr_label> = 32;
template <>
inline constexpr std::size_t kFirstSize<jr_helper> = 88;

// ----------------------------------------------------------------------------------------- unknown members

// Names the member that holds something which this version does not know; nullptr: there is none. Ignoring it
// would do something else than the stage meant.
inline const char* one_of(std::initializer_list<const char*> members) {
  for (const char* member : members)
    if (member != nullptr) return member;
  return nullptr;
}
inline const char* flags(uint32_t given, uint32_t known) {
  return (given & ~known) != 0 ? "one of its flags" : nullptr;
}
inline const char* reserved(uint32_t given) {
  return given != 0 ? "the value of its member 'reserved'" : nullptr;
}
constexpr uint32_t kMountFlags = JR_MOUNT_READ_ONLY | JR_MOUNT_NODEV | JR_MOUNT_NOSUID | JR_MOUNT_NOEXEC;

inline const char* unknown_member(const jr_directory&) { return nullptr; }
inline const char* unknown_member(const jr_write&) { return nullptr; }
inline const char* unknown_member(const jr_copy& given) {
  return one_of({flags(given.flags, JR_COPY_REFLINK), reserved(given.reserved)});
}
inline const char* unknown_member(const jr_link& given) { return reserved(given.reserved); }
inline const char* unknown_member(const jr_symlink& given) { return reserved(given.reserved); }
inline const char* unknown_member(const jr_node& given) {
  return one_of(
      {flags(given.flags, JR_NODE_MAY_FAIL), given.type > JR_NODE_BLOCK ? "its node type" : nullptr});
}
inline const char* unknown_member(const jr_bind& given) {
  return flags(given.flags, kMountFlags | JR_BIND_RECURSIVE | JR_BIND_IDMAP | JR_BIND_IDMAP_IF_SUPPORTED);
}
inline const char* unknown_member(const jr_mount& given) {
  return flags(given.flags, kMountFlags | JR_MOUNT_PREPARE);
}
inline const char* unknown_member(const jr_overlay& given) {
  return one_of({flags(given.flags, kMountFlags), reserved(given.reserved)});
}
inline const char* unknown_member(const jr_cgroup& given) {
  return one_of({flags(given.flags, JR_CGROUP_DEFAULT | JR_CGROUP_JOIN), reserved(given.reserved)});
}
inline const char* unknown_member(const jr_join&) { return nullptr; }
inline const char* unknown_member(const jr_limit&) { return nullptr; }
inline const char* unknown_member(const jr_session&) { return nullptr; }
inline const char* unknown_member(const jr_credentials&) { return nullptr; }
inline const char* unknown_member(const jr_numa&) { return nullptr; }
inline const char* unknown_member(const jr_exec& given) {
  return flags(given.flags, JR_EXEC_JAILER_ARGUMENTS | JR_EXEC_NEW_PRIVILEGES);
}
inline const char* unknown_member(const jr_call& given) { return reserved(given.reserved); }
inline const char* unknown_member(const jr_filter& given) {
  return one_of({flags(given.flags, JR_FILTER_LOG | JR_FILTER_SPEC_ALLOW | JR_FILTER_EXEC_ONCE |
                                        JR_FILTER_EXEC_KILLS | JR_FILTER_NOTIFY),
                 reserved(given.reserved)});
}
inline const char* unknown_member(const jr_landlock& given) {
  constexpr uint64_t kFiles = 0xffff;  // the sixteen JR_LANDLOCK_... from EXECUTE to IOCTL_DEV
  constexpr uint64_t kPorts = JR_LANDLOCK_BIND_TCP | JR_LANDLOCK_CONNECT_TCP;
  constexpr uint64_t kScopes = JR_LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | JR_LANDLOCK_SCOPE_SIGNAL;
  return one_of({flags(given.flags, JR_LANDLOCK_IF_SUPPORTED),
                 (given.files & ~kFiles) != 0 ? "something that its member 'files' names" : nullptr,
                 (given.ports & ~kPorts) != 0 ? "something that its member 'ports' names" : nullptr,
                 (given.scopes & ~kScopes) != 0 ? "something that its member 'scopes' names" : nullptr});
}
inline const char* unknown_member(const jr_capabilities& given) {
  constexpr uint32_t kSecurebits = 0xff;  // SECURE_ALL_BITS and SECURE_ALL_LOCKS of Linux 4.3
  return (given.securebits & ~kSecurebits) != 0 ? "one of its securebits" : nullptr;
}
inline const char* unknown_member(const jr_new_namespace& given) {
  constexpr uint32_t kKnown[] = {0x08000000, 0x04000000, 0x02000000, 0x40000000, 0x80};
  const bool is_known = std::find(std::begin(kKnown), std::end(kKnown), given.type) != std::end(kKnown);
  return one_of({is_known ? nullptr : "this kind of new namespace",
                 flags(given.flags, JR_NAMESPACE_IF_SUPPORTED), reserved(given.reserved)});
}
inline const char* unknown_member(const jr_user_namespace& given) {
  return flags(given.flags,
               JR_NAMESPACE_IF_SUPPORTED | JR_USER_NAMESPACE_SETGROUPS | JR_USER_NAMESPACE_NESTED);
}
inline const char* unknown_member(const jr_attribute& given) {
  const bool is_known = given.kind >= JR_ATTRIBUTE_NICE && given.kind <= JR_ATTRIBUTE_NO_TIME_STAMPS;
  return one_of({is_known ? nullptr : "this kind of attribute", flags(given.flags, JR_ATTRIBUTE_IF_SUPPORTED),
                 reserved(given.reserved)});
}
inline const char* unknown_member(const jr_time_limit& given) { return reserved(given.reserved); }
inline const char* unknown_member(const jr_device_rules& given) {
  return flags(given.flags, JR_DEVICE_RULES_IF_SUPPORTED | JR_DEVICE_RULES_NODES);
}
inline const char* unknown_member(const jr_label& given) {
  const bool is_known = given.kind == JR_LABEL_APPARMOR || given.kind == JR_LABEL_SELINUX;
  return one_of({is_known ? nullptr : "this kind of label", flags(given.flags, JR_LABEL_IF_SUPPORTED),
                 reserved(given.reserved)});
}
inline const char* unknown_member(const jr_helper& given) {
  return flags(given.flags, JR_HELPER_NETWORK | JR_HELPER_BACKGROUND);
}

// -------------------------------------------------------------------------------------------------- values

// Of an absolute path without empty, "." and ".." components.
inline Result<void> judge(const jr_path& path) {
  const std::string text(to_view(path.text));
  if (path.where > JR_ON_HOST) return internal_error("'" + text + "' is neither in the jail nor on the host");
  if (path.reserved != 0)
    return Error{
        JR_ERROR_UNSUPPORTED, 0,
        "'" + text + "' is a kind of path that this version of jailrun does not know; a newer one is needed"};
  if (!is_clean_absolute(text) || text.find('\0') != std::string::npos)
    return input_error("'" + text + "' is not an absolute path without empty, '.' or '..' components");
  return {};
}
inline Result<void> judge_in_jail(const jr_path& path) {
  if (path.where == JR_ON_HOST)
    return internal_error("'" + std::string(to_view(path.text)) + "' must be a path in the jail");
  return judge(path);
}
// Of a host path that is followed through symbolic links.
inline Result<void> judge_source(jr_str path) {
  const std::string text(to_view(path));
  if (text.empty() || text.front() != '/' || text.find('\0') != std::string::npos)
    return input_error("'" + text + "' is not an absolute path");
  return {};
}

// What may be set beyond the permissions: nothing for a file, the sticky bit and setgid, which hands a
// directory's group on to what is made in it, for a directory. A set-user-ID file would give whoever reaches
// it its owner's rights: root's, if nothing else is said.
inline Result<void> judge_mode(uint32_t mode, uint32_t beyond = 0) {
  constexpr uint32_t kSetIds = 06000;
  constexpr uint32_t kPermissions = 0777;
  std::string octal;
  for (uint32_t left = mode; left != 0; left >>= 3)
    octal.insert(octal.begin(), static_cast<char>('0' + (left & 7)));
  if ((mode & ~(kPermissions | 07000)) != 0)
    return internal_error("the mode 0" + octal + " is not made of permission bits");
  if ((mode & kSetIds & ~beyond) != 0)
    return internal_error("the mode 0" + octal + " would make a file set-user-ID or set-group-ID");
  return {};
}
inline Result<void> judge_directory_mode(uint32_t mode) { return judge_mode(mode, 02000); }

inline Result<void> judge(const jr_directory& given) {
  JR_TRY(judge(given.path));
  return judge_directory_mode(given.mode);
}
inline Result<void> judge(const jr_write& given) {
  JR_TRY(judge_in_jail(given.path));
  return judge_mode(given.mode);
}
inline Result<void> judge(const jr_copy& given) {
  JR_TRY(judge_in_jail(given.path));
  JR_TRY(judge_source(given.source));
  return given.mode == JR_MODE_OF_SOURCE ? Result<void>() : judge_mode(given.mode);
}
inline Result<void> judge(const jr_link& given) {
  JR_TRY(judge_in_jail(given.path));
  return judge_source(given.source);
}
inline Result<void> judge(const jr_symlink& given) {
  constexpr uint64_t kLongest = 4095;  // PATH_MAX of linux/limits.h, without the NUL
  const std::string target(to_view(given.target));
  JR_TRY(judge_in_jail(given.path));
  if (!target.empty() && target.size() <= kLongest && target.find('\0') == std::string::npos) return {};
  return input_error("'" + target + "' can't be the target of a symbolic link");
}
inline Result<void> judge(const jr_node& given) {
  JR_TRY(judge_in_jail(given.path));
  return judge_mode(given.mode);
}
inline Result<void> judge(const jr_bind& given) {
  JR_TRY(judge_in_jail(given.path));
  return judge_source(given.source);
}
inline Result<void> judge(const jr_mount& given) {
  const bool is_prepared = (given.flags & JR_MOUNT_PREPARE) != 0;
  if (is_prepared && given.source.length != 0)
    return internal_error("a filesystem that is made in prepare can't name a source: the runner chooses it");
  const bool is_root = is_prepared && given.path.where == JR_IN_JAIL && to_view(given.path.text) == "/";
  return is_root ? Result<void>() : judge_in_jail(given.path);
}
inline Result<void> judge(const jr_overlay& given) {
  JR_TRY(judge_source(given.lower));
  return judge_directory_mode(given.mode);
}
inline Result<void> judge_group(jr_str given) {
  const std::string group(to_view(given));
  if (is_clean_absolute("/" + group)) return {};
  return input_error("'" + group +
                     "' is not a relative path of a cgroup without empty, '.' or '..' components");
}
inline Result<void> judge(const jr_cgroup& given) { return judge_group(given.group); }
inline Result<void> judge(const jr_device_rule& given) {
  constexpr uint32_t kMajors = 1U << 12;  // MINORBITS of linux/kdev_t.h is 20: 12 bits of 32 are left
  constexpr uint32_t kMinors = 1U << 20;
  constexpr uint32_t kAccess = JR_DEVICE_MKNOD | JR_DEVICE_READ | JR_DEVICE_WRITE;
  if (given.type > JR_NODE_BLOCK && given.type != JR_DEVICE_ANY)
    return internal_error("a device rule is for neither character nor block devices");
  if (given.access == 0 || (given.access & ~kAccess) != 0)
    return internal_error("a device rule allows nothing, or something that is not known");
  if ((given.major < kMajors || given.major == JR_DEVICE_ANY) &&
      (given.minor < kMinors || given.minor == JR_DEVICE_ANY))
    return {};
  return input_error(std::to_string(given.major) + ":" + std::to_string(given.minor) +
                     " is not a device number: at most 4095:1048575");
}
inline Result<void> judge(const jr_device_rules& given) {
  constexpr uint64_t kMost = 500;
  JR_TRY(judge_group(given.group));
  if (given.rule_count > kMost)
    return input_error(std::to_string(given.rule_count) + " device rules are too many: at most " +
                       std::to_string(kMost));
  for (uint64_t i = 0; i < given.rule_count; ++i) JR_TRY(judge(given.rules[i]));
  return {};
}
inline Result<void> judge(const jr_label& given) {
  constexpr uint64_t kLongest = 4000;  // with "exec " before it, it must fit into a page
  const std::string text(to_view(given.text));
  const bool has_control = std::any_of(text.begin(), text.end(), [](char one) {
    return static_cast<unsigned char>(one) < ' ' || one == '\x7f';
  });
  if (!text.empty() && text.size() <= kLongest && !has_control) return {};
  return input_error(has_control || text.empty()
                         ? "'" + text + "' can't be the name of a profile or a context"
                         : "a label has more than 4000 characters");
}
inline Result<void> judge(const jr_join& given) { return judge_source(given.path); }
inline Result<void> judge(const jr_limit& given) {
  if (given.soft <= given.hard) return {};
  return input_error("the soft limit " + std::to_string(given.soft) + " is above the hard limit " +
                     std::to_string(given.hard));
}
inline Result<void> judge(const jr_session& given) {
  for (std::size_t i = 0; i < 3; ++i) {
    const uint32_t kind = given.streams[i];
    if (kind > JR_STREAM_SYSLOG || (i == 0 && kind > JR_STREAM_NULL))
      return Error{
          JR_ERROR_UNSUPPORTED, 0,
          "a kind of standard stream that this version of jailrun does not know; a newer one is needed"};
    if (kind == JR_STREAM_FILE) JR_TRY(judge_source(given.files[i]));
  }
  return {};
}
inline Result<void> judge(const jr_credentials&) { return {}; }
inline Result<void> judge(const jr_numa&) { return {}; }
inline Result<void> judge(const jr_exec& given) { return judge_in_jail(given.path); }
inline Result<void> judge(const jr_call& given) {
  constexpr uint64_t kLargestPayload = 64UL * 1024;
  if (given.phase > JR_ENTER) return internal_error("a call's phase is neither prepare nor enter");
  if (given.payload.length > kLargestPayload) return internal_error("a call's payload is larger than 64 KiB");
  return {};
}

inline Result<void> judge(const jr_capabilities& given) {
  if ((given.ambient & ~(given.permitted & given.inheritable)) == 0) return {};
  return internal_error("what is ambient must be permitted and inheritable, too");
}
inline Result<void> judge(const jr_filter& given) {
  constexpr uint64_t kInstruction = 8;  // bytes
  constexpr uint64_t kMost = 4096;      // BPF_MAXINSNS of linux/bpf_common.h
  if (given.name.length == 0) return internal_error("a filter has no name");
  if ((given.flags & JR_FILTER_EXEC_KILLS) != 0 && (given.flags & JR_FILTER_EXEC_ONCE) == 0)
    return internal_error("a filter has JR_FILTER_EXEC_KILLS without JR_FILTER_EXEC_ONCE");
  constexpr uint32_t kLargestErrno = 4095;
  const bool learns = given.learn.length != 0;
  if ((given.flags & JR_FILTER_NOTIFY) == 0 && (learns || given.error_number != 0))
    return internal_error("a filter has something for JR_FILTER_NOTIFY without it");
  if ((given.flags & JR_FILTER_NOTIFY) != 0 && learns != (given.error_number == 0))
    return internal_error("a filter has JR_FILTER_NOTIFY, which takes either an error number or a file");
  if (given.error_number > kLargestErrno)
    return internal_error("a filter's " + std::to_string(given.error_number) + " is not an error number");
  const uint64_t size = given.program.length;
  if (size == 0 || size % kInstruction != 0)
    return internal_error("a filter of " + std::to_string(size) +
                          " bytes is not a whole number of instructions");
  if (size / kInstruction > kMost)
    return input_error("the filter " + std::string(to_view(given.name)) + " has " +
                       std::to_string(size / kInstruction) + " instructions, and the kernel takes " +
                       std::to_string(kMost));
  return {};
}

inline Result<void> judge(const jr_landlock& given) {
  constexpr uint64_t kLastPort = 65535;
  if (given.files == 0 && given.ports == 0 && given.scopes == 0)
    return internal_error("landlock restricts nothing");
  // The kernel refuses such rules with no more than EINVAL or ENOMSG.
  const auto judge_access = [](const std::string& what, uint64_t access,
                               uint64_t restricted) -> Result<void> {
    if (access == 0) return internal_error("a landlock rule allows nothing with " + what);
    if ((access & ~restricted) == 0) return {};
    return internal_error("a landlock rule allows something with " + what + " that is not restricted");
  };
  for (uint64_t i = 0; i < given.path_count; ++i) {
    const jr_landlock_path& one = given.paths[i];
    const std::string text(to_view(one.path.text));
    if (text != "/" || one.path.where != JR_IN_JAIL) JR_TRY(judge_in_jail(one.path));
    JR_TRY(judge_access(text, one.access, given.files));
  }
  for (uint64_t i = 0; i < given.port_count; ++i) {
    const jr_landlock_port& one = given.port_rules[i];
    if (one.port > kLastPort) return input_error(std::to_string(one.port) + " is not a TCP port: 0 to 65535");
    JR_TRY(judge_access("port " + std::to_string(one.port), one.access, given.ports));
  }
  return {};
}

inline Result<void> judge_uts_name(const char* what, jr_str given) {
  constexpr uint64_t kMost = 64;  // __NEW_UTS_LEN of linux/utsname.h
  const std::string name(to_view(given));
  if (name.size() > kMost)
    return input_error("the " + std::string(what) + " '" + name + "' has more than " + std::to_string(kMost) +
                       " characters, and the kernel takes no more");
  if (name.find('\0') != std::string::npos)
    return internal_error("the " + std::string(what) + " has a NUL in it");
  return {};
}

inline Result<void> judge(const jr_new_namespace& given) {
  constexpr uint32_t kUts = 0x04000000;
  constexpr uint32_t kTime = 0x80;
  if (given.type != kUts && (given.hostname.length != 0 || given.domainname.length != 0))
    return internal_error("a namespace that is not of type uts has no hostname or domainname");
  if (given.type != kTime && (given.monotonic != 0 || given.boottime != 0))
    return internal_error("a namespace that is not of type time has no offsets of clocks");
  JR_TRY(judge_uts_name("hostname", given.hostname));
  return judge_uts_name("domainname", given.domainname);
}

// What the kernel would refuse with no more than EINVAL, when the jail has been made.
inline Result<void> judge_id_ranges(const std::string& what, const jr_id_range* ranges, uint64_t count) {
  constexpr uint64_t kMost = 340;        // UID_GID_MAP_MAX_EXTENTS of linux/user_namespace.h
  constexpr uint64_t kEnd = 4294967295;  // which is not an id
  const auto text = [](const jr_id_range& one) {
    return "'" + std::to_string(one.inside) + ":" + std::to_string(one.outside) + ":" +
           std::to_string(one.count) + "'";
  };
  const auto overlap = [](uint64_t a, uint64_t a_count, uint64_t b, uint64_t b_count) {
    return a < b + b_count && b < a + a_count;
  };
  if (count == 0) return input_error("no " + what + " is mapped in the user namespace");
  if (count > kMost)
    return input_error("the user namespace has " + std::to_string(count) + " ranges of " + what +
                       "s, and the kernel takes " + std::to_string(kMost));
  for (uint64_t i = 0; i < count; ++i) {
    const jr_id_range& one = ranges[i];
    if (one.count == 0) return input_error("the range of " + what + "s " + text(one) + " has no ids");
    if (uint64_t{one.inside} + one.count > kEnd || uint64_t{one.outside} + one.count > kEnd)
      return input_error("the range of " + what + "s " + text(one) + " goes beyond 4294967294, the last id");
    for (uint64_t j = 0; j < i; ++j) {
      const jr_id_range& other = ranges[j];
      const bool is_inside = overlap(one.inside, one.count, other.inside, other.count);
      if (!is_inside && !overlap(one.outside, one.count, other.outside, other.count)) continue;
      return input_error("the ranges of " + what + "s " + text(other) + " and " + text(one) + " overlap " +
                         (is_inside ? "inside" : "outside"));
    }
  }
  return {};
}

// Of ids that are chosen at launch: that there is room for them inside, and that one range outside has so
// many.
inline Result<void> judge_lease(const jr_user_namespace& given) {
  constexpr uint64_t kEnd = 4294967295;
  const uint64_t begin = given.lease_inside;
  const uint64_t end = begin + given.lease_count;
  bool is_free = end <= kEnd;
  const auto look = [&](const jr_id_range* ranges, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i)
      if (ranges[i].inside < end && begin < uint64_t{ranges[i].inside} + ranges[i].count) is_free = false;
  };
  look(given.uids, given.uid_count);
  look(given.gids, given.gid_count);
  if (!is_free) return input_error("the ids that are leased overlap others inside the user namespace");
  uint64_t most = 0;
  for (uint64_t i = 0; i < given.lease_pool_count; ++i) {
    const jr_id_range& one = given.lease_pool[i];
    if (uint64_t{one.outside} + one.count > kEnd)
      return input_error("the ids to lease go beyond 4294967294, the last id");
    most = std::max<uint64_t>(most, one.count);
  }
  if (most >= given.lease_count) return {};
  return input_error("no range of the ids to lease has " + std::to_string(given.lease_count) + " of them");
}

inline Result<void> judge(const jr_user_namespace& given) {
  JR_TRY(judge_id_ranges("uid", given.uids, given.uid_count));
  JR_TRY(judge_id_ranges("gid", given.gids, given.gid_count));
  if (given.lease_count == 0) return {};
  return judge_lease(given);
}

inline Result<void> judge_range(const char* what, int64_t given, int64_t least, int64_t most) {
  if (given >= least && given <= most) return {};
  return input_error(std::string(what) + " " + std::to_string(given) + " is not one of " +
                     std::to_string(least) + " to " + std::to_string(most));
}

inline Result<void> judge_policy(int64_t policy, int64_t priority) {
  if (policy == 1 || policy == 2) return judge_range("the priority", priority, 1, 99);  // FIFO, RR
  if (policy != 0 && policy != 3 && policy != 5)                                        // OTHER, BATCH, IDLE
    return input_error("the scheduling policy " + std::to_string(policy) + " can't be planned");
  return judge_range("the priority", priority, 0, 0);
}

// Numbers, ranges and commas; which CPUs there are is the host's to say.
inline Result<void> judge_cpus(const std::string& text) {
  if (!text.empty() && text.find_first_not_of("0123456789,-") == std::string::npos) return {};
  return input_error("'" + text + "' is not a list of CPUs, such as 0-3,8");
}

inline Result<void> judge(const jr_attribute& given) {
  constexpr int64_t kPermissions = 0777;
  constexpr int64_t kIdleClass = 3;
  const uint32_t kind = given.kind;
  if (kind != JR_ATTRIBUTE_AFFINITY && given.text.length != 0)
    return internal_error("an attribute that is not the affinity has no text");
  if (kind != JR_ATTRIBUTE_POLICY && kind != JR_ATTRIBUTE_IO_PRIORITY && given.second != 0)
    return internal_error("an attribute that is neither the policy nor the I/O priority has no second value");
  switch (kind) {
    case JR_ATTRIBUTE_NICE: return judge_range("the nice value", given.value, -20, 19);
    case JR_ATTRIBUTE_POLICY: return judge_policy(given.value, given.second);
    case JR_ATTRIBUTE_IO_PRIORITY:
      JR_TRY(judge_range("the I/O priority class", given.value, 1, kIdleClass));
      return judge_range("the I/O priority", given.second, 0, given.value == kIdleClass ? 0 : 7);
    case JR_ATTRIBUTE_OOM_SCORE: return judge_range("the OOM score", given.value, -1000, 1000);
    case JR_ATTRIBUTE_NO_SPECULATION: return judge_range("the kind of speculation", given.value, 0, 1);
    case JR_ATTRIBUTE_UMASK: return judge_range("the umask", given.value, 0, kPermissions);
    default: break;
  }
  if (given.value != 0) return internal_error("this attribute has no value");
  return kind == JR_ATTRIBUTE_AFFINITY ? judge_cpus(std::string(to_view(given.text))) : Result<void>();
}

inline Result<void> judge(const jr_time_limit& given) {
  // A hundred years. The sum of two is no more than the kernel's clocks can count.
  constexpr uint64_t kMost_s = 100ULL * 366 * 24 * 3600;
  if (given.wall_ms == 0 && given.cpu_s == 0) return internal_error("a time limit limits nothing");
  if (given.wall_ms > kMost_s * 1000 || given.cpu_s > kMost_s || given.grace_ms > kMost_s * 1000)
    return input_error("a time limit is more than 100 years");
  return {};
}

// A name that a stage may give a directory: those that begin with a dot are jailrun's own.
inline bool is_file_name(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

inline Result<void> judge(const jr_helper& given) {
  constexpr uint64_t kMost_ms = 600000;
  constexpr const char* kSigns = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  const std::string name(to_view(given.name));
  if (name.empty() || name.find_first_not_of(kSigns) != std::string::npos)
    return internal_error("'" + name + "' can't be the name of a helper");
  JR_TRY(judge_source(given.path));
  if (given.owner.uid == 0 || given.owner.gid == 0 || given.owner.uid == UINT32_MAX ||
      given.owner.gid == UINT32_MAX)
    return input_error("the helper " + name + " can't run as " + std::to_string(given.owner.uid) + ":" +
                       std::to_string(given.owner.gid) + ": it needs a uid and a gid other than root's");
  if (given.start_ms == 0 || given.start_ms > kMost_ms)
    return input_error("the helper " + name + " can't be given " + std::to_string(given.start_ms) +
                       " ms to start: 1 to " + std::to_string(kMost_ms));
  return {};
}

// ------------------------------------------------------------------------------------------------- structs

// True if any byte is set that a later version has added to a struct: zero means that it is not used.
inline bool has_more(const void* given, std::size_t known_size, std::size_t given_size) {
  const auto* const bytes = static_cast<const char*>(given);
  return given_size > known_size &&
         std::any_of(bytes + known_size, bytes + given_size, [](char byte) { return byte != 0; });
}

// The struct as this version has it; what the plugin's version lacks reads as zero. `name` is the function's.
template <class T>
Result<T> known_arguments(const T* given, const std::string& name, std::size_t first_size) {
  if (given == nullptr || given->struct_size < first_size)
    return internal_error(name + ": its arguments are shorter than in version 1.0 of the interface");
  T known{};
  std::memcpy(static_cast<void*>(&known), given, std::min<std::size_t>(given->struct_size, sizeof known));
  const char* const unknown = has_more(given, sizeof known, given->struct_size)
                                  ? "a member after the last one that it has"
                                  : unknown_member(known);
  if (unknown != nullptr)
    return Error{JR_ERROR_UNSUPPORTED, 0,
                 name + ": this version of jailrun does not know " + unknown + "; a newer one is needed"};
  return known;
}

}  // namespace jailrun::action_rules

#endif
