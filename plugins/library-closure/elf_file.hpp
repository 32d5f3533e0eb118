// SPDX-License-Identifier: Apache-2.0 The files that an ELF file needs, read from its headers. No number in
// it is used before it is checked to lie within the file. See elf(5).
#pragma once

#include <jailrun/result.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <elf.h>
#include <endian.h>
#include <sys/types.h>
#include <unistd.h>

namespace jailrun_stages {

struct ElfFile {
  uint8_t bits = 0;  // ELFCLASS32 or ELFCLASS64
  uint16_t machine = 0;
  std::string interpreter;  // PT_INTERP; empty: none
  std::vector<std::string> needed;
  std::string soname;
  std::string rpath;
  std::string runpath;

  bool is_for_same_machine(const ElfFile& other) const {
    return bits == other.bits && machine == other.machine;
  }
};

namespace elf {

// More than any real file has, and little enough that a wrong count costs nothing.
constexpr uint64_t kLargestTable = 64UL << 10;  // of program headers: what the kernel takes too
constexpr uint64_t kLargestDynamic = 256UL << 10;
constexpr size_t kLongestString = 4096;
constexpr size_t kMostNeeded = 1024;

inline jailrun::Error broken(const char* what) {
  return jailrun::input_error(std::string("its ELF headers are broken: ") + what);
}

// All `size` bytes at `offset`, or an error: never less.
inline jailrun::Result<void> read_at(int fd, uint64_t offset, void* to, uint64_t size) {
  if (offset > INT64_MAX - size) return broken("an offset is beyond every file");
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t count = pread(fd, at, size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return jailrun::system_error(errno, "read");
    if (count == 0) return broken("the file ends too early");
    at += count;
    offset += static_cast<uint64_t>(count);
    size -= static_cast<uint64_t>(count);
  }
  return {};
}

// A string that begins at `offset` and ends within `size` bytes.
inline jailrun::Result<std::string> string_at(int fd, uint64_t offset, uint64_t size) {
  std::string text(std::min<uint64_t>(size, kLongestString), '\0');
  if (offset > INT64_MAX - text.size()) return broken("an offset is beyond every file");
  ssize_t count = 0;
  while ((count = pread(fd, text.data(), text.size(), static_cast<off_t>(offset))) < 0 && errno == EINTR) {
  }
  if (count < 0) return jailrun::system_error(errno, "read");
  const size_t end = std::string_view(text.data(), static_cast<size_t>(count)).find('\0');
  if (end == std::string_view::npos) return broken("a string has no end");
  text.resize(end);
  return text;
}

struct Bits32 {
  using Header = Elf32_Ehdr;
  using Segment = Elf32_Phdr;
  using Entry = Elf32_Dyn;
};
struct Bits64 {
  using Header = Elf64_Ehdr;
  using Segment = Elf64_Phdr;
  using Entry = Elf64_Dyn;
};

template <class Bits>
class Reader {
 public:
  Reader(int fd, ElfFile& file) : fd_(fd), file_(file) {}

  jailrun::Result<void> read() {
    typename Bits::Header header;
    JR_TRY(read_at(fd_, 0, &header, sizeof header));
    if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
      return jailrun::input_error("it is neither a program nor a library");
    file_.machine = header.e_machine;
    if (header.e_phnum > 0 && header.e_phentsize != sizeof(typename Bits::Segment))
      return broken("program headers of another size");
    if (header.e_phnum * sizeof(typename Bits::Segment) > kLargestTable)
      return broken("more program headers than the kernel takes");
    segments_.resize(header.e_phnum);
    JR_TRY(read_at(fd_, header.e_phoff, segments_.data(), segments_.size() * sizeof(typename Bits::Segment)));
    for (const auto& segment : segments_) {
      if (segment.p_type == PT_INTERP) JR_TRY(read_interpreter(segment));
      if (segment.p_type == PT_DYNAMIC) JR_TRY(read_dynamic(segment));
    }
    return {};
  }

 private:
  using Segment = typename Bits::Segment;
  using Entry = typename Bits::Entry;

  jailrun::Result<void> read_interpreter(const Segment& segment) {
    if (segment.p_filesz < 2 || segment.p_filesz > kLongestString)
      return broken("the length of the interpreter's name makes no sense");
    JR_ASSIGN(file_.interpreter, string_at(fd_, segment.p_offset, segment.p_filesz));
    if (file_.interpreter.empty() || file_.interpreter.front() != '/')
      return broken("the interpreter's name is not an absolute path");
    return {};
  }

  jailrun::Result<void> read_dynamic(const Segment& segment) {
    if (segment.p_filesz > kLargestDynamic) return broken("the size of the dynamic section makes no sense");
    std::vector<Entry> entries(segment.p_filesz / sizeof(Entry));
    JR_TRY(read_at(fd_, segment.p_offset, entries.data(), entries.size() * sizeof(Entry)));
    const auto end = std::find_if(entries.begin(), entries.end(),
                                  [](const Entry& entry) { return entry.d_tag == DT_NULL; });
    entries.erase(end, entries.end());
    JR_TRY(find_strings(entries));
    for (const Entry& entry : entries) {
      const uint64_t at = entry.d_un.d_val;
      if (entry.d_tag == DT_NEEDED) {
        if (file_.needed.size() == kMostNeeded) return broken("it needs more than 1024 libraries");
        JR_ASSIGN(std::string name, string(at));
        if (name.empty()) return broken("a needed library has no name");
        file_.needed.push_back(std::move(name));
        continue;
      }
      std::string* const one = entry.d_tag == DT_SONAME    ? &file_.soname
                               : entry.d_tag == DT_RPATH   ? &file_.rpath
                               : entry.d_tag == DT_RUNPATH ? &file_.runpath
                                                           : nullptr;
      if (one == nullptr) continue;
      JR_ASSIGN(*one, string(at));
    }
    return {};
  }

  // The string table is given by its address in memory; the segment that is loaded there tells
  // where it is in the file.
  jailrun::Result<void> find_strings(const std::vector<Entry>& entries) {
    uint64_t address = 0;
    uint64_t size = 0;
    for (const Entry& entry : entries) {
      if (entry.d_tag == DT_STRTAB) address = entry.d_un.d_ptr;
      if (entry.d_tag == DT_STRSZ) size = entry.d_un.d_val;
    }
    for (const Segment& segment : segments_) {
      if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
      const uint64_t inside = address - segment.p_vaddr;
      if (inside >= segment.p_filesz || size > segment.p_filesz - inside) continue;
      if (segment.p_offset > UINT64_MAX - inside) continue;
      strings_ = segment.p_offset + inside;
      string_size_ = size;
      return {};
    }
    return {};  // none: then every string is out of range
  }

  jailrun::Result<std::string> string(uint64_t at) const {
    if (at >= string_size_ || strings_ > UINT64_MAX - at) return broken("a string is out of range");
    return string_at(fd_, strings_ + at, string_size_ - at);
  }

  int fd_;
  ElfFile& file_;
  std::vector<Segment> segments_;
  uint64_t strings_ = 0;
  uint64_t string_size_ = 0;
};

}  // namespace elf

// True if these bytes begin as an ELF file does.
inline bool begins_as_elf(std::string_view bytes) { return bytes.substr(0, SELFMAG) == ELFMAG; }

// Reads an ELF file of this machine's byte order. The error says what is wrong, without the file's name.
inline jailrun::Result<ElfFile> read_elf(int fd) {
  unsigned char identity[EI_NIDENT];
  JR_TRY(elf::read_at(fd, 0, identity, sizeof identity));
  if (std::memcmp(identity, ELFMAG, SELFMAG) != 0) return jailrun::input_error("it is not an ELF file");
  constexpr unsigned char kOrder = BYTE_ORDER == LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
  if (identity[EI_DATA] != kOrder) return jailrun::input_error("it is for a machine of another byte order");
  ElfFile file;
  file.bits = identity[EI_CLASS];
  if (file.bits == ELFCLASS64) {
    JR_TRY(elf::Reader<elf::Bits64>(fd, file).read());
  } else if (file.bits == ELFCLASS32) {
    JR_TRY(elf::Reader<elf::Bits32>(fd, file).read());
  } else {
    return elf::broken("it has neither 32 nor 64 bits");
  }
  return file;
}

}  // namespace jailrun_stages
