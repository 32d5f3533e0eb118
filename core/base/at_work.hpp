// SPDX-License-Identifier: Apache-2.0
// A plugin's code at work, and the ways out of the process that it could take: exit() and _exit(), whatever
// the status, are not a success, and a crash names the plugin.
#pragma once

#include "jailrun/result.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace jailrun::core {

// While it exists, the plugin's code runs: AtWork("stage", "devices", "planning").
class AtWork {
 public:
  // All borrowed.
  AtWork(const char* kind, std::string_view name, const char* doing);
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;
  ~AtWork();
};

// Catches the signals of a crash from now on. The first AtWork does so too.
void watch_plugins();

// Puts the hook for exit() before the destructors of plugins that were loaded since the last time: what rolls
// back may call them.
void watch_exit();

// What follows a plugin's exit(), in place of one sentence and status 1.
void set_way_out(std::function<void(const Error&)> leave);

// What _exit() does in a program that defines it so: a plugin's is one of exit().
[[noreturn]] void leave_process(int status);

// In a child that the runner made: where a crash is reported, as the parent reads it: "STATUS ERRNO
// SENTENCE"; else one sentence on stderr.
void report_crashes_to(int fd);

// What a crash leaves: the jail's id, which that sentence names.
void note_crash_leaves(const std::string& id);

}  // namespace jailrun::core
