// SPDX-License-Identifier: Apache-2.0
#include "core/base/message.hpp"
#include "core/base/text.hpp"
#include "core/cli/checker/checks.hpp"
#include "core/cli/checker/elf_file.hpp"
#include "core/sys/paths.hpp"

#include <algorithm>
#include <string_view>

#include <unistd.h>

namespace jailrun::core::cli::checker {
namespace {

constexpr size_t kLargestFile = 256UL * 1024 * 1024;

// Those of libc, and those that the C compiler needs; Rust unwinds by libgcc_s.
constexpr std::string_view kLibraries[] = {
    "libc.so.6",  "libm.so.6",     "libdl.so.2",           "libpthread.so.0",
    "librt.so.1", "libgcc_s.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"};

bool begins_with(std::string_view text, std::string_view begin) {
  return text.substr(0, begin.size()) == begin;
}

bool is_allowed(const ElfFile::Import& symbol) {
  if (begins_with(symbol.version, "GLIBC_")) return true;
  return begins_with(symbol.name, "_Unwind_") && begins_with(symbol.version, "GCC_");
}

Outcome one_symbol(const ElfFile& file) {
  if (file.exported.empty())
    return failed("it exports nothing: define " JR_PLUGIN_SYMBOL " by JAILRUN_STAGE or JAILRUN_PLUGIN");
  if (file.exported != std::vector<std::string>{JR_PLUGIN_SYMBOL})
    return failed("it exports " + joined(file.exported, ", ") +
                  "; give the linker a version script, as jailrun_add_stage does");
  if (file.exports_code) return failed(JR_PLUGIN_SYMBOL " is a function: it must be a constant object");
  return ok();
}

Outcome own_symbols(const ElfFile& file) {
  std::vector<std::string> others;
  for (const ElfFile::Import& symbol : file.imports)
    if (!symbol.weak && !is_allowed(symbol) && others.size() < 5) others.push_back(symbol.name);
  if (!others.empty()) return failed("it needs " + joined(others, ", ") + " from outside libc");
  return ok();
}

Outcome own_libraries(const ElfFile& file) {
  std::vector<std::string> others;
  for (const std::string& library : file.libraries)
    if (std::find(std::begin(kLibraries), std::end(kLibraries), library) == std::end(kLibraries))
      others.push_back(library);
  if (others.empty()) return ok();
  return failed("it needs " + joined(others, ", ") + ": link that statically, as jailrun_add_stage does");
}

Outcome search_paths(const ElfFile& file) {
  if (file.search_paths.empty()) return ok();
  return failed("its RPATH is " + joined(file.search_paths, ", ") +
                ": anyone who can write there could make jailrun run any code");
}

Outcome text_relocations(const ElfFile& file) {
  return file.has_text_relocations ? failed("its code is modified when it is loaded: compile with -fPIC")
                                   : ok();
}

Outcome executable_stack(const ElfFile& file) {
  return file.has_executable_stack
             ? failed(
                   "it makes the stack executable: in assembly, add .section .note.GNU-stack,\"\",@progbits")
             : ok();
}

Check of_elf(const Subject& subject, const char* name, const char* promise,
             Outcome (*inspect)(const ElfFile&)) {
  const IsolatedCheck run = [=](const Reporter&) -> Outcome {
    lseek(subject.fd, 0, SEEK_SET);
    const Result<std::string> bytes = sys::read_all(subject.fd, subject.path, kLargestFile);
    if (!bytes) return failed(message(bytes.error()));
    const Result<ElfFile> file = read_elf(bytes.value());
    return file ? inspect(file.value()) : failed(message(file.error()));
  };
  return {"", name, promise, run};
}

}  // namespace

std::vector<Check> file_checks(const Subject& subject) {
  return {
      of_elf(subject, "shared-object", "the file is a shared object for this architecture",
             [](const ElfFile&) { return ok(); }),
      of_elf(subject, "one-symbol", "it exports one object, " JR_PLUGIN_SYMBOL, one_symbol),
      of_elf(subject, "own-libraries", "it needs no libraries other than libc and libgcc_s", own_libraries),
      of_elf(subject, "own-symbols", "it needs no symbols other than libc's and libgcc_s's _Unwind_...",
             own_symbols),
      of_elf(subject, "no-search-path", "it has no search path for libraries", search_paths),
      of_elf(subject, "no-text-relocations", "its code is not modified when it is loaded", text_relocations),
      of_elf(subject, "no-executable-stack", "it does not ask for an executable stack", executable_stack),
  };
}

}  // namespace jailrun::core::cli::checker
