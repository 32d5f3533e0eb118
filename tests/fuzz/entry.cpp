// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry point to one target: JAILRUN_FUZZ_TARGET, an index into kTargets.
#include "tests/fuzz/shipped.hpp"
#include "tests/fuzz/targets.hpp"

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr std::array kCrashes = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

}  // namespace

// Before libFuzzer looks at what is loaded: the stages, too, tell it what they cover.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  // The runner watches its plugins for crashes. libFuzzer, which replaces only the sanitizer's handlers and
  // the default, would keep no input that ends the process.
  std::array<struct sigaction, kCrashes.size()> before = {};
  for (size_t i = 0; i < kCrashes.size(); ++i) sigaction(kCrashes[i], nullptr, &before[i]);
  jailrun::tests::fuzz::load_shipped();
  for (size_t i = 0; i < kCrashes.size(); ++i) sigaction(kCrashes[i], &before[i], nullptr);
  // scripts/fuzz.sh adds these up.
  std::atexit([] { std::fprintf(stderr, "plans reached: %zu\n", jailrun::tests::fuzz::plans_reached()); });
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jailrun::tests::fuzz;
  const auto result = run(kTargets[JAILRUN_FUZZ_TARGET], {reinterpret_cast<const char*>(data), size_t{size}});
  if (result) return 0;
  std::fprintf(stderr, "%s\n", result.error().sentence.c_str());
  std::abort();  // libFuzzer keeps the input
}
