// SPDX-License-Identifier: Apache-2.0
// How the runner reads structs that are shorter or longer than it has them itself.
#include "core/stages/arguments.hpp"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

// As a later runner might have a struct that began with two members. Of uint32_t alone, so that one of any
// size is aligned at the end of a page.
namespace jailrun {
struct Grown {
  uint32_t struct_size;
  uint32_t mode;
  uint32_t added;
  uint32_t added_too;
};
template <>
inline constexpr size_t action_rules::kFirstSize<Grown> = 8;
const char* unknown_member(const Grown& given);
const char* unknown_member(const Grown& given) { return given.mode > 0777 ? "its mode" : nullptr; }
Result<void> judge(const Grown& given);
Result<void> judge(const Grown&) { return {}; }
}  // namespace jailrun

namespace jailrun::core {
namespace {

// Bytes behind which nothing can be read: a read beyond them is a fault.
class AtTheEndOfAPage {
 public:
  AtTheEndOfAPage() : page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
    pages_ = static_cast<char*>(
        mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(pages_ + page_, page_, PROT_NONE);
  }
  AtTheEndOfAPage(const AtTheEndOfAPage&) = delete;
  AtTheEndOfAPage& operator=(const AtTheEndOfAPage&) = delete;
  ~AtTheEndOfAPage() { munmap(pages_, 2 * page_); }

  template <class T>
  const T* put(const void* bytes, size_t size) {
    return static_cast<const T*>(std::memcpy(pages_ + page_ - size, bytes, size));
  }

 private:
  size_t page_;
  char* pages_;
};

TEST(Arguments, OfTheFirstVersionAreReadNoFurtherThanTheyReach) {
  AtTheEndOfAPage page;
  const uint32_t first[] = {8, 0700};
  const Result<Grown> read = known_arguments(page.put<Grown>(first, sizeof first), "grown");
  ASSERT_TRUE(read);
  EXPECT_EQ(read.value().mode, 0700U);
  EXPECT_EQ(read.value().added, 0U) << "what the writer's version lacks reads as zero";
}

TEST(Arguments, OfALaterVersionAreReadToTheirEnd) {
  AtTheEndOfAPage page;
  const uint32_t later[] = {24, 0700, 7, 8, 0, 0};
  const Result<Grown> read = known_arguments(page.put<Grown>(later, sizeof later), "grown");
  ASSERT_TRUE(read);
  EXPECT_EQ(read.value().added, 7U);
  EXPECT_EQ(read.value().added_too, 8U);
  const uint32_t more[] = {24, 0700, 7, 8, 0, 1U << 31};
  const Result<Grown> refused = known_arguments(page.put<Grown>(more, sizeof more), "grown");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, JR_ERROR_UNSUPPORTED);
}

TEST(Arguments, ShorterThanTheFirstVersionAreRefused) {
  AtTheEndOfAPage page;
  const uint32_t shorter[] = {7};
  const Result<Grown> refused = known_arguments(page.put<Grown>(shorter, sizeof shorter), "grown");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().sentence,
            "grown: its arguments are shorter than in version 1.0 of the interface");
  EXPECT_FALSE(known_arguments<Grown>(nullptr, "grown"));
}

TEST(Arguments, WithSomethingUnknownAreRefused) {
  const Grown given = {sizeof given, 01000, 0, 0};
  const Result<Grown> refused = known_arguments(&given, "grown");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().sentence,
            "grown: this version of jailrun does not know its mode; a newer one is needed");
}

}  // namespace
}  // namespace jailrun::core
