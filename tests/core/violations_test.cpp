// SPDX-License-Identifier: Apache-2.0
#include "core/jails/violations.hpp"

#include <gtest/gtest.h>

#include <linux/seccomp.h>

namespace jailrun::core {
namespace {

std::string record(const std::string& priority, const std::string& comm, const std::string& rest) {
  return priority +
         ",8976,51568536374,-;audit: type=1326 audit(1795887097.586:114): auid=4294967295 uid=1234 "
         "gid=4321 ses=4294967295 subj=unconfined pid=8168 comm=" +
         comm + " exe=\"/probe\" sig=0 " + rest + " compat=0 ip=0x7fcb2d612409 code=0x50000\n";
}

TEST(Violations, ALineOfTheKernelsLogIsRead) {
  const auto call = read_logged_call(record("5", "\"probe\"", "arch=c000003e syscall=165"));
  ASSERT_TRUE(call);
  EXPECT_EQ(call->time, 1795887097U);
  EXPECT_EQ(call->uid, 1234U);
  EXPECT_EQ(call->pid, 8168);
  EXPECT_EQ(call->program, "probe");
  EXPECT_EQ(call->call, seccomp::kNative == seccomp::Architecture::kX86_64 ? "mount" : "mount (x86_64)");
  EXPECT_EQ(call->verdict, SECCOMP_RET_ERRNO);
}

TEST(Violations, OtherArchitecturesAndUnknownCallsAreNamed) {
  EXPECT_EQ(read_logged_call(record("5", "\"probe\"", "arch=40000003 syscall=21"))->call, "mount (i386)");
  EXPECT_EQ(read_logged_call(record("5", "\"probe\"", "arch=c000003e syscall=1073741989"))->call,
            "mount (x32)");
  EXPECT_EQ(read_logged_call(record("5", "\"probe\"", "arch=c000003e syscall=9999"))->call, "9999");
}

// As the kernel writes a name that could be taken for something else.
TEST(Violations, ANameInHexadecimalIsRead) {
  EXPECT_EQ(read_logged_call(record("5", "6120706964", "arch=c000003e syscall=165"))->program, "a pid");
}

TEST(Violations, WhatAProcessHasWrittenIntoTheLogIsNoViolation) {
  EXPECT_FALSE(read_logged_call(record("13", "\"probe\"", "arch=c000003e syscall=165")));
  EXPECT_FALSE(read_logged_call("6,1,2,-;device vda: audit: type=1326 audit(1.2:3): uid=1 pid=2\n"));
  EXPECT_FALSE(read_logged_call(""));
  EXPECT_FALSE(read_logged_call("5,8976,51568536374,-;audit: type=1400 audit(1.2:3): uid=1 pid=2\n"));
}

}  // namespace
}  // namespace jailrun::core
