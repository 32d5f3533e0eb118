// SPDX-License-Identifier: Apache-2.0
// Code that a program makes in its own memory, which is what an exploit of the program itself does first.
#include "integration/escapes/probe/probe.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace escapes {
namespace {

constexpr size_t kPage = 4096;

Result map_writable_code(const Targets&) {
  void* const at =
      mmap(nullptr, kPage, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED ? failed() : reached();
}

Result make_memory_executable(const Targets&) {
  void* const at = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return failed();
  return by(mprotect(at, kPage, PROT_READ | PROT_EXEC));
}

// The same memory twice, by a file that exists in memory alone.
Result map_memory_twice(const Targets&) {
  const int fd = memfd_create("probe", 0);
  if (fd < 0 || ftruncate(fd, kPage) != 0) return failed();
  void* const written = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  void* const executed = mmap(nullptr, kPage, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
  return written == MAP_FAILED || executed == MAP_FAILED ? failed() : reached();
}

// Where a null pointer of the kernel's would lead.
Result map_page_zero(const Targets&) {
  void* const at =
      mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  return at == MAP_FAILED ? failed() : reached();
}

}  // namespace

Probes memory() {
  return {{"map-writable-code", map_writable_code},
          {"make-memory-executable", make_memory_executable},
          {"map-memory-twice", map_memory_twice},
          {"map-page-zero", map_page_zero}};
}

}  // namespace escapes
