// SPDX-License-Identifier: Apache-2.0
// Makes what a tenant has made removable: owner, mode, attributes.
#pragma once

#include <string>

#include <sys/stat.h>

namespace jailrun::sys {

// Makes an open directory the caller's, 0700: its owner can't add to it any more, not by a descriptor or
// working directory that he has kept either. Best effort: what that leaves undone, its removal tells.
void take_directory(int directory, const struct stat& now);

// Clears what forbids an open directory or regular file to change, as far as it is attributes: immutable,
// append-only, a read-only snapshot of btrfs. False: there were none.
bool clear_attributes(int file);

// The same for the regular file `name` in that directory; nothing else is opened.
bool clear_attributes_of(int directory, const std::string& name);

// A directory's files belong to another project for quotas than those that are moved to it (EXDEV): it makes
// no difference to it any more. False: it made none.
bool clear_project(int directory);

}  // namespace jailrun::sys
