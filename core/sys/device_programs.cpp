// SPDX-License-Identifier: Apache-2.0
#include "core/sys/device_programs.hpp"

#include "core/sys/paths.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

long bpf(bpf_cmd command, bpf_attr& attributes) {
  return syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

// What is asked, in registers; the program's argument is in R1, its answer in R0.
constexpr uint8_t kType = BPF_REG_2;
constexpr uint8_t kAccess = BPF_REG_3;
constexpr uint8_t kMajor = BPF_REG_4;
constexpr uint8_t kMinor = BPF_REG_5;
constexpr uint8_t kAllowed = BPF_REG_6;  // by the rules so far

bpf_insn instruction(uint8_t code, uint8_t to, uint8_t from, int16_t offset, int32_t value) {
  bpf_insn one{};
  one.code = code;
  one.dst_reg = to & 15;
  one.src_reg = from & 15;
  one.off = offset;
  one.imm = value;
  return one;
}
bpf_insn load(uint8_t to, size_t offset) {
  return instruction(BPF_LDX | BPF_MEM | BPF_W, to, BPF_REG_1, static_cast<int16_t>(offset), 0);
}
bpf_insn compute(uint8_t operation, uint8_t to, uint32_t value) {
  return instruction(static_cast<uint8_t>(BPF_ALU64 | operation | BPF_K), to, 0, 0,
                     static_cast<int32_t>(value));
}
bpf_insn compute(uint8_t operation, uint8_t to, uint8_t from, std::nullptr_t) {
  return instruction(static_cast<uint8_t>(BPF_ALU64 | operation | BPF_X), to, from, 0, 0);
}

void append(std::vector<bpf_insn>& program, const DeviceRule& rule) {
  struct Test {
    uint8_t what;
    uint32_t wanted;
  };
  std::vector<Test> tests;
  for (const Test& one : {Test{kType, rule.type}, Test{kMajor, rule.major}, Test{kMinor, rule.minor}})
    if (one.wanted != kAnyDevice) tests.push_back(one);
  for (size_t i = 0; i < tests.size(); ++i)  // or past what this rule allows
    program.push_back(instruction(BPF_JMP | BPF_JNE | BPF_K, tests[i].what, 0,
                                  static_cast<int16_t>(tests.size() - i),
                                  static_cast<int32_t>(tests[i].wanted)));
  program.push_back(compute(BPF_OR, kAllowed, rule.access));
}

// How many programs are in force for the group, or those that are its own, into `ids` as far as they fit.
Result<uint32_t> query(int group, bool in_force, uint32_t* ids, uint32_t count) {
  bpf_attr attributes{};
  attributes.query.target_fd = static_cast<uint32_t>(group);
  attributes.query.attach_type = BPF_CGROUP_DEVICE;
  attributes.query.query_flags = in_force ? BPF_F_QUERY_EFFECTIVE : 0;
  attributes.query.prog_ids = reinterpret_cast<uintptr_t>(ids);
  attributes.query.prog_cnt = count;
  if (bpf(BPF_PROG_QUERY, attributes) != 0 && errno != ENOSPC)
    return system_error(errno, "ask which programs a group has for devices");
  return uint32_t{attributes.query.prog_cnt};
}

bool change(bpf_cmd command, int group, int program) {
  bpf_attr attributes{};
  attributes.target_fd = static_cast<uint32_t>(group);
  attributes.attach_bpf_fd = static_cast<uint32_t>(program);
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = command == BPF_PROG_ATTACH ? BPF_F_ALLOW_MULTI : 0;
  return bpf(command, attributes) == 0;
}

std::string name_of(int program) {
  bpf_prog_info info{};
  bpf_attr attributes{};
  attributes.info.bpf_fd = static_cast<uint32_t>(program);
  attributes.info.info_len = sizeof info;
  attributes.info.info = reinterpret_cast<uintptr_t>(&info);
  if (bpf(BPF_OBJ_GET_INFO_BY_FD, attributes) != 0) return {};
  return {info.name, strnlen(info.name, sizeof info.name)};
}

}  // namespace

std::vector<bpf_insn> device_program(const std::vector<DeviceRule>& rules) {
  constexpr uint32_t kTypeBits = 16;  // of access_type; what is asked is above them
  std::vector<bpf_insn> program = {load(kType, offsetof(bpf_cgroup_dev_ctx, access_type)),
                                   load(kMajor, offsetof(bpf_cgroup_dev_ctx, major)),
                                   load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor)),
                                   compute(BPF_MOV, kAccess, kType, nullptr),
                                   compute(BPF_RSH, kAccess, kTypeBits),
                                   compute(BPF_AND, kType, (1U << kTypeBits) - 1),
                                   compute(BPF_MOV, kAllowed, 0)};
  for (const DeviceRule& rule : rules) append(program, rule);
  program.push_back(compute(BPF_AND, kAllowed, kAccess, nullptr));
  program.push_back(compute(BPF_MOV, BPF_REG_0, 1));
  program.push_back(instruction(BPF_JMP | BPF_JEQ | BPF_X, kAllowed, kAccess, 1, 0));
  program.push_back(compute(BPF_MOV, BPF_REG_0, 0));
  program.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  return program;
}

std::string device_program_fault(const std::string& mount) {
  const Result<UniqueFd> group = open_host(mount, O_PATH | O_DIRECTORY);
  if (!group) return {};  // told when it is opened for the launch
  const Result<uint32_t> count = query(group.value().get(), true, nullptr, 0);
  if (count) return {};
  const int error = count.error().error_number;
  if (error == ENOSYS) return "this kernel has no bpf(2)";
  // What an old kernel says to a kind of program that it does not know.
  if (error == EINVAL) return "this kernel has no programs for the devices of cgroups (CONFIG_CGROUP_BPF)";
  return {};
}

Result<UniqueFd> load_device_program(const std::vector<bpf_insn>& program, const std::string& name) {
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.expected_attach_type = BPF_CGROUP_DEVICE;
  attributes.insn_cnt = static_cast<uint32_t>(program.size());
  attributes.insns = reinterpret_cast<uintptr_t>(program.data());
  attributes.license = reinterpret_cast<uintptr_t>("Apache-2.0");
  strncpy(attributes.prog_name, name.c_str(), sizeof attributes.prog_name - 1);
  UniqueFd loaded(static_cast<int>(bpf(BPF_PROG_LOAD, attributes)));
  rlimit limit{};
  if (!loaded && errno == EPERM && getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
    // Before Linux 5.11 the programs of all jails count as locked memory of root's, and the limit is 64 KiB.
    const rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(RLIMIT_MEMLOCK, &none) == 0) {
      loaded = UniqueFd(static_cast<int>(bpf(BPF_PROG_LOAD, attributes)));
      const int error = errno;
      setrlimit(RLIMIT_MEMLOCK, &limit);
      errno = error;
    } else {
      errno = EPERM;
    }
  }
  if (!loaded) return system_error(errno, "load the program for devices");
  return loaded;
}

Result<void> attach_device_program(int group, int program) {
  JR_ASSIGN(const uint32_t before, query(group, true, nullptr, 0));
  if (!change(BPF_PROG_ATTACH, group, program)) return system_error(errno, "attach the program for devices");
  const Result<uint32_t> now = query(group, true, nullptr, 0);
  if (now && now.value() > before) return {};
  (void)change(BPF_PROG_DETACH, group, program);
  if (!now) return now.error();
  // One that was attached above with BPF_F_ALLOW_OVERRIDE: whoever did that meant to restrict the jail, too.
  return input_error("a program for devices that is attached to a group above would not stay in force");
}

Result<void> detach_device_programs(int group, const std::string& name) {
  constexpr uint32_t kMost = 64;  // BPF_CGROUP_MAX_PROGS of the kernel
  std::array<uint32_t, kMost> ids{};
  JR_ASSIGN(const uint32_t count, query(group, false, ids.data(), kMost));
  for (uint32_t i = 0; i < count && i < kMost; ++i) {
    bpf_attr attributes{};
    attributes.prog_id = ids[i];
    const UniqueFd program(static_cast<int>(bpf(BPF_PROG_GET_FD_BY_ID, attributes)));
    if (!program || name_of(program.get()) != name) continue;
    if (!change(BPF_PROG_DETACH, group, program.get()) && errno != ENOENT)
      return system_error(errno, "detach the program for devices");
  }
  return {};
}

}  // namespace jailrun::sys
