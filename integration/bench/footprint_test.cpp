// SPDX-License-Identifier: Apache-2.0
// The system calls of a launch, and what the files that carry stages cost the loader, do not grow unnoticed.
#include "integration/bench/footprint.hpp"

#include "integration/support/files.hpp"
#include "integration/support/jail_test.hpp"

#include <gtest/gtest.h>

#include <map>

namespace jailrun::integration {
namespace {

using bench::Count;
using FootprintTest = JailTest;

// ./dev test runs from the clone's root.
constexpr const char* kRecord = "integration/bench/record.txt";

#if defined(__clang__) || !defined(__x86_64__)
constexpr const char* kSkipped = "the record is of what g++ makes for x86-64";
#else
constexpr const char* kSkipped = nullptr;
#endif

TEST_F(FootprintTest, ALaunchAndTheStagesFilesAreAsTheRecordSays) {
  if (kSkipped != nullptr) GTEST_SKIP() << kSkipped;
  std::map<std::string, size_t> now;
  for (const Count& one : bench::count_everything(scratch(""))) now[one.name] = one.value;
  EXPECT_GT(now["calls default.conf by jailrun"], 50U) << "the trace has not seen the launch";
  EXPECT_EQ(now["calls default.conf by the loader"], 0U)
      << "bin/jailrun is static, and every stage has its twin";
  std::string changes;
  for (const Count& recorded : bench::read_record(read_file(kRecord))) {
    const auto found = now.find(recorded.name);
    if (found == now.end() || !bench::is_unchanged(recorded, found->second))
      changes += recorded.name + ": recorded " + std::to_string(recorded.value) + ", now " +
                 (found == now.end() ? "none" : std::to_string(found->second)) + "\n";
    if (found != now.end()) now.erase(found);
  }
  for (const auto& [name, value] : now)
    changes += name + ": not recorded, now " + std::to_string(value) + "\n";
  EXPECT_EQ(changes, "") << "If that is meant, renew " << kRecord
                         << " in the same commit: sudo ./dev bench record";
}

}  // namespace
}  // namespace jailrun::integration
