// SPDX-License-Identifier: Apache-2.0
// What processes share by name or key: IPC of System V and POSIX, keys of the kernel's, the terminal.
#include "integration/escapes/probe/probe.hpp"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>

namespace escapes {
namespace {

key_t key_of(const Targets& targets) { return static_cast<key_t>(targets.number("ipc")); }

Result read_shared_memory(const Targets& targets) {
  const int id = shmget(key_of(targets), 0, 0);
  if (id < 0) return failed();
  const void* const memory = shmat(id, nullptr, SHM_RDONLY);
  if (memory == reinterpret_cast<void*>(-1)) return failed();
  return by_secret(static_cast<const char*>(memory));
}
Result find_message_queue(const Targets& targets) { return by(msgget(key_of(targets), 0)); }
Result change_semaphore(const Targets& targets) {
  const int id = semget(key_of(targets), 0, 0);
  if (id < 0) return failed();
  sembuf raise = {0, 1, IPC_NOWAIT};
  return by(semop(id, &raise, 1));
}
Result open_posix_queue(const Targets& targets) {
  return by(mq_open(targets.text("queue").c_str(), O_RDONLY | O_CLOEXEC));
}
Result read_posix_memory(const Targets& targets) { return read_secret("/dev/shm" + targets.text("queue")); }

Result find_key(const Targets& targets, int keyring) {
  const long key = syscall(SYS_keyctl, KEYCTL_SEARCH, keyring, "user", targets.text("key").c_str(), 0);
  if (key < 0) return failed();
  char text[64] = {};
  if (syscall(SYS_keyctl, KEYCTL_READ, key, text, sizeof text - 1) < 0) return failed();
  return by_secret(text);
}
Result read_session_key(const Targets& targets) { return find_key(targets, KEY_SPEC_SESSION_KEYRING); }
Result read_user_key(const Targets& targets) { return find_key(targets, KEY_SPEC_USER_KEYRING); }

Result keep_key(const Targets&) {
  return by(syscall(SYS_add_key, "user", "probe", "x", 1, KEY_SPEC_PROCESS_KEYRING));
}

// Typed as if by the person at the caller's terminal.
Result type_at_terminal(const Targets&) {
  char letter = 'x';
  return by(ioctl(STDIN_FILENO, TIOCSTI, &letter));
}
Result open_terminal(const Targets&) { return open_and_close("/dev/tty", O_RDWR); }
// Which of the caller's jobs is in the foreground, and gets what is typed: only who is of the same session may
// ask, and then change it.
Result control_jobs(const Targets&) { return by(tcgetpgrp(STDIN_FILENO)); }

}  // namespace

Probes sharing() {
  return {{"read-sysv-shared-memory", read_shared_memory},
          {"find-sysv-message-queue", find_message_queue},
          {"change-sysv-semaphore", change_semaphore},
          {"open-posix-message-queue", open_posix_queue},
          {"read-posix-shared-memory", read_posix_memory},
          {"read-the-callers-session-key", read_session_key},
          {"read-its-users-key", read_user_key},
          {"keep-keys-in-the-kernel", keep_key},
          {"type-at-the-callers-terminal", type_at_terminal},
          {"control-the-callers-jobs", control_jobs},
          {"open-the-controlling-terminal", open_terminal}};
}

}  // namespace escapes
