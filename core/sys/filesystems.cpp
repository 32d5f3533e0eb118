// SPDX-License-Identifier: Apache-2.0
#include "core/sys/filesystems.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::sys {

Result<NewFilesystem> NewFilesystem::open(const std::string& type) {
  UniqueFd context(fsopen(type.c_str(), FSOPEN_CLOEXEC));
  if (!context) return system_error(errno, "make a filesystem of type " + type);
  return NewFilesystem(std::move(context), type);
}

// The kernel's messages can be read from the context, line by line: "e overlay: ...".
Error NewFilesystem::refused(const std::string& what) const {
  const int error_number = errno;
  std::string sentence = "make a filesystem of type " + type_ + ": " + what;
  char line[512];
  for (ssize_t length = 0; (length = read(context_.get(), line, sizeof line)) > 2;) {
    std::string_view text(line + 2, static_cast<size_t>(length) - 2);
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    sentence.append(": ").append(text);
  }
  return system_error(error_number, std::move(sentence));
}

Result<void> NewFilesystem::set(const std::string& key, const std::string& value) {
  if (fsconfig(context_.get(), FSCONFIG_SET_STRING, key.c_str(), value.c_str(), 0) == 0) return {};
  return refused(key + "=" + value);
}

Result<void> NewFilesystem::set_flag(const std::string& key) {
  if (fsconfig(context_.get(), FSCONFIG_SET_FLAG, key.c_str(), nullptr, 0) == 0) return {};
  return refused(key);
}

Result<void> NewFilesystem::set_directory(const std::string& key, const std::string& key_by_path,
                                          int directory) {
  if (fsconfig(context_.get(), FSCONFIG_SET_FD, key.c_str(), nullptr, directory) == 0) return {};
  // Before Linux 6.14 overlay takes no descriptor of this kind.
  const std::string link = "/proc/self/fd/" + std::to_string(directory);
  if (fsconfig(context_.get(), FSCONFIG_SET_STRING, key_by_path.c_str(), link.c_str(), 0) == 0) return {};
  return refused(key_by_path);
}

Result<UniqueFd> NewFilesystem::mount(uint32_t flags) {
  if (fsconfig(context_.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return refused("create");
  UniqueFd made(fsmount(context_.get(), FSMOUNT_CLOEXEC, mount_attributes(flags)));
  if (!made) return refused("mount");
  return made;
}

Result<UniqueFd> make_filesystem(const NewMount& wanted) {
  JR_ASSIGN(NewFilesystem filesystem, NewFilesystem::open(wanted.type));
  if (!wanted.source.empty()) JR_TRY(filesystem.set("source", wanted.source));
  std::string_view rest = wanted.data;
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    const size_t equals = one.find('=');
    JR_TRY(equals == std::string_view::npos
               ? filesystem.set_flag(std::string(one))
               : filesystem.set(std::string(one.substr(0, equals)), std::string(one.substr(equals + 1))));
  }
  return filesystem.mount(wanted.flags);
}

namespace {

// A line of mountinfo: "36 35 98:0 /mnt1 /mnt2 rw,noatime shared:1 - ext3 /dev/root rw", see proc(5).
struct TableLine {
  uint64_t mount = 0;
  uint64_t above = 0;  // the mount that it is on
  std::string_view source;
};

uint64_t leading_number(std::string_view& text) {
  uint64_t number = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    number = number * 10 + static_cast<uint64_t>(text.front() - '0');
    text.remove_prefix(1);
  }
  return number;
}

TableLine parsed(std::string_view line) {
  TableLine parts;
  const size_t dash = line.find(" - ");
  if (dash != std::string_view::npos) {
    const std::string_view behind = line.substr(dash + 3);
    const size_t blank = behind.find(' ');
    parts.source = behind.substr(blank + 1, behind.find(' ', blank + 1) - blank - 1);
  }
  parts.mount = leading_number(line);
  if (!line.empty()) line.remove_prefix(1);
  parts.above = leading_number(line);
  return parts;
}

std::vector<TableLine> parsed_table(std::string_view text) {
  std::vector<TableLine> lines;
  for (size_t end = 0; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1))
    lines.push_back(parsed(text.substr(0, end)));
  return lines;
}

// The mount whose root `directory` is; 0 where it is not a mount's root.
uint64_t mount_at(int directory) {
  constexpr unsigned kMountId = 0x1000;  // STATX_MNT_ID of linux/stat.h
  struct statx now {};
  if (statx(directory, "", AT_EMPTY_PATH, kMountId, &now) != 0) return 0;
  return (now.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0 ? now.stx_mnt_id : 0;
}

}  // namespace

Result<void> unmount(const Place& place, const std::string& source) {
  constexpr size_t kLargestTable = 64UL << 20;
  const UniqueFd here(
      openat(place.parent(), place.leaf.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!here) return errno == ENOENT ? Result<void>{} : system_error(errno, "open directory " + place.leaf);
  // thread-self: the guard may be the only thread left, and then /proc/self is that of a thread
  // that has exited.
  JR_ASSIGN(const std::string text, read_small("/proc/thread-self/mountinfo", kLargestTable));
  const std::vector<TableLine> table = parsed_table(text);
  const uint64_t top = mount_at(here.get());
  for (const TableLine& line : table) {
    if (line.source != source) continue;
    if (line.mount != top) return system_error(EBUSY, "something else is mounted over " + place.leaf);
    for (const TableLine& other : table)
      if (other.above == top) return system_error(EBUSY, "something is mounted on " + place.leaf);
    // Lazily: a host process that has a file open in there must not keep the jail from being removed. What is
    // mounted on it was looked for above, as that would be unmounted too.
    const std::string link = "/proc/thread-self/fd/" + std::to_string(here.get());
    if (umount2(link.c_str(), MNT_DETACH) != 0) return system_error(errno, "unmount " + place.leaf);
    return {};
  }
  return {};
}

}  // namespace jailrun::sys
