// SPDX-License-Identifier: Apache-2.0
#include "core/sys/new_namespaces.hpp"

#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include <sched.h>

namespace jailrun::sys {
namespace {

constexpr uint32_t kTime = 0x80;

// A /proc whose kernel has these types of namespace.
class Proc {
 public:
  explicit Proc(std::initializer_list<const char*> types) {
    std::filesystem::create_directories(directory_ / "self/ns");
    for (const char* type : types) directory_.file(std::string("self/ns/") + type, "");
  }
  std::string missing(uint32_t type, const std::string& release = "6.12.0") const {
    return missing_namespace(type, directory_.path(), release);
  }

 private:
  tests::TempDirectory directory_;
};

TEST(MissingNamespace, IsWhatTheKernelDoesNotName) {
  const Proc proc({"mnt", "ipc", "uts", "cgroup"});
  EXPECT_EQ(proc.missing(CLONE_NEWIPC), "");
  EXPECT_EQ(proc.missing(CLONE_NEWUTS), "");
  EXPECT_EQ(proc.missing(CLONE_NEWCGROUP), "");
  EXPECT_EQ(proc.missing(CLONE_NEWNET), "this kernel has no net namespaces");
  EXPECT_EQ(proc.missing(kTime), "this kernel has no time namespaces");
}

TEST(MissingNamespace, IsNotTakenForOneWithoutProc) { EXPECT_EQ(Proc({}).missing(CLONE_NEWNET), ""); }

TEST(MissingNamespace, IsThatOfTimeWhereTheExecDoesNotEnterIt) {
  const Proc proc({"mnt", "time"});
  EXPECT_EQ(proc.missing(kTime, "6.1.0-18-amd64"),
            "a program can be started in a new time namespace since Linux 6.2, and this is 6.1.0-18-amd64");
  EXPECT_NE(proc.missing(kTime, "5.15.0"), "");
  EXPECT_EQ(proc.missing(kTime, "6.2.0"), "");
  EXPECT_EQ(proc.missing(kTime, "7.0"), "");
  EXPECT_EQ(proc.missing(kTime, "unheard of"), "");
}

}  // namespace
}  // namespace jailrun::sys
