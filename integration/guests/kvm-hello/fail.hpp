// SPDX-License-Identifier: Apache-2.0
// Every way to fail ends here: one sentence on stderr, status 1.
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

[[noreturn]] inline void fail(const char* what) {
  const int error = errno;
  std::fflush(stdout);
  std::fprintf(stderr, "kvm-hello: %s: %s (errno %d)\n", what, std::strerror(error), error);
  std::exit(1);
}

[[noreturn]] inline void refuse(const char* sentence, const char* object) {
  std::fflush(stdout);
  std::fprintf(stderr, "kvm-hello: %s%s\n", sentence, object);
  std::exit(1);
}
