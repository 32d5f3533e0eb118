// SPDX-License-Identifier: Apache-2.0
// Profiles that are written from what programs have called.
#include "core/seccomp/learned.hpp"

#include "core/host/learned_file.hpp"
#include "core/seccomp/compile.hpp"
#include "core/seccomp/evaluate.hpp"
#include "core/seccomp/profile.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <memory>

#include <fcntl.h>
#include <linux/audit.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::tests {
namespace {

using seccomp::Architecture;
using seccomp::Learned;
using seccomp::NotedCalls;

std::unique_ptr<NotedCalls> noted(const std::vector<std::pair<Architecture, const char*>>& calls) {
  auto all = std::make_unique<NotedCalls>();
  for (const auto& [architecture, name] : calls) {
    const uint32_t number = call_number(seccomp::find_call(name), architecture);
    const uint32_t audit = audit_number(architecture);
    seccomp::NotedCall& one = all->calls[seccomp::noted_index(audit, number)];
    one.architecture = audit;
    one.number = number;
    one.count = 1;
  }
  return all;
}

TEST(Learned, IsAProfileThatAllowsWhatWasCalledAndNothingElse) {
  Learned learned;
  learned.add(*noted({{seccomp::kNative, "getuid"}, {seccomp::kNative, "openat"}}));
  const seccomp::Profile profile = seccomp::read_profile(learned.text(), seccomp::of_this_kernel(0));
  ASSERT_TRUE(profile.faults.empty()) << profile.faults.front().text;
  const seccomp::Program program = seccomp::compile(profile.policy);
  const auto is_allowed = [&](const char* name) {
    return seccomp::always_lets_through(
        seccomp::view(program),
        {audit_number(seccomp::kNative), call_number(seccomp::find_call(name), seccomp::kNative), {}});
  };
  for (const char* const name : {"getuid", "openat", "execve", "exit", "exit_group", "write", "rt_sigreturn"})
    EXPECT_TRUE(is_allowed(name)) << name;
  for (const char* const name : {"getgid", "open_by_handle_at", "sendmsg"})
    EXPECT_FALSE(is_allowed(name)) << name;
}

TEST(Learned, IsSortedAndReadAsItWasWritten) {
  Learned learned;
  learned.add(*noted({{seccomp::kNative, "read"}, {seccomp::kNative, "close"}}));
  const std::string text = learned.text();
  EXPECT_LT(text.find("\"close\""), text.find("\"read\""));
  Result<Learned> again = seccomp::read_learned(text);
  ASSERT_TRUE(again) << again.error().sentence;
  EXPECT_EQ(again.value().text(), text);
}

#if defined(__x86_64__)
TEST(Learned, NamesTheArchitecturesOfWhatWasCalled) {
  Learned learned;
  learned.add(*noted({{Architecture::kX86_64, "getuid"}}));
  EXPECT_NE(learned.text().find("[\"SCMP_ARCH_X86_64\"]"), std::string::npos) << learned.text();
  learned.add(*noted({{Architecture::kI386, "getgid"}, {Architecture::kX32, "getpid"}}));
  EXPECT_NE(learned.text().find("[\"SCMP_ARCH_X32\", \"SCMP_ARCH_X86\", \"SCMP_ARCH_X86_64\"]"),
            std::string::npos)
      << learned.text();
}
#endif

TEST(Learned, KeepsWhatIsThere) {
  Result<Learned> learned = seccomp::read_learned(
      "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_RISCV64\"],"
      "\"syscalls\": [{\"names\": [\"of_tomorrow\"], \"action\": \"SCMP_ACT_ALLOW\"}]}");
  ASSERT_TRUE(learned) << learned.error().sentence;
  learned.value().add(*noted({{seccomp::kNative, "getuid"}}));
  for (const char* const kept : {"SCMP_ARCH_RISCV64", "of_tomorrow", "getuid"})
    EXPECT_NE(learned.value().text().find(kept), std::string::npos) << kept;
}

TEST(Learned, IsNotReadFromAProfileThatSaysMore) {
  const auto fault = [](const std::string& text) {
    const Result<Learned> learned = seccomp::read_learned(text);
    return learned ? std::string() : learned.error().sentence;
  };
  EXPECT_EQ(fault("{\"defaultAction\": \"SCMP_ACT_ALLOW\"}"),
            "line 1: the \"defaultAction\" is not SCMP_ACT_ERRNO");
  EXPECT_EQ(fault("{\"syscalls\": []}"), "line 1: there is no \"defaultAction\"");
  EXPECT_EQ(fault("{\"defaultAction\": \"SCMP_ACT_ERRNO\",\n\"flags\": []}"),
            "line 2: no learned profile has \"flags\"");
  EXPECT_EQ(fault("{\"defaultAction\": \"SCMP_ACT_ERRNO\",\n\"syscalls\": [{\"names\": [],\n\"action\": "
                  "\"SCMP_ACT_KILL\"}]}"),
            "line 3: an \"action\" is not SCMP_ACT_ALLOW");
  EXPECT_EQ(fault("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"a\\\"b\"]}"),
            "line 1: 'a\"b' is not a name");
  EXPECT_NE(fault("read: 1\n"), "");
  EXPECT_NE(fault(""), "");
}

TEST(NotedCalls, HaveAPlaceForEachCallThereIsAndForNoOther) {
  for (unsigned i = 0; i < seccomp::kArchitectures; ++i)
    for (seccomp::Call call = 0; call < seccomp::count_calls(); ++call) {
      const auto architecture = static_cast<Architecture>(i);
      const uint32_t number = call_number(call, architecture);
      if (number == seccomp::kNoNumber) continue;
      EXPECT_NE(seccomp::noted_index(audit_number(architecture), number), seccomp::kNotNoted)
          << seccomp::call_name(call);
    }
  EXPECT_NE(seccomp::noted_index(AUDIT_ARCH_X86_64, 1),
            seccomp::noted_index(AUDIT_ARCH_X86_64, 1 | seccomp::kX32Bit));
  EXPECT_NE(seccomp::noted_index(AUDIT_ARCH_X86_64, 1), seccomp::noted_index(AUDIT_ARCH_I386, 1));
  for (const uint32_t number : {1024U, 0xf0005U, 0x40000400U, UINT32_MAX})
    EXPECT_EQ(seccomp::noted_index(AUDIT_ARCH_X86_64, number), seccomp::kNotNoted) << number;
  EXPECT_EQ(seccomp::noted_index(AUDIT_ARCH_S390X, 1), seccomp::kNotNoted);
}

class LearnedFile : public testing::Test {
 protected:
  LearnedFile() : fd_(open(directory_.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}
  std::string path() const { return directory_.path() + "/a.json"; }
  Result<size_t> add(const char* name) const {
    return core::add_to_learned_file(fd_.get(), path(), *noted({{seccomp::kNative, name}}));
  }
  TempDirectory directory_;
  UniqueFd fd_;
};

TEST_F(LearnedFile, IsMadeForItsOwnerAloneAndAddedTo) {
  const Result<size_t> first = add("getuid");
  ASSERT_TRUE(first) << first.error().sentence;
  struct stat now {};
  ASSERT_EQ(stat(path().c_str(), &now), 0);
  EXPECT_EQ(now.st_mode & 07777U, 0600U);
  const Result<size_t> second = add("getgid");
  ASSERT_TRUE(second);
  EXPECT_EQ(second.value(), first.value() + 1);
  EXPECT_EQ(core::read_learned_file(fd_.get(), path()).value().names.count("getuid"), 1U);
}

TEST_F(LearnedFile, ThatIsALinkIsNotFollowed) {
  ASSERT_EQ(symlink("elsewhere", path().c_str()), 0);
  EXPECT_FALSE(core::read_learned_file(fd_.get(), path()));
  EXPECT_FALSE(add("getuid"));
  EXPECT_NE(access((directory_.path() + "/elsewhere").c_str(), F_OK), 0);
}

TEST_F(LearnedFile, ThatOthersCanWriteIsRefused) {
  directory_.file("a.json", Learned().text(), 0666);
  const Result<Learned> read = core::read_learned_file(fd_.get(), path());
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().sentence.find("can be written by others than root"), std::string::npos);
}

}  // namespace
}  // namespace jailrun::tests
