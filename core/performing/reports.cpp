// SPDX-License-Identifier: Apache-2.0
#include "core/performing/reports.hpp"

#include "core/sys/paths.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

int report_end = -1;
bool is_held_back = false;
}  // namespace

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return system_error(errno, "make a pipe");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void report_to(int fd, bool is_held) {
  report_end = fd;
  is_held_back = is_held;
}

int reporting_to() { return report_end; }

size_t held_size() { return is_held_back ? kLongestHeld : 0; }

bool report_error(const Error& error) {
  std::string text =
      std::to_string(error.status) + " " + std::to_string(error.error_number) + " " + error.sentence;
  text.resize(text.size() + held_size());
  constexpr int kTries = 2;
  for (int i = 0; i < kTries; ++i)
    if (write(report_end, text.data(), text.size()) >= 0) return true;
  return false;
}

void report_exec() {
  if (report_end >= 0) (void)!write(report_end, &kExec, 1);
}

Result<void> read_report(const UniqueFd& reading, bool ends_with_exec, const Explain& explain) {
  constexpr size_t kLongest = 64UL * 1024;
  JR_ASSIGN(const std::string text, sys::read_all(reading.get(), "the child's report", kLongest));
  return judge_report(text, ends_with_exec, explain);
}

Result<void> judge_report(const std::string& text, bool ends_with_exec, const Explain& explain) {
  const bool has_mark = !text.empty() && text.front() == kExec;
  const char* at = text.c_str() + (has_mark ? 1 : 0);
  if (*at == '\0' && ends_with_exec && !has_mark)
    return internal_error("the process that was to become the program was killed before that");
  if (*at == '\0') return {};
  if (*at == kFilteredFailure && explain) {
    ExecFailure failure;
    if (text.size() - (has_mark ? 1 : 0) < kFilteredFailureSize)
      return internal_error("the process that was to become the program exited without saying why");
    memcpy(&failure, at + 1, sizeof failure);
    return explain(failure);
  }
  char* rest = nullptr;
  const long status = std::strtol(at, &rest, 10);
  const long error_number = std::strtol(rest, &rest, 10);
  return Error{static_cast<jr_status>(status), static_cast<int>(error_number),
               *rest == ' ' ? rest + 1 : rest};
}

}  // namespace jailrun::core
