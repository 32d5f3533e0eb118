// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/link_id.hpp"

#include <cstring>

#include <elf.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// The beginning of a file that may contain anything.
class Head {
 public:
  explicit Head(int fd) {
    const ssize_t size = pread(fd, bytes_, sizeof bytes_, 0);
    size_ = size > 0 ? static_cast<uint64_t>(size) : 0;
  }
  template <class T>
  bool read(uint64_t at, T& into) const {
    if (at > size_ || size_ - at < sizeof into) return false;
    std::memcpy(&into, bytes_ + at, sizeof into);
    return true;
  }

 private:
  // Linkers put the notes right behind the program headers; those of the stages that ship end at 700.
  char bytes_[2048];
  uint64_t size_;
};

constexpr uint64_t aligned(uint64_t size, uint64_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

// Looks through the notes of one segment.
bool find_build_id(const Head& head, const Elf64_Phdr& segment, std::array<uint8_t, 20>& build_id) {
  constexpr char kOwner[4] = "GNU";
  const uint64_t alignment = segment.p_align == 8 ? 8 : 4;
  if (segment.p_filesz > UINT32_MAX) return false;
  Elf64_Nhdr note{};
  for (uint64_t at = 0; at + sizeof note <= segment.p_filesz && head.read(segment.p_offset + at, note);) {
    const uint64_t name = at + sizeof note;
    const uint64_t content = name + aligned(note.n_namesz, alignment);
    char owner[sizeof kOwner];
    const bool is_build_id = note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof kOwner &&
                             head.read(segment.p_offset + name, owner) &&
                             std::memcmp(owner, kOwner, sizeof kOwner) == 0;
    if (is_build_id)
      return note.n_descsz == build_id.size() && content + build_id.size() <= segment.p_filesz &&
             head.read(segment.p_offset + content, build_id);
    at = content + aligned(note.n_descsz, alignment);
  }
  return false;
}

}  // namespace

std::optional<LinkId> read_link_id(int fd) {
  const Head head(fd);
  Elf64_Ehdr header{};
  if (!head.read(0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr))
    return std::nullopt;
  LinkId id;
  bool found = false;
  for (uint64_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    if (!head.read(header.e_phoff + i * sizeof segment, segment)) return std::nullopt;
    if (segment.p_type == PT_LOAD) {
      id.in_file += segment.p_filesz;
      id.in_memory += segment.p_memsz;
    }
    if (segment.p_type == PT_NOTE && !found) found = find_build_id(head, segment, id.build_id);
  }
  return found ? std::optional(id) : std::nullopt;
}

}  // namespace jailrun::core
