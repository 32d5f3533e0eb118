// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry point to one target: JAILRUN_FUZZ_TARGET, an index into kTargets.
#include "tests/fuzz/shipped.hpp"
#include "tests/fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// Before libFuzzer looks at what is loaded: the stages, too, tell it what they cover.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  jailrun::tests::fuzz::load_shipped();
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
