// SPDX-License-Identifier: Apache-2.0
// Where a program's standard streams lead to.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <string>

namespace jailrun::sys {

// Opens /dev/null on 0, 1 and 2 where the caller closed them: the first file opened, a disk perhaps, would
// become the program's stderr. To be called first of all. False: that failed.
bool open_missing_streams();

// The first of 0, 1 and 2 that was a directory then; -1: none.
int directory_stream();

// A regular file to append to, made if it is missing: the caller's, 0640; or a FIFO or terminal of root's.
// Anything else in its place is refused, a symbolic link too.
Result<UniqueFd> open_log(const std::string& path);

// Removes such a file if nothing was written to it.
Result<void> remove_empty_log(const std::string& path);

// A connection to a Unix socket, of datagrams where it takes them, else a stream.
Result<UniqueFd> connect_unix(const std::string& path);

}  // namespace jailrun::sys
