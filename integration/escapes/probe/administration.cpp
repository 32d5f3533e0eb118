// SPDX-License-Identifier: Apache-2.0
// What only administrators do to a host. Each is asked for in a way that changes nothing where it is allowed.
#include "integration/escapes/probe/probe.hpp"

#include <ctime>

#include <sys/klog.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/utsname.h>

namespace escapes {
namespace {

// Allowed, and then without sense: any other error than that of the lack of rights.
Result allowed_unless_refused(long result) {
  return result < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS) ? failed() : reached();
}

Result load_module(const Targets&) {
  static const char kNoModule[] = "this is not a kernel module";
  return allowed_unless_refused(syscall(SYS_init_module, kNoModule, sizeof kNoModule, ""));
}
Result load_kernel(const Targets&) {
  return allowed_unless_refused(syscall(SYS_kexec_load, 0, 17, nullptr, 0));  // one segment too many
}
Result restart(const Targets&) {
  return allowed_unless_refused(syscall(SYS_reboot, 0xfee1dead, 672274793, 1, 0));
}
Result read_log(const Targets&) {
  char text[16];
  constexpr int kReadAll = 3;
  return by(klogctl(kReadAll, text, sizeof text));
}
Result swap(const Targets&) { return allowed_unless_refused(swapon("/", 0)); }
Result account(const Targets&) { return allowed_unless_refused(syscall(SYS_acct, "/")); }
// The length of the clock's tick, as it is.
Result set_clock(const Targets&) {
  timex now{};
  if (adjtimex(&now) < 0) return failed();
  now.modes = ADJ_TICK;
  return by(adjtimex(&now));
}

Result name_host(const Targets&) {
  utsname names{};
  if (uname(&names) != 0) return failed();
  return by(sethostname(names.nodename, std::strlen(names.nodename)));
}

#ifdef __x86_64__
Result use_ports(const Targets&) { return by(syscall(SYS_ioperm, 0x80, 1, 1)); }
#else
Result use_ports(const Targets&) {
  errno = ENOSYS;
  return failed();
}
#endif

}  // namespace

Probes administration() {
  return {{"load-a-kernel-module", load_module},
          {"load-another-kernel", load_kernel},
          {"restart-the-host", restart},
          {"read-the-kernel-log", read_log},
          {"change-swap", swap},
          {"account-for-processes", account},
          {"set-the-clock", set_clock},
          {"name-the-host", name_host},
          {"use-io-ports", use_ports}};
}

}  // namespace escapes
