// SPDX-License-Identifier: Apache-2.0
// The integration tests' door: root, a staged tree, a world of their own.
#include "integration/support/isolation.hpp"
#include "integration/support/stage.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include <unistd.h>

int main(int argc, char** argv) {
  using namespace jailrun::integration;
  testing::InitGoogleTest(&argc, argv);
  if (testing::GTEST_FLAG(list_tests)) return RUN_ALL_TESTS();
  if (geteuid() != 0) return std::fputs("the integration tests need root: sudo ./dev test\n", stderr), 1;
  if (access(runner().c_str(), X_OK) != 0) {
    std::fprintf(stderr, "JAILRUN_STAGE='%s' is not a staged tree: sudo ./dev test makes one\n",
                 stage().c_str());
    return 1;
  }
  return run_isolated([] { return RUN_ALL_TESTS(); });
}
