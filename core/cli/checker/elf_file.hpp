// SPDX-License-Identifier: Apache-2.0
// What an ELF file says of itself to the dynamic loader, read without loading it.
#pragma once

#include "jailrun/result.hpp"

#include <string>
#include <vector>

namespace jailrun::core::cli::checker {

struct ElfFile {
  struct Wanted {
    std::string name;
    std::string version;  // "GLIBC_2.34"; empty: none
    bool weak = false;    // may be missing
  };
  std::vector<std::string> exported;  // as other objects see it
  bool exports_code = false;          // one of them is a function
  std::vector<Wanted> wanted;         // from other objects
  std::vector<std::string> libraries;
  std::vector<std::string> search_paths;
  bool has_text_relocations = false;
  bool has_executable_stack = true;  // the kernel's answer where the file says nothing
};

// Refuses what is no shared object for this machine, or broken.
Result<ElfFile> read_elf(const std::string& bytes);

}  // namespace jailrun::core::cli::checker
