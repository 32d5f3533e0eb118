// SPDX-License-Identifier: Apache-2.0
// Processors, memory, KVM.
#include "core/cli/doctor/host_check.hpp"

#include <cstdio>
#include <cstdlib>
#include <sstream>

#include <sys/sysmacros.h>

namespace jailrun::core::cli {
namespace {

constexpr std::string_view kFirecracker =
    "https://github.com/firecracker-microvm/firecracker/blob/main/docs/prod-host-setup.md";

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

Verdict judge_vulnerability(const std::string& text) {
  // A kernel without KVM says this of iTLB multihit, which needs a guest.
  if (text == "Processor vulnerable") return Verdict::kOk;
  // Also "Mitigation: Clear CPU buffers; SMT vulnerable" and "KVM: Vulnerable".
  if (contains(text, "ulnerable")) return Verdict::kFailure;
  if (contains(text, "nknown")) return Verdict::kNotKnown;  // what a guest may read: "SMT Host state unknown"
  return contains(text, "Not affected") || contains(text, "Mitigation") ? Verdict::kOk : Verdict::kNotKnown;
}

// One outcome for all of them: the worst decides. A vulnerability is worse than one that can't be read.
Outcome judge_vulnerabilities(const HostCheck& check, const HostView& host) {
  const std::string directory(check.path);
  std::string vulnerable, unknown;
  size_t count = 0;
  for (const std::string& name : host.list(directory)) {
    ++count;
    const Result<std::string> text = host.read(directory + "/" + name);
    const Verdict verdict = text ? judge_vulnerability(text.value()) : Verdict::kNotKnown;
    const std::string found = name + (text ? " is '" + text.value() + "'" : " can't be read");
    if (verdict == Verdict::kFailure) vulnerable += (vulnerable.empty() ? "" : ", ") + found;
    if (verdict == Verdict::kNotKnown) unknown += (unknown.empty() ? "" : ", ") + found;
  }
  if (!vulnerable.empty()) return {Verdict::kFailure, "in " + directory + " " + vulnerable, ""};
  if (!unknown.empty()) return {Verdict::kNotKnown, "in " + directory + " " + unknown, ""};
  if (count == 0) return {Verdict::kNotKnown, directory + " is missing, empty or can't be read", ""};
  return {Verdict::kOk, directory + ": none of " + std::to_string(count) + " vulnerabilities is open", ""};
}

// Compressed memory, unless it has a device to write to.
bool stays_in_memory(const std::string& swap, const HostView& host) {
  if (swap.rfind("/dev/zram", 0) != 0) return false;
  const std::string block = "/sys/block/" + swap.substr(5);
  const Result<std::string> backing = host.read(block + "/backing_dev");
  return backing ? backing.value() == "none" : is_missing(backing.error()) && host.has(block);
}

Outcome judge_swap(const HostCheck& check, const HostView& host) {
  const Result<std::string> text = host.read(check.path);
  if (!text) return not_known(check.path, text.error());
  const std::string file(check.path);
  std::istringstream lines(text.value());
  std::string line, names;
  bool is_written = false;
  // Its heading is there even if nothing is swapped to.
  if (!std::getline(lines, line) || line.rfind("Filename", 0) != 0)
    return {Verdict::kNotKnown, file + " has no heading", ""};
  while (std::getline(lines, line)) {
    const std::string name = line.substr(0, line.find_first_of(" \t"));
    is_written |= !stays_in_memory(name, host);
    names += (names.empty() ? "" : ", ") + name;
  }
  if (names.empty()) return {Verdict::kOk, file + " names no swap space", ""};
  if (!is_written) return {Verdict::kOk, file + " names " + names + ", which stays in memory", ""};
  return {Verdict::kWarning, file + " names " + names + ": " + std::string(check.why), ""};
}

Outcome judge_ksm(const HostCheck& check, const HostView& host) {
  if (!host.has("/sys/kernel/mm/ksm") && host.has("/sys/kernel/mm"))
    return {Verdict::kOk, "/sys/kernel/mm/ksm is missing: this kernel merges no pages", ""};
  const Outcome running = judge_value(check, host);
  const Result<std::string> shared = host.read("/sys/kernel/mm/ksm/pages_shared");
  if (running.verdict == Verdict::kOk && shared && shared.value() != "0")
    return {Verdict::kFailure,
            "/sys/kernel/mm/ksm/pages_shared is " + shared.value() + ": pages that were merged stay merged",
            ""};
  if (running.verdict == Verdict::kOk && !shared)
    return not_known("/sys/kernel/mm/ksm/pages_shared", shared.error());
  return running;
}

Outcome judge_kvm_device(const HostCheck& check, const HostView& host) {
  const Result<struct stat> status = host.status(check.path);
  if (!status && is_missing(status.error()) && host.has("/dev/null"))
    return {Verdict::kWarning, "/dev/kvm is missing: microVMs can't run here",
            "modprobe kvm_intel or modprobe kvm_amd, after turning virtualization on in the firmware"};
  if (!status) return not_known(check.path, status.error());
  const struct stat& kvm = status.value();
  if (!S_ISCHR(kvm.st_mode) || kvm.st_rdev != makedev(10, 232))
    return {Verdict::kFailure, "/dev/kvm is not the character device 10:232",
            "rm /dev/kvm, then mknod -m 0660 /dev/kvm c 10 232"};
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(kvm.st_mode & 07777));
  if (host.hides_owner(kvm))
    return {Verdict::kNotKnown, "/dev/kvm is owned by a user whom this user namespace does not map", ""};
  if (kvm.st_uid != 0)
    return {Verdict::kFailure, "/dev/kvm is owned by uid " + std::to_string(kvm.st_uid) + ", not by root",
            "chown root:kvm /dev/kvm"};
  if ((kvm.st_mode & 06) != 0)
    return {Verdict::kWarning, "/dev/kvm has mode " + std::string(mode) + ": " + std::string(check.why), ""};
  return {Verdict::kOk, "/dev/kvm has mode " + std::string(mode) + " and is root's", ""};
}

Outcome no_module(std::string_view parameter) {
  return {Verdict::kNotKnown,
          std::string(parameter) + " is missing: the module is not loaded, or has no such parameter", ""};
}

// Large pages of guests must be split where a guest could otherwise halt the processor (iTLB multihit).
Outcome judge_kvm_pages(const HostCheck& check, const HostView& host) {
  constexpr std::string_view kMultihit = "/sys/devices/system/cpu/vulnerabilities/itlb_multihit";
  const Result<std::string> value = host.read(check.path);
  if (!value) return is_missing(value.error()) ? no_module(check.path) : not_known(check.path, value.error());
  const Result<std::string> multihit = host.read(kMultihit);
  const std::string found = std::string(check.path) + " is " + value.value();
  if (value.value() == "Y" || value.value() == "auto" || value.value() == "force")
    return {Verdict::kOk, found, ""};
  if (!multihit) return not_known(kMultihit, multihit.error());
  if (multihit.value() == "Not affected")
    return {Verdict::kOk, found + ", and this processor has no iTLB multihit", ""};
  return {Verdict::kFailure, found + ": " + std::string(check.why), ""};
}

// Linux's own is 200: 5000 interrupts a second.
Outcome judge_timer_period(const HostCheck& check, const HostView& host) {
  const Result<std::string> value = host.read(check.path);
  if (!value) return is_missing(value.error()) ? no_module(check.path) : not_known(check.path, value.error());
  const std::string found = std::string(check.path) + " is " + value.value();
  if (value.value().empty() || value.value().find_first_not_of("0123456789") != std::string::npos)
    return {Verdict::kNotKnown, found, ""};
  if (std::strtoul(value.value().c_str(), nullptr, 10) >= 200) return {Verdict::kOk, found, ""};
  return {Verdict::kWarning, found + ": " + std::string(check.why), ""};
}

Outcome judge_nested(const HostCheck& check, const HostView& host) {
  for (const std::string_view path :
       {"/sys/module/kvm_intel/parameters/nested", "/sys/module/kvm_amd/parameters/nested"}) {
    const Result<std::string> value = host.read(path);
    if (!value && is_missing(value.error())) continue;
    if (!value) return not_known(path, value.error());
    const std::string found = std::string(path) + " is " + value.value();
    if (value.value() == "N" || value.value() == "0") return {Verdict::kOk, found, ""};
    return {Verdict::kWarning, found + ": " + std::string(check.why), ""};
  }
  return no_module(check.path);
}

// "[always] madvise never": the word in brackets is in force.
Outcome judge_huge_pages(const HostCheck& check, const HostView& host) {
  const Result<std::string> value = host.read(check.path);
  if (!value) return not_known(check.path, value.error());
  const std::string found = std::string(check.path) + " is '" + value.value() + "'";
  if (contains(value.value(), "[always]"))
    return {Verdict::kWarning, found + ": " + std::string(check.why), ""};
  const bool is_good = contains(value.value(), "[madvise]") || contains(value.value(), "[never]");
  return {is_good ? Verdict::kOk : Verdict::kNotKnown, found, ""};
}

}  // namespace

const std::vector<HostCheck>& hardware_checks() {
  static const std::vector<HostCheck> kChecks = {
      {"smt", "processor", "/sys/devices/system/cpu/smt/active", judge_value,
       "echo off > /sys/devices/system/cpu/smt/control; for every boot, nosmt on the kernel's command line",
       kFirecracker, " 0 ", Verdict::kWarning, "two tenants may share a core, which many side channels need"},
      {"vulnerabilities", "processor", "/sys/devices/system/cpu/vulnerabilities", judge_vulnerabilities,
       "load the newest microcode and kernel, and remove mitigations=off and its like from /proc/cmdline; "
       "where it says "
       "'SMT vulnerable', turn SMT off",
       "https://docs.kernel.org/admin-guide/hw-vuln/index.html"},
      {"swap", "memory", "/proc/swaps", judge_swap,
       "swapoff -a, and remove swap from /etc/fstab; or encrypt it", kFirecracker, "", Verdict::kWarning,
       "tenants' memory may be written to a disk and stay there"},
      {"ksm", "memory", "/sys/kernel/mm/ksm/run", judge_ksm, "echo 2 > /sys/kernel/mm/ksm/run", kFirecracker,
       " 0 2 ", Verdict::kFailure,
       "equal pages of tenants are merged, and by timing, one can find out what another has in memory"},
      {"transparent-huge-pages", "memory", "/sys/kernel/mm/transparent_hugepage/enabled", judge_huge_pages,
       "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled",
       "https://docs.kernel.org/admin-guide/mm/transhuge.html", "", Verdict::kWarning,
       "every program gets huge pages unasked, and may use more memory than it touches"},
      {"kvm-device", "kvm", "/dev/kvm", judge_kvm_device,
       "chmod o-rw /dev/kvm; for every boot, a udev rule KERNEL==\"kvm\", GROUP=\"kvm\", MODE=\"0660\"",
       "https://github.com/firecracker-microvm/firecracker/blob/main/docs/getting-started.md", "",
       Verdict::kWarning, "every user of the host can run virtual machines"},
      {"kvm-nx-huge-pages", "kvm", "/sys/module/kvm/parameters/nx_huge_pages", judge_kvm_pages,
       "remove kvm.nx_huge_pages from the kernel's command line and /etc/modprobe.d, then load kvm again",
       "https://docs.kernel.org/admin-guide/hw-vuln/multihit.html", "", Verdict::kFailure,
       "a guest may be able to halt the processor"},
      {"kvm-timer-period", "kvm", "/sys/module/kvm/parameters/min_timer_period_us", judge_timer_period,
       "options kvm min_timer_period_us=200 in /etc/modprobe.d/kvm.conf, or more if the guests can do with "
       "it; "
       "then load kvm again",
       kFirecracker, "", Verdict::kWarning,
       "a guest can make the host's processors busy with more than 5000 timer interrupts a second"},
      {"kvm-nested", "kvm", "/sys/module/kvm_*/parameters/nested", judge_nested,
       "where no guest needs it: options kvm_intel nested=0 (or kvm_amd) in /etc/modprobe.d/kvm.conf",
       "https://docs.kernel.org/virt/kvm/x86/running-nested-guests.html", "", Verdict::kWarning,
       "guests may run hypervisors, which reaches much more of KVM's code"},
  };
  return kChecks;
}

}  // namespace jailrun::core::cli
