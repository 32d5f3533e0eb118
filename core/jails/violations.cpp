// SPDX-License-Identifier: Apache-2.0
#include "core/jails/violations.hpp"

#include "core/jails/kill.hpp"
#include "core/ledger/status.hpp"
#include "core/seccomp/learned.hpp"
#include "core/seccomp/noted_calls.hpp"
#include "core/sys/fd.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <linux/seccomp.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// What follows " NAME=" up to the next blank; empty: there is none.
std::string_view field(std::string_view text, std::string_view name) {
  const std::string key = " " + std::string(name) + "=";
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + key.size());
  return text.substr(0, text.find_first_of(" \n"));
}

template <class Number>
Number number(std::string_view text, int base = 10) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

// The kernel writes a name that has quotes, blanks or control characters in hexadecimal.
std::string name_of_program(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"') return std::string(text.substr(1, text.size() - 2));
  std::string name;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    name += static_cast<char>(number<unsigned>(text.substr(i, 2), 16));
  return name;
}

std::string call_text(uint32_t audit_number, uint32_t number) {
  constexpr std::string_view kNames[] = {"x86_64", "x32", "i386", "aarch64", "arm"};
  seccomp::Architecture architecture = seccomp::kNative;
  if (!seccomp::find_architecture(audit_number, number, architecture)) return std::to_string(number);
  const seccomp::Call call = seccomp::call_with_number(architecture, number);
  if (call == seccomp::kNoCall) return std::to_string(number);
  const std::string of = architecture == seccomp::kNative
                             ? ""
                             : " (" + std::string(kNames[static_cast<unsigned>(architecture)]) + ")";
  return std::string(seccomp::call_name(call)) + of;
}

// A program chooses its name, and must not write to the terminal of whoever looks.
std::string shown_name(const char* name, size_t size) {
  std::string shown(name, strnlen(name, size));
  for (char& byte : shown)
    if (static_cast<unsigned char>(byte) < ' ' || byte == 127) byte = '?';
  return shown;
}

uid_t uid_of(const Ledger& ledger) {
  for (const Record& action : ledger.actions)
    if (action.text("action") == "credentials") return static_cast<uid_t>(action.number("uid"));
  return 0;
}

bool learns(const Ledger& ledger) {
  for (const Record& action : ledger.actions)
    if (action.text("notifies") == "learn") return true;
  return false;
}

}  // namespace

Result<std::vector<Violation>> noted_calls_of(const Ledger& ledger) {
  if (!ledger.noted_calls || !is_alive(ledger.supervisor)) return std::vector<Violation>();
  const std::string path =
      "/proc/" + std::to_string(ledger.supervisor->pid) + "/fd/" + std::to_string(*ledger.noted_calls);
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::vector<Violation>();  // it has just exited
  if (!file) return system_error(errno, "open " + path);
  // Else another process may have had the number meanwhile, and what was opened be that one's.
  if (!is_alive(ledger.supervisor)) return std::vector<Violation>();
  const auto noted = std::make_unique<seccomp::NotedCalls>();
  const ssize_t size = pread(file.get(), noted.get(), sizeof *noted, 0);
  if (size != static_cast<ssize_t>(sizeof *noted))
    return size < 0 ? system_error(errno, "read " + path)
                    : internal_error(path + " is not what it should be");
  std::vector<Violation> all;
  const seccomp::Verdict verdict = learns(ledger) ? SECCOMP_RET_LOG : SECCOMP_RET_ERRNO;
  const uid_t uid = uid_of(ledger);
  for (const seccomp::NotedCall& one : noted->calls)
    if (one.count != 0)
      all.push_back(
          {{static_cast<uint64_t>(one.last), uid, one.pid, shown_name(one.program, sizeof one.program),
            call_text(one.architecture, one.number), verdict},
           one.count,
           static_cast<uint64_t>(one.first)});
  if (noted->others != 0) all.push_back({{0, uid, 0, "", "unknown", verdict}, noted->others, 0});
  return all;
}

std::optional<LoggedCall> read_logged_call(std::string_view record) {
  // Only the kernel's own messages have a priority below 8: no process can write such a one.
  const size_t begin = record.find(';');
  constexpr std::string_view kKind = "audit: type=1326 audit(";
  if (begin == std::string_view::npos || number<unsigned>(record) >= 8) return std::nullopt;
  const std::string_view text = record.substr(begin + 1);
  if (text.substr(0, kKind.size()) != kKind) return std::nullopt;
  LoggedCall call;
  call.time = number<uint64_t>(text.substr(kKind.size()));
  call.uid = number<uid_t>(field(text, "uid"));
  call.pid = number<pid_t>(field(text, "pid"));
  call.program = name_of_program(field(text, "comm"));
  call.call = call_text(number<uint32_t>(field(text, "arch"), 16), number<uint32_t>(field(text, "syscall")));
  const std::string_view code = field(text, "code");
  call.verdict = number<uint32_t>(code.substr(0, 2) == "0x" ? code.substr(2) : code, 16);
  return call;
}

Result<std::vector<Violation>> logged_calls_of(const Ledger& ledger) {
  const UniqueFd log(open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!log) return system_error(errno, "open the kernel's log /dev/kmsg");
  std::vector<pid_t> processes = JailProcesses(ledger).list();
  if (ledger.process) processes.push_back(ledger.process->pid);
  const uid_t uid = uid_of(ledger);
  std::vector<Violation> all;
  char record[8192];
  for (;;) {
    const ssize_t size = read(log.get(), record, sizeof record);
    if (size < 0 && errno == EPIPE) continue;  // it was overwritten meanwhile; the next one is there
    if (size < 0 && errno == EAGAIN) return all;
    if (size < 0) return system_error(errno, "read the kernel's log");
    const auto call = read_logged_call({record, static_cast<size_t>(size)});
    if (!call || call->time < ledger.time) continue;
    const bool is_its_process = std::find(processes.begin(), processes.end(), call->pid) != processes.end();
    if (!is_its_process && (uid == 0 || call->uid != uid)) continue;
    const auto same = std::find_if(all.begin(), all.end(), [&](const Violation& one) {
      return one.last.pid == call->pid && one.last.call == call->call && one.last.verdict == call->verdict;
    });
    if (same == all.end())
      all.push_back({*call, 1, call->time});
    else
      same->last = *call, ++same->count;
  }
}

}  // namespace jailrun::core
