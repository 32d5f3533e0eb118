// SPDX-License-Identifier: Apache-2.0
#include "core/stages/arguments.hpp"

namespace jailrun::core {
namespace {

constexpr uint32_t kMountFlags = JR_MOUNT_READ_ONLY | JR_MOUNT_NODEV | JR_MOUNT_NOSUID | JR_MOUNT_NOEXEC;

const char* first(std::initializer_list<const char*> members) {
  for (const char* member : members)
    if (member != nullptr) return member;
  return nullptr;
}

const char* flags(uint32_t given, uint32_t known) {
  return (given & ~known) != 0 ? "one of its flags" : nullptr;
}

const char* reserved(uint32_t given) { return given != 0 ? "the value of its member 'reserved'" : nullptr; }

}  // namespace

bool has_more(const void* given, size_t known_size, size_t given_size) {
  const auto* const bytes = static_cast<const char*>(given);
  return given_size > known_size &&
         std::any_of(bytes + known_size, bytes + given_size, [](char byte) { return byte != 0; });
}

const char* unknown_member(const jr_directory&) { return nullptr; }
const char* unknown_member(const jr_write&) { return nullptr; }
const char* unknown_member(const jr_copy& given) {
  return first({flags(given.flags, JR_COPY_REFLINK), reserved(given.reserved)});
}
const char* unknown_member(const jr_link& given) { return reserved(given.reserved); }
const char* unknown_member(const jr_node& given) {
  return first(
      {flags(given.flags, JR_NODE_MAY_FAIL), given.type > JR_NODE_BLOCK ? "its node type" : nullptr});
}
const char* unknown_member(const jr_bind& given) {
  return flags(given.flags, kMountFlags | JR_BIND_RECURSIVE);
}
const char* unknown_member(const jr_mount& given) {
  return flags(given.flags, kMountFlags | JR_MOUNT_PREPARE);
}
const char* unknown_member(const jr_overlay& given) {
  return first({flags(given.flags, kMountFlags), reserved(given.reserved)});
}
const char* unknown_member(const jr_cgroup& given) {
  return first({flags(given.flags, JR_CGROUP_DEFAULT | JR_CGROUP_JOIN), reserved(given.reserved)});
}
const char* unknown_member(const jr_join&) { return nullptr; }
const char* unknown_member(const jr_limit&) { return nullptr; }
const char* unknown_member(const jr_session&) { return nullptr; }
const char* unknown_member(const jr_credentials&) { return nullptr; }
const char* unknown_member(const jr_numa&) { return nullptr; }
const char* unknown_member(const jr_exec& given) {
  return flags(given.flags, JR_EXEC_JAILER_ARGUMENTS | JR_EXEC_NEW_PRIVILEGES);
}
const char* unknown_member(const jr_call& given) { return reserved(given.reserved); }

}  // namespace jailrun::core
