// SPDX-License-Identifier: Apache-2.0
// Labels of Linux security modules: see apparmor(7), selinux(8) and proc_pid_attr(5).
#pragma once

#include "jailrun/result.hpp"

#include <cstdint>
#include <string>

namespace jailrun::sys {

// Why the module, JR_LABEL_APPARMOR or JR_LABEL_SELINUX, labels nothing here; empty: it is in force.
std::string label_fault(uint32_t kind);

// The calling thread's next exec gives what it executes this label, and no exec after that one. `proc`: the
// host's /proc, as open_proc() gives it.
Result<void> label_next_exec(int proc, uint32_t kind, const std::string& text);

}  // namespace jailrun::sys
