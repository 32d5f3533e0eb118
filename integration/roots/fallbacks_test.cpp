// SPDX-License-Identifier: Apache-2.0
// A kernel that lacks a system call: the same jail is made by other calls. The calls fail with ENOSYS, as on
// an older kernel.
#include "integration/support/jail_test.hpp"

#include <filesystem>

namespace jailrun::integration {
namespace {

struct MissingCall {
  const char* name;
  const char* calls;  // as strace takes them
};

class FallbackTest : public JailTest, public testing::WithParamInterface<MissingCall> {
 protected:
  // What the program sees of itself, without what differs in each launch.
  static std::string without_times_and_pids(const std::string& report) {
    std::string kept;
    for (const std::string& line : split_lines(report)) {
      const bool is_own = line.rfind("pid ", 0) == 0 || line.rfind("parent ", 0) == 0 ||
                          line.rfind("group ", 0) == 0 || line.rfind("session ", 0) == 0 ||
                          line.rfind("argument ", 0) == 0 || line.rfind("fd ", 0) == 0;
      if (!is_own) kept += line + "\n";
    }
    return kept;
  }

  // As the kernel answers that has none of the calls.
  Strings lacking() const {
    return {"strace",
            "-f",
            "-qq",
            "-o",
            scratch("trace"),
            "-e",
            std::string("inject=") + GetParam().calls + ":error=ENOSYS"};
  }
  std::string seen_by_program(const Strings& in_front, const Strings& options) {
    Command wanted =
        command(options, {"--stat", "/dev/kvm", "--stat", "/dev/net/tun", "--stat", "/probe", "--stat", "/"});
    wanted.argv.insert(wanted.argv.end(), {"--exit", "0"});
    wanted.argv.insert(wanted.argv.begin(), in_front.begin(), in_front.end());
    const Outcome outcome = run(wanted);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    return without_times_and_pids(outcome.out);
  }
  void expect_that_some_were_refused() const {
    EXPECT_NE(read_file(scratch("trace")).find("(INJECTED)"), std::string::npos)
        << "no " << GetParam().calls << " is made any more";
  }
};

class InPlaceTest : public FallbackTest {};

TEST_P(InPlaceTest, IsTheSameJail) {
  const auto seen = [&](const Strings& in_front) {
    std::string all = seen_by_program(in_front, {"--cgroup", "cpuset.cpus=0"});
    all +=
        list(root()) + describe(root()) + " " + std::to_string(std::filesystem::file_size(root() + "/probe"));
    remove_jail();
    return all;
  };
  const std::string usual = seen({});
  EXPECT_NE(usual.find("uid 1234"), std::string::npos) << usual;
  EXPECT_EQ(seen(lacking()), usual);
  expect_that_some_were_refused();
}

class InChildTest : public FallbackTest {};

TEST_P(InChildTest, IsTheSameProgram) {
  const Strings options = {"--pipeline", pipeline("firecracker.conf"), "--new-pid-ns", "--supervise"};
  const std::string usual = seen_by_program({}, options);
  EXPECT_NE(usual.find("uid 1234"), std::string::npos) << usual;
  EXPECT_EQ(seen_by_program(lacking(), options), usual);
  expect_that_some_were_refused();
  run({runner(), "rm", "--host", "--reports"});
}

std::string name_of(const testing::TestParamInfo<MissingCall>& lack) { return lack.param.name; }

constexpr MissingCall kOpenat2 = {"WithoutOpenat2", "openat2"};
constexpr MissingCall kCopyFileRange = {"WithoutCopyFileRange", "copy_file_range"};
constexpr MissingCall kOpenTree = {"WithoutOpenTree", "open_tree"};
constexpr MissingCall kClone3 = {"WithoutClone3", "clone3"};

INSTANTIATE_TEST_SUITE_P(Kernel, InPlaceTest, testing::Values(kOpenat2, kCopyFileRange, kOpenTree), name_of);
INSTANTIATE_TEST_SUITE_P(Kernel, InChildTest, testing::Values(kOpenat2, kCopyFileRange, kOpenTree, kClone3),
                         name_of);

}  // namespace
}  // namespace jailrun::integration
