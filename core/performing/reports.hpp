// SPDX-License-Identifier: Apache-2.0
// How a process that is to become the program tells the one that would roll back how that went.
#pragma once

#include "core/plan/state.hpp"
#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <functional>

namespace jailrun::core {

// What an exec that failed under filters, and could only tell how, is called.
using Explain = std::function<Error(const ExecFailure&)>;

struct Pipe {
  UniqueFd reading;
  UniqueFd writing;
};
Result<Pipe> make_pipe();

// Where this process reports to; -1: nowhere. Borrowed. `is_held`: after a failure it waits until the reader
// lets it go, by reading.
void report_to(int fd, bool is_held = false);
int reporting_to();
// How many bytes such a report has at least, which is more than a pipe of one page holds on any machine; 0:
// it is not held.
size_t held_size();
constexpr size_t kLongestHeld = 128UL * 1024;

// "STATUS ERRNO SENTENCE". False: nobody has read it.
bool report_error(const Error& error);

// The exec comes next: without this, the end of the process is not a success. Allocates nothing.
void report_exec();
constexpr char kExec = '\1';

// How one begins that is told under filters, as an ExecFailure, and its size with that.
constexpr char kFilteredFailure = '\2';
constexpr size_t kFilteredFailureSize = 1 + sizeof(ExecFailure);

// Reads what was reported until the process exits or execs. The kernel closes the pipe for one that was
// killed as it does for one whose exec succeeded. Only the runner writes into it, and it is closed before the
// program's first instruction: so no program can pretend anything, as it can by its name.
Result<void> read_report(const UniqueFd& reading, bool ends_with_exec, const Explain& explain = nullptr);
// The same of a report that is read already.
Result<void> judge_report(const std::string& text, bool ends_with_exec, const Explain& explain);

}  // namespace jailrun::core
