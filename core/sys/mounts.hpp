// SPDX-License-Identifier: Apache-2.0
// Mount namespaces and mounts, by descriptor wherever the kernel has the call.
#pragma once

#include "core/sys/fd.hpp"
#include "core/sys/host_paths.hpp"
#include "core/sys/paths.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <string_view>

namespace jailrun::sys {

// Replaces the calling process's mount namespace by a copy to which mounts of the original propagate, but
// not the reverse, and its root by the directory that `root` (opened before, in the original namespace)
// refers to; the old root is gone and the working directory is the new root. The directory's sub-mounts
// come with it. `flags`: JR_MOUNT_... that all of them get besides their own; other than 0 only where
// can_set_mounts().
Result<void> enter_new_root(int root, uint32_t flags);

// The same in a mount namespace that is the process's own already; `root` is open in it.
Result<void> enter_root_here(int root, uint32_t flags);

// The same in a copy of a namespace that contains nothing: a copy of the directory's mount, with those below
// it, is mounted over its root. Only where can_set_mounts(). After an error nothing has changed.
struct EmptyNamespace {
  int file;  // the namespace
  int own;   // the caller's
};
Result<void> enter_new_root_above(const EmptyNamespace& empty, int root, uint32_t flags);

// The kernel has mount_setattr (Linux 5.12), and no filter forbids it. Asked once.
bool can_set_mounts();

// The mount that a path is on, and the file there. The mount's number is never used again in this boot where
// the kernel has such numbers (6.8), else while that mount is there.
struct MountedAt {
  uint64_t mount = 0;
  uint64_t device = 0;
  uint64_t inode = 0;
};
Result<MountedAt> mounted_at(const std::string& path);

// JR_MOUNT_... as MOUNT_ATTR_... of mount_setattr(2).
uint32_t mount_attributes(uint32_t flags);

struct DetachedTree {
  UniqueFd fd;
  uint32_t flags = 0;          // JR_MOUNT_...
  bool is_unfinished = false;  // its options can't be set before it is placed
};

// A detached copy of the mount at `source`, with all mounts below it if JR_BIND_RECURSIVE is among `flags`.
Result<DetachedTree> take_tree(const std::string& source, uint32_t flags);

// The same in two steps, for who enters a user namespace in between: there every owner but the mapped ones
// looks the same, and whom a link on the way belongs to can't be judged any more.
struct PinnedSource {
  HostFile file;     // O_PATH
  std::string path;  // through no symbolic link
};
Result<PinnedSource> pin_source(const std::string& source);
Result<DetachedTree> take_pinned_tree(const PinnedSource& pinned, uint32_t flags);

// Maps the owners of its files as that user namespace maps ids: Linux 5.12, and a filesystem that can.
Result<void> map_owners(const DetachedTree& tree, int user_namespace);

// Places a detached mount at `target`, a descriptor in the caller's mount namespace.
Result<void> place_tree(int tree, int target);

// Does what take_tree could not do, once the tree has been placed at `place`. Afterwards the working
// directory is the root.
Result<void> finish_tree(const DetachedTree& tree, const Place& place);

struct NewMount {
  std::string type;
  std::string source;
  std::string data;
  uint32_t flags = 0;  // JR_MOUNT_...
};

// Makes the mount of the process's root read-only, and none below it. In a namespace of the process's own.
Result<void> make_root_read_only();
// The same for one that is not in any namespace yet.
Result<void> make_read_only(int mount);

// Mounts a new filesystem over the directory `target`.
Result<void> mount_new(const NewMount& request, int target);

}  // namespace jailrun::sys
