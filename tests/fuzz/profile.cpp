// SPDX-License-Identifier: Apache-2.0
// A profile of system calls, in whichever format: read, compiled, and asked for verdicts.
#include "core/seccomp/profile.hpp"

#include "core/seccomp/compile.hpp"
#include "core/seccomp/evaluate.hpp"
#include "tests/fuzz/expect.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>

#include <linux/seccomp.h>

namespace jailrun::tests::fuzz {
namespace {

using namespace seccomp;

// Each number's verdict is one that the policy has, and nothing is foreign that it is for.
Result<void> expect_verdicts(const Policy& policy, const Program& program) {
  for (const Architecture architecture : policy.architectures)
    for (Call call = 0; call < count_calls(); call = static_cast<Call>(call + 7)) {
      const uint32_t number = call_number(call, architecture);
      if (number == kNoNumber) continue;
      const std::vector<Verdict> all = verdicts(view(program), {audit_number(architecture), number, {}});
      for (const Verdict one : all)
        JR_TRY(expect(
            one == policy.otherwise || std::any_of(policy.rules.begin(), policy.rules.end(),
                                                   [&](const Rule& rule) { return rule.verdict == one; }),
            "a call has a verdict of the policy", call_name(call)));
      const bool is_named = std::any_of(policy.rules.begin(), policy.rules.end(), [&](const Rule& rule) {
        return call_number(rule.call, architecture) == number;
      });
      // socketcall and ipc are named by what they do, too.
      if (!is_named && architecture != Architecture::kI386)
        JR_TRY(expect(all == std::vector<Verdict>{policy.otherwise}, "what no rule names has the default",
                      call_name(call)));
    }
  return {};
}

}  // namespace

Result<void> profile(std::string_view input) {
  const Profile read = read_profile(input, {uint64_t{1} << 21, 6, 1});
  const auto lines = static_cast<size_t>(std::count(input.begin(), input.end(), '\n')) + 1;
  for (const ProfileFault& fault : read.faults) {
    JR_TRY(expect(fault.line <= lines, "a fault is in a line of the file", fault.text));
    JR_TRY(expect(!fault.text.empty(), "a fault is said"));
  }
  if (!read.faults.empty()) return {};
  if (!read.program.empty()) {
    JR_TRY(expect(fault_of(view(read.program)).empty(), "a filter without faults can be loaded"));
    (void)verdicts(view(read.program), {audit_number(kNative), 0, {}});
    count_plan();
    return {};
  }
  const Program program = compile(read.policy);
  if (program.size() > BPF_MAXINSNS) return {};
  JR_TRY(expect(fault_of(view(program)).empty(), "what is compiled can be loaded", fault_of(view(program))));
  JR_TRY(expect_verdicts(read.policy, program));
  count_plan();
  return {};
}

}  // namespace jailrun::tests::fuzz
