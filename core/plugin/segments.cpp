// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/segments.hpp"

#include <cstring>
#include <string>

#include <elf.h>

namespace jailrun::core {

Result<Sha256> digest_of_segments(std::string_view file) {
  Elf64_Ehdr header{};
  const Error damaged = input_error("is not a whole ELF file");
  if (file.size() < sizeof header) return damaged;
  std::memcpy(&header, file.data(), sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
    return damaged;
  const uint64_t segments_size = uint64_t{header.e_phnum} * sizeof(Elf64_Phdr);
  if (header.e_phoff > file.size() || file.size() - header.e_phoff < segments_size) return damaged;
  std::string bytes(file);
  header.e_shoff = 0;
  header.e_shnum = 0;
  header.e_shstrndx = 0;
  std::memcpy(bytes.data(), &header, sizeof header);
  std::string loaded;
  for (uint64_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    std::memcpy(&segment, file.data() + header.e_phoff + i * sizeof segment, sizeof segment);
    if (segment.p_type != PT_LOAD) continue;
    if (segment.p_offset > bytes.size() || bytes.size() - segment.p_offset < segment.p_filesz) return damaged;
    loaded.append(bytes, segment.p_offset, segment.p_filesz);
  }
  return sha256(loaded);
}

}  // namespace jailrun::core
