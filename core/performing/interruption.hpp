// SPDX-License-Identifier: Apache-2.0
// Signals that end a process, to jailrun itself while it performs: the launch fails, all is rolled back, and
// then the process dies of that signal, as its caller expects.
//
// The handler only notes the signal. The kernel restarts nothing, so what blocks returns. But no signal
// interrupts the copying of a regular file: while preparing, the handler also sets the limit on the size of
// written files to nothing, so that a plugin's copy, which knows nothing of this, fails at its next write.
#pragma once

#include "jailrun/result.hpp"

#include <setjmp.h>
#include <sys/types.h>

namespace jailrun::core::interruption {

// From here on, in this process: it prepares. To be called before the first action.
void watch();

// All is prepared: files may be written again.
void end_preparing();

// The signal that came first; 0: none.
int number();

// An error where a signal came.
Result<void> check();

// What an interrupted launch tells instead of what the interrupted action said.
Error cause_of(Error error);

// Signals, once they came and later, go to that child too: SIGKILL, or themselves where `signal` is 0.
void hand_to(pid_t child, int signal);
void hand_to_nobody();

// In a child that becomes the program: a signal ends it, and its parent rolls back.
void die_at_once();

// Around an execve. A signal that comes before the kernel has begun with it jumps to `exec_point`, which the
// caller has set; one that comes later is the program's. Nothing between the two may allocate, or have a
// destructor. False: a signal came before.
extern sigjmp_buf exec_point;
bool begin_exec();
void end_exec();

// Before rolling back: later signals, which must not interrupt that, have no effect. SIGQUIT still ends it.
void hold();

// Ends this process by the signal that came; returns where none did.
void die_of_it();

}  // namespace jailrun::core::interruption
