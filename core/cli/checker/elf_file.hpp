// SPDX-License-Identifier: Apache-2.0
// What an ELF file tells the dynamic loader, read without loading it.
#pragma once

#include "jailrun/result.hpp"

#include <string>
#include <vector>

namespace jailrun::core::cli::checker {

struct ElfFile {
  struct Import {
    std::string name;
    std::string version;  // "GLIBC_2.34"; empty: none
    bool weak = false;    // may be missing
  };
  std::vector<std::string> exported;  // as other objects see it
  bool exports_code = false;          // one of them is a function
  std::vector<Import> imports;        // from other objects
  std::vector<std::string> libraries;
  std::vector<std::string> search_paths;
  bool has_text_relocations = false;
  bool has_executable_stack = true;  // the kernel's default
};

// Refuses a file that is not a shared object for this architecture, or is damaged.
Result<ElfFile> read_elf(const std::string& bytes);

}  // namespace jailrun::core::cli::checker
