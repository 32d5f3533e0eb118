// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/libraries.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include <elf.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// Reads of a file of which nothing is known. Its beginning is read at once: headers and strings are there.
class File {
 public:
  explicit File(int fd) : fd_(fd) { head_size_ = pread(fd, head_, sizeof head_, 0); }

  // Up to `size` bytes; fewer where the file ends.
  std::string bytes(uint64_t at, uint64_t size) const {
    constexpr uint64_t kMost = 1UL << 20;  // a dynamic section or a name is smaller
    if (at > INT64_MAX - kMost) return {};
    size = std::min(size, kMost);
    if (head_size_ > 0 && at + size <= static_cast<uint64_t>(head_size_))
      return {head_ + at, static_cast<size_t>(size)};
    std::string read(size, '\0');
    const ssize_t count = pread(fd_, read.data(), size, static_cast<off_t>(at));
    read.resize(count < 0 ? 0 : static_cast<size_t>(count));
    return read;
  }
  template <class T>
  std::vector<T> items(uint64_t at, uint64_t count) const {
    const std::string read = bytes(at, count * sizeof(T));
    std::vector<T> all(read.size() / sizeof(T));
    if (!all.empty()) std::memcpy(all.data(), read.data(), all.size() * sizeof(T));
    return all;
  }

 private:
  int fd_;
  char head_[8192];
  ssize_t head_size_;
};

uint64_t offset_of(uint64_t address, const std::vector<Elf64_Phdr>& segments) {
  for (const Elf64_Phdr& one : segments)
    if (one.p_type == PT_LOAD && address >= one.p_vaddr && address - one.p_vaddr < one.p_filesz)
      return one.p_offset + (address - one.p_vaddr);
  return UINT64_MAX;
}

bool names_a_library(Elf64_Sxword tag) { return tag == DT_NEEDED || tag == DT_AUXILIARY || tag == DT_FILTER; }

}  // namespace

Result<void> check_libraries(int fd, const std::string& path) {
  const File file(fd);
  const std::vector<Elf64_Ehdr> header = file.items<Elf64_Ehdr>(0, 1);
  // What is no ELF file is refused by the dynamic loader.
  if (header.empty() || std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0) return {};
  const auto segments = file.items<Elf64_Phdr>(header[0].e_phoff, header[0].e_phnum);
  const auto dynamic = std::find_if(segments.begin(), segments.end(),
                                    [](const Elf64_Phdr& one) { return one.p_type == PT_DYNAMIC; });
  if (dynamic == segments.end()) return {};
  uint64_t strings = UINT64_MAX;
  std::vector<Elf64_Dyn> entries =
      file.items<Elf64_Dyn>(dynamic->p_offset, dynamic->p_filesz / sizeof(Elf64_Dyn));
  entries.erase(
      std::find_if(entries.begin(), entries.end(), [](const Elf64_Dyn& one) { return one.d_tag == DT_NULL; }),
      entries.end());
  for (const Elf64_Dyn& one : entries)
    if (one.d_tag == DT_STRTAB) strings = offset_of(one.d_un.d_ptr, segments);
  for (const Elf64_Dyn& one : entries) {
    const bool is_search_path = one.d_tag == DT_RPATH || one.d_tag == DT_RUNPATH;
    if (!is_search_path && !names_a_library(one.d_tag)) continue;
    constexpr uint64_t kLongest = 512;
    std::string text = strings == UINT64_MAX ? "" : file.bytes(strings + one.d_un.d_val, kLongest);
    text.resize(std::min(text.size(), text.find('\0')));
    if (is_search_path)
      return input_error(
          "plugin " + path + " has a search path for libraries, " + text +
          ": who can write there could make jailrun run any code. Link what it needs statically, "
          "as jailrun_add_stage does, and without -rpath");
    if (text.find('/') != std::string::npos)
      return input_error(
          "plugin " + path + " needs the library " + text +
          " by its path: who can write there could make jailrun run any code. Link it statically");
    // glibc would find its linker script of that name, and speak of an invalid ELF header.
    if (text == "libc.so" || text.compare(0, 10, "libc.musl-") == 0)
      return input_error("plugin " + path +
                         " was built for musl, another libc than jailrun's: build it for glibc");
  }
  return {};
}

}  // namespace jailrun::core
