// SPDX-License-Identifier: Apache-2.0
// Keeps the program on one NUMA node: by cpusets if the host has them, else by memory policy and affinity.
#include "../common/host_text.hpp"

#include <jailrun/stage.hpp>

#include <linux/capability.h>
#include <unistd.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;
using jailrun_stages::first_line;

constexpr uint64_t kLargestNode = 1023;  // the kernel's MAX_NUMNODES is at most 1024
constexpr uint32_t kAnyVersion = 0;
constexpr Option kOptions[] = {
    Option::number("node", "NODE", "run on this NUMA node's CPUs and memory", 0, kLargestNode)};
constexpr Fact kConsumes[] = {Fact::text("jail.cgroup").optional()};
constexpr jr_str kAfter[] = {jailrun::to_str("cgroup-v1"), jailrun::to_str("cgroup-v2")};

bool has_memory(const std::string& node_directory) {
  const std::string line = first_line(node_directory + "/meminfo");  // "Node 1 MemTotal:        0 kB"
  const size_t colon = line.find(':');
  return colon == std::string::npos || line.find_first_of("123456789", colon) != std::string::npos;
}

class Numa final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    wanted_ = context.has_option("node");
    if (!wanted_) return {};
    node_ = static_cast<uint32_t>(context.option_number("node"));
    const std::string directory = "/sys/devices/system/node/node" + std::to_string(node_);
    const std::string subject = context.origin("node") + ": node " + std::to_string(node_);
    if (access(directory.c_str(), F_OK) != 0)
      return jailrun::input_error(subject + " does not exist on this host, which has " +
                                  first_line("/sys/devices/system/node/online"));
    if (!has_memory(directory)) return jailrun::input_error(subject + " has no memory");
    cpus_ = first_line(directory + "/cpulist");
    return {};
  }

  Result<void> plan(Plan& plan) override {
    if (!wanted_) return {};
    if (!plan.has_fact("jail.cgroup") || plan.cgroup_version("cpuset") == 0) {
      plan.numa(node_, cpus_);
      return {};
    }
    // A --cgroup for the same file wins.
    const std::string group = plan.text_fact("jail.cgroup");
    if (!cpus_.empty()) plan.cgroup(kAnyVersion, group, "cpuset.cpus", cpus_, JR_CGROUP_DEFAULT);
    plan.cgroup(kAnyVersion, group, "cpuset.mems", std::to_string(node_), JR_CGROUP_DEFAULT);
    return {};
  }

  bool wanted_ = false;
  uint32_t node_ = 0;
  std::string cpus_;
};

}  // namespace

JAILRUN_STAGE(Numa, jailrun::Descriptor("numa", "1.0.0", "keeps the program on one NUMA node")
                        .options(kOptions)
                        .consumes(kConsumes)
                        .after(kAfter)
                        .capability(CAP_SYS_NICE))
