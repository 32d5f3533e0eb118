// SPDX-License-Identifier: Apache-2.0
// Files of the host, and what the kernel shows of the host in /proc and /sys.
#include "integration/escapes/probe/probe.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace escapes {
namespace {

Result read_a_file(const Targets& targets) { return read_secret(targets.text("file")); }

Result write_a_file(const Targets& targets) {
  const std::string file = targets.text("directory") + "/written-" + std::to_string(getpid());
  const int fd = open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) return failed();
  close(fd);
  unlink(file.c_str());
  return reached();
}

// As all programs on the host share it.
Result read_statistics(const Targets&) { return read_something("/proc/stat"); }
Result read_log(const Targets&) { return open_and_close("/dev/kmsg", O_RDONLY); }
Result read_kernel_memory(const Targets&) { return open_and_close("/proc/kcore", O_RDONLY); }
Result read_kernel_symbols(const Targets&) { return read_something("/proc/kallsyms"); }
Result read_hardware(const Targets&) { return read_something("/sys/devices/system/cpu/online"); }

// Opened, not written: the right to write is judged while opening.
Result set_kernel_parameter(const Targets&) { return open_and_close("/proc/sys/vm/swappiness", O_WRONLY); }
Result name_core_handler(const Targets&) { return open_and_close("/proc/sys/kernel/core_pattern", O_WRONLY); }
Result press_magic_key(const Targets&) { return open_and_close("/proc/sysrq-trigger", O_WRONLY); }
Result set_memory_policy(const Targets&) {
  return open_and_close("/sys/kernel/mm/transparent_hugepage/enabled", O_WRONLY);
}

Result leave_its_cgroup(const Targets&) {
  Result result = blocked("ENOENT");
  for (const char* group : {"/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/unified/cgroup.procs",
                            "/sys/fs/cgroup/pids/cgroup.procs", "/sys/fs/cgroup/memory/cgroup.procs"}) {
    result = open_and_close(group, O_WRONLY);
    if (result.reached) return result;
  }
  return result;
}

}  // namespace

Probes host_files() {
  return {{"read-a-host-file", read_a_file},
          {"write-a-host-file", write_a_file},
          {"read-host-statistics", read_statistics},
          {"read-the-kernel-log-device", read_log},
          {"read-kernel-memory", read_kernel_memory},
          {"read-kernel-symbols", read_kernel_symbols},
          {"read-host-hardware", read_hardware},
          {"set-a-kernel-parameter", set_kernel_parameter},
          {"name-a-core-handler", name_core_handler},
          {"press-the-magic-key", press_magic_key},
          {"set-the-hosts-huge-pages", set_memory_policy},
          {"leave-its-cgroup", leave_its_cgroup}};
}

}  // namespace escapes
