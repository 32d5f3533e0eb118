// SPDX-License-Identifier: Apache-2.0
// The built-in profile says what Docker's own file says, which Debian's package has: scripts/docker-profile.
#include "core/seccomp/compile.hpp"
#include "core/seccomp/evaluate.hpp"
#include "core/seccomp/profile.hpp"
#include "tests/support/call_numbers.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace jailrun::seccomp;

namespace {

using Arguments = std::array<std::optional<uint64_t>, 6>;

// Each argument in turn has what either profile tells apart, and the others have all bits, or none.
std::vector<Arguments> representative_arguments(const Policy& one, const Policy& other) {
  std::vector<uint64_t> values = {0, 1, 8, UINT32_MAX, UINT64_MAX};
  for (unsigned bit = 0; bit < 64; ++bit) values.push_back(uint64_t{1} << bit);
  for (const Policy* const policy : {&one, &other})
    for (const Condition& condition : policy->conditions)
      for (const uint64_t value : {condition.value, condition.mask})
        for (const uint64_t near : {value - 1, value, value + 1, ~value, value | uint64_t{1} << 32})
          values.push_back(near);
  std::vector<Arguments> all;
  for (const uint64_t others : {uint64_t{0}, UINT64_MAX})
    for (unsigned i = 0; i < 6; ++i)
      for (const uint64_t value : values) {
        Arguments arguments;
        arguments.fill(others);
        arguments[i] = value;
        all.push_back(arguments);
      }
  return all;
}

// Of each number on each architecture; false once they differ.
bool are_same(const Policy& one, const Policy& other) {
  const Program ours = compile(one);
  const Program theirs = compile(other);
  const std::vector<Arguments> all_arguments = representative_arguments(one, other);
  for (unsigned i = 0; i < kArchitectures; ++i) {
    const auto architecture = static_cast<Architecture>(i);
    for (const uint32_t number : jailrun::tests::call_numbers(architecture)) {
      const Question any = {audit_number(architecture), number, {}};
      const std::vector<Verdict> verdict = verdicts(view(ours), any);
      EXPECT_EQ(verdict, verdicts(view(theirs), any)) << "architecture " << i << ", number " << number;
      if (testing::Test::HasFailure()) return false;
      if (verdict.size() == 1) continue;
      for (const Arguments& arguments : all_arguments) {
        const Question question = {audit_number(architecture), number, arguments};
        EXPECT_EQ(verdicts(view(ours), question), verdicts(view(theirs), question))
            << "architecture " << i << ", number " << number;
        if (testing::Test::HasFailure()) return false;
      }
    }
  }
  return true;
}

TEST(DockersProfile, HasTheVerdictsOfDockersOwnFile) {
  const char* const path = getenv("JAILRUN_DOCKER_PROFILE");
  if (path == nullptr || *path == '\0')
    GTEST_SKIP()
        << "Docker's own profile is not here: scripts/docker-profile, as ./dev test calls it, fetches it";
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  ASSERT_FALSE(text.str().empty()) << path;
  constexpr uint64_t kThoseOfAContainer = 0xa80425fb;
  std::vector<uint64_t> sets = {0, UINT64_MAX, kThoseOfAContainer};
  for (unsigned capability = 0; capability < 41; ++capability) sets.push_back(uint64_t{1} << capability);
  for (const uint64_t capabilities : sets) {
    const Profile theirs = read_oci(text.str(), {capabilities, 6, 1});
    ASSERT_TRUE(theirs.faults.empty()) << theirs.faults.front().text;
    const Profile ours = docker_profile({capabilities, 6, 1});
    EXPECT_EQ(ours.policy.otherwise, theirs.policy.otherwise);
    EXPECT_EQ(ours.flags, theirs.flags);
    ASSERT_TRUE(are_same(ours.policy, theirs.policy)) << "with capabilities " << std::hex << capabilities;
  }
}

}  // namespace
