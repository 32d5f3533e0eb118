// SPDX-License-Identifier: Apache-2.0
// Small files, read and written in one piece.
#pragma once

#include <string>

#include <sys/stat.h>
#include <sys/types.h>

namespace jailrun::integration {

// Throws where it can't be read.
std::string read_file(const std::string& path);
// A hash of what it holds and where; holes are not read, as images are mostly holes. Throws.
std::string content_hash(const std::string& path);
// Written in one piece, as the kernel's own files want it. Made where missing, mode 0644. Throws.
void write_file(const std::string& path, const std::string& content);

bool exists(const std::string& path);  // a dangling link exists
// lstat; throws where nothing is there.
struct stat status_of(const std::string& path);
// "regular 0644 1234:4321", to compare in one line.
std::string describe(const struct stat& there);
std::string describe(const std::string& path);
// Entries of a directory, sorted, one space between.
std::string list(const std::string& directory);

}  // namespace jailrun::integration
