// SPDX-License-Identifier: Apache-2.0
#include "integration/escapes/docker_filter.hpp"

#include "integration/support/files.hpp"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <seccomp.h>
#include <unistd.h>

namespace jailrun::integration::escapes {
namespace {

constexpr unsigned long kNewNamespaces = 0x7e020000;
constexpr unsigned long kPersonalities[] = {0, 8, 0x20000, 0x20008, 0xffffffff};

std::string quoted(const Strings& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "\"" : ", \"") + word + "\"";
  return text;
}

}  // namespace

// The file's first list of names is of those that need nothing else.
Strings docker_calls() {
  const char* const file = std::getenv("JAILRUN_DOCKER_PROFILE");
  if (file == nullptr || !exists(file)) return {};
  const std::string text = read_file(file);
  const size_t begin = text.find('[', text.find("\"names\""));
  const size_t end = text.find(']', begin);
  if (begin == std::string::npos || end == std::string::npos) return {};
  Strings calls = {"arch_prctl", "modify_ldt", "ptrace"};
  for (size_t at = text.find('"', begin); at < end; at = text.find('"', at)) {
    const size_t last = text.find('"', at + 1);
    calls.push_back(text.substr(at + 1, last - at - 1));
    at = last + 1;
  }
  return calls;
}

std::string docker_filter_file(const std::string& file) {
  const Strings calls = docker_calls();
  const scmp_filter_ctx filter = calls.empty() ? nullptr : seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (filter == nullptr) return {};
#ifdef __x86_64__
  seccomp_arch_add(filter, SCMP_ARCH_X86);
  seccomp_arch_add(filter, SCMP_ARCH_X32);
#endif
  const auto number = [](const char* name) { return seccomp_syscall_resolve_name(name); };
  for (const std::string& call : calls) seccomp_rule_add(filter, SCMP_ACT_ALLOW, number(call.c_str()), 0);
  for (const unsigned long one : kPersonalities)
    seccomp_rule_add(filter, SCMP_ACT_ALLOW, number("personality"), 1, SCMP_A0(SCMP_CMP_EQ, one));
  seccomp_rule_add(filter, SCMP_ACT_ALLOW, number("clone"), 1,
                   SCMP_A0(SCMP_CMP_MASKED_EQ, kNewNamespaces, 0));
  seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), number("clone3"), 0);
  const int fd = open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  const bool is_written = fd >= 0 && seccomp_export_bpf(filter, fd) == 0;
  close(fd);
  seccomp_release(filter);
  return is_written ? file : "";
}

std::string docker_filter_for_runtimes() {
  const Strings calls = docker_calls();
  if (calls.empty()) return {};
  const std::string allow = R"(, "action": "SCMP_ACT_ALLOW")";
  std::string rules = R"({"names": [)" + quoted(calls) + "]" + allow + "}";
  for (const unsigned long one : kPersonalities)
    rules += R"(, {"names": ["personality"])" + allow + R"(, "args": [{"index": 0, "value": )" +
             std::to_string(one) + R"(, "op": "SCMP_CMP_EQ"}]})";
  rules += R"(, {"names": ["clone"])" + allow + R"(, "args": [{"index": 0, "value": )" +
           std::to_string(kNewNamespaces) + R"(, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]})";
  rules += R"(, {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38})";
  return R"(, "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", )"
         R"("SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": [)" +
         rules + "]}";
}

}  // namespace jailrun::integration::escapes
