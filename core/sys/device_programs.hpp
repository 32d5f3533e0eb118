// SPDX-License-Identifier: Apache-2.0
// Programs of the kernel's that a version 2 group's processes ask for each device that they open or make a
// node for: see BPF_PROG_TYPE_CGROUP_DEVICE in bpf(2). By the system call itself, as there is little to say.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <linux/bpf.h>

namespace jailrun::sys {

inline constexpr uint32_t kAnyDevice = UINT32_MAX;

// Devices, and what is allowed with them.
struct DeviceRule {
  uint32_t type;    // BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_DEV_CHAR, kAnyDevice
  uint32_t major;   // or kAnyDevice
  uint32_t minor;   // or kAnyDevice
  uint32_t access;  // BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE
};

// Says yes where the rules that fit a device allow, together, all that is asked of it.
std::vector<bpf_insn> device_program(const std::vector<DeviceRule>& rules);

// Why no such program can be attached in the hierarchy that is mounted here; empty: it can, or only trying
// tells.
std::string device_program_fault(const std::string& mount);

// `name`: at most 15 letters and digits. Needs CAP_SYS_ADMIN, or CAP_BPF and CAP_NET_ADMIN.
Result<UniqueFd> load_device_program(const std::vector<bpf_insn>& program, const std::string& name);

// For the processes of the group and of those below it, beside the programs that are in force there already:
// each must say yes. Refused where one of those would not stay in force. `group`: its directory, O_PATH is
// enough.
Result<void> attach_device_program(int group, int program);

// Detaches the group's own programs of that name. All are detached when a group is removed.
Result<void> detach_device_programs(int group, const std::string& name);

}  // namespace jailrun::sys
