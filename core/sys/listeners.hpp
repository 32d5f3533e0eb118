// SPDX-License-Identifier: Apache-2.0
// Filters that leave calls to another process, which answers them: see seccomp_unotify(2).
#pragma once

#include "core/sys/filters.hpp"

#include <cstddef>
#include <cstdint>

namespace jailrun::sys {

// As load_filter(), and the descriptor for what it leaves to another process (SECCOMP_RET_USER_NOTIF),
// close-on-exec; -1.
int load_filter_with_listener(const Filter& filter);

// Whether this kernel's structures for its answers have no more bytes. False: errno says why not.
bool can_answer_within(size_t bytes);

// Sends a descriptor, allocating nothing, by a sendmsg() with these two values in the registers that it has
// no arguments for, 4 and 5. False: errno says why not.
bool send_descriptor(int socket, int fd, uint64_t fourth, uint64_t fifth);

// One that was sent; -1: there is none.
int receive_descriptor(int socket);

}  // namespace jailrun::sys
