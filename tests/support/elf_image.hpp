// SPDX-License-Identifier: Apache-2.0
// A small ELF file, made by hand, so that a test can say what is wrong with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <elf.h>

namespace jailrun::tests {

// Laid out as header, program headers, dynamic section, strings; all loaded by one segment at kAddress.
struct ElfImage {
  static constexpr uint64_t kAddress = 0x400000;

  explicit ElfImage(std::vector<std::string> names_of_needed = {}, const std::string& its_interpreter = "")
      : needed(std::move(names_of_needed)), interpreter(its_interpreter) {}

  std::vector<std::string> needed;
  std::string interpreter;
  std::string soname;
  std::string rpath;
  std::string runpath;
  uint16_t machine = EM_X86_64;

  // The finished parts, for a test to change before they are put together.
  Elf64_Ehdr header{};
  std::vector<Elf64_Phdr> segments;
  std::vector<Elf64_Dyn> dynamic;
  std::string strings;

  // Makes the parts of the members above.
  ElfImage& build();
  // The file of the parts; built first if they are not.
  std::string bytes();

  // The first entry with this tag.
  Elf64_Dyn& entry(Elf64_Sxword tag);
  // The first segment of this type.
  Elf64_Phdr& segment(uint32_t type);

 private:
  uint64_t string(const std::string& text);
};

}  // namespace jailrun::tests
