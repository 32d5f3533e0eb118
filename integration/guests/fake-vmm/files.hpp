// SPDX-License-Identifier: Apache-2.0
// What a VMM does with what it finds in its root. Each gives a sentence where it can't be done, else nothing;
// what is opened for the machine stays open, as it would.
#pragma once

#include <string>

namespace fake_vmm {

std::string cannot_open(const std::string& path, bool for_writing);
// For the logger and the metrics: made where missing, not waited for where it is a FIFO, and written to once.
std::string start_log(const std::string& path);
std::string attach_tap(const std::string& device);
std::string bind_socket(const std::string& path, int* socket_fd);

// Closed again.
bool append_line(const std::string& path, const std::string& line);
bool read_whole(const std::string& path, std::string* content);

}  // namespace fake_vmm
