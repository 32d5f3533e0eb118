// SPDX-License-Identifier: Apache-2.0
#include "integration/escapes/bundle.hpp"

#include "integration/escapes/docker_filter.hpp"
#include "integration/support/files.hpp"

namespace jailrun::integration::escapes {
namespace {

constexpr const char* kMounts = R"([
    {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=65536k"]},
    {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
     "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
    {"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
     "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
    {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
    {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
    {"destination": "/run", "type": "tmpfs", "source": "tmpfs",
     "options": ["nosuid", "nodev", "mode=1777", "size=65536k"]}])";

constexpr const char* kMasked =
    R"("maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
      "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
    "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"])";

}  // namespace

void make_bundle(const std::string& bundle, const Strings& argv) {
  std::string arguments;
  for (const std::string& word : argv) arguments += (arguments.empty() ? "\"" : ", \"") + word + "\"";
  write_file(bundle + "/config.json",
             R"({"ociVersion": "1.0.2", "root": {"path": "rootfs", "readonly": true}, "hostname": "jail",
  "process": {"terminal": false, "user": {"uid": 1234, "gid": 4321}, "args": [)" +
                 arguments + R"(], "env": [], "cwd": "/", "noNewPrivileges": true,
    "capabilities": {"bounding": [], "effective": [], "permitted": [], "inheritable": [], "ambient": []},
    "rlimits": [{"type": "RLIMIT_CORE", "hard": 0, "soft": 0}, {"type": "RLIMIT_NPROC", "hard": 1024, "soft": 1024},
                {"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}]},
  "mounts": )" + kMounts +
                 R"(,
  "linux": {"cgroupsPath": "/escapes-peer/probe",
    "resources": {"devices": [{"allow": false, "access": "rwm"}]},
    "namespaces": [{"type": "mount"}, {"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"},
                   {"type": "cgroup"}],
    )" + kMasked +
                 docker_filter_for_runtimes() + "}}\n");
}

}  // namespace jailrun::integration::escapes
