// SPDX-License-Identifier: Apache-2.0
// Parts of the kernel that few programs need and that many exploits began with.
#include "integration/escapes/probe/probe.hpp"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/kcmp.h>
#include <linux/mempolicy.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <sys/syscall.h>

namespace escapes {
namespace {

Result use_io_uring(const Targets&) {
  io_uring_params parameters{};
  return by(syscall(SYS_io_uring_setup, 4, &parameters));
}

Result use_userfaultfd(const Targets&) {
  return by(syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY));
}
Result use_userfaultfd_device(const Targets&) { return open_and_close("/dev/userfaultfd", O_RDWR); }

Result use_bpf(const Targets&) {
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = 4;
  attributes.value_size = 4;
  attributes.max_entries = 1;
  return by(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
}

Result use_perf(const Targets&) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.size = sizeof attributes;
  attributes.config = PERF_COUNT_SW_TASK_CLOCK;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  return by(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

Result compare_pointers(const Targets&) { return by(syscall(SYS_kcmp, getpid(), getpid(), KCMP_VM, 0, 0)); }

Result place_memory(const Targets&) {
  unsigned long first = 1;
  return by(syscall(SYS_set_mempolicy, MPOL_BIND, &first, sizeof first * 8));
}

#ifdef __x86_64__
Result change_segments(const Targets&) {
  unsigned char table[16];
  return by(syscall(SYS_modify_ldt, 0, table, sizeof table));
}

// getpid by the calls of i386, which have numbers of their own that a filter may have forgotten.
Result call_as_i386(const Targets&) {
  long result = 20;
  __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
  if (result == getpid()) return reached();
  errno = static_cast<int>(-result);
  return failed();
}

// The same as x32's.
Result call_as_x32(const Targets&) {
  constexpr long kX32 = 0x40000000;
  return by(syscall(kX32 + SYS_getpid));
}

Result read_timestamps(const Targets&) {
  unsigned low = 0;
  unsigned high = 0;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return reached();
}
#else
Result not_here(const Targets&) {
  errno = ENOSYS;
  return failed();
}
constexpr auto change_segments = not_here;
constexpr auto call_as_i386 = not_here;
constexpr auto call_as_x32 = not_here;
constexpr auto read_timestamps = not_here;
#endif

}  // namespace

Probes kernel_interfaces() {
  return {{"use-io-uring", use_io_uring},
          {"use-userfaultfd", use_userfaultfd},
          {"use-the-userfaultfd-device", use_userfaultfd_device},
          {"use-bpf", use_bpf},
          {"use-perf-events", use_perf},
          {"compare-kernel-pointers", compare_pointers},
          {"place-memory-on-nodes", place_memory},
          {"use-segments-of-its-own", change_segments},
          {"call-as-i386", call_as_i386},
          {"call-as-x32", call_as_x32},
          {"read-the-time-stamp-counter", read_timestamps}};
}

}  // namespace escapes
