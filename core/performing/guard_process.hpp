// SPDX-License-Identifier: Apache-2.0
// A guard (core/performing/guard.hpp) that is a process, for launches in place that enter a user namespace: the
// kernel refuses that to a process with a second thread, and nobody comes back from one.
//
// It is a copy of the launch as it is between prepare and enter, with the host's view and all privileges, and an
// orphan: the program must find no child that it has not made. It waits until this process has become the
// program, and exits then; or until it has failed, and rolls back when this process is gone, as no group, mount
// or device can be removed before. Until the guard is done it is this process's tracer: so the caller, who waits
// for it, learns of its exit only then. Where tracing is not allowed the caller learns of it earlier.
#pragma once

#include "core/performing/reports.hpp"
#include "jailrun/result.hpp"

#include <functional>

namespace jailrun::core {

struct Guarded {
  std::function<Result<void>()> become;       // in this process; returns only where it failed
  std::function<void(const Error&)> give_up;  // in the guard: rolls back, and says why
  std::function<void(const Error&)>
      is_unguarded;  // in this process, if it has failed and the guard was killed
  Explain explain;
  UniqueFd&
      locked;  // of the ledger: who holds it is taken to be launching, so the guard has it only after a failure
};

// Returns only where the guard could not be started.
Result<void> become_beside_guard(const Guarded& work);

}  // namespace jailrun::core
