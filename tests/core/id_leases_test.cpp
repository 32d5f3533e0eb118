// SPDX-License-Identifier: Apache-2.0
#include "core/host/id_leases.hpp"

#include "core/sys/directories.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include <sys/stat.h>

namespace jailrun::tests {
namespace {

class IdLeases : public testing::Test {
 protected:
  // The first id, or the sentence.
  std::string lease(uint8_t launch, uint32_t count, const sys::IdRanges& pool,
                    const sys::IdRanges& avoided = {}) {
    const Result<uint32_t> first = core::lease_ids(core::Token{launch}, pool, count, avoided, directory());
    return first ? std::to_string(first.value()) : first.error().sentence;
  }
  std::string directory() const { return place_.path() + "/ids"; }
  bool end(uint8_t launch) const {
    return static_cast<bool>(core::end_lease(core::Token{launch}, directory()));
  }

  TempDirectory place_;
};

TEST_F(IdLeases, AreTheFirstThatNobodyHas) {
  const sys::IdRanges pool = {{0, 1000, 250}, {0, 5000, 100}};
  EXPECT_EQ(lease(1, 100, pool), "1000");
  EXPECT_EQ(lease(2, 100, pool), "1100");
  EXPECT_EQ(lease(3, 100, pool), "5000");
  EXPECT_EQ(lease(4, 50, pool), "1200");
  EXPECT_EQ(lease(5, 1, pool).find("no 1 ids in a row are left that no other jail has"), 0U);
  EXPECT_TRUE(end(2));
  EXPECT_EQ(lease(5, 60, pool), "1100");
  EXPECT_EQ(lease(6, 40, pool), "1160");
}

TEST_F(IdLeases, AreNoneThatTheJailHasAnyway) {
  EXPECT_EQ(lease(1, 100, {{0, 1000, 1000}}, {{0, 1050, 1}}), "1051");
}

TEST_F(IdLeases, EndWithTheLaunchThatHasThemAlone) {
  EXPECT_TRUE(end(1));  // there is no directory
  EXPECT_EQ(lease(1, 10, {{0, 1000, 20}}), "1000");
  EXPECT_EQ(lease(2, 10, {{0, 1000, 20}}), "1010");
  EXPECT_TRUE(end(1));
  EXPECT_TRUE(end(1));
  EXPECT_EQ(sys::list_directory(directory()).size(), 1U);
}

TEST_F(IdLeases, AreNeverTheSameHoweverManyAsk) {
  constexpr size_t kLaunches = 32;
  std::vector<std::string> firsts(kLaunches);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kLaunches; ++i)
    threads.emplace_back([&, i] {
      firsts[i] = lease(static_cast<uint8_t>(i), 7, {{0, 100, 7 * kLaunches}});
    });
  for (std::thread& one : threads) one.join();
  EXPECT_EQ(std::set<std::string>(firsts.begin(), firsts.end()).size(), kLaunches);
}

TEST_F(IdLeases, AreNotTakenWhereOthersCouldLockThem) {
  ASSERT_EQ(mkdir(directory().c_str(), 0755), 0);
  EXPECT_NE(lease(1, 1, {{0, 1, 1}}).find("is not root's alone"), std::string::npos);
}

}  // namespace
}  // namespace jailrun::tests
