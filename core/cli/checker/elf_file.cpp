// SPDX-License-Identifier: Apache-2.0
#include "core/cli/checker/elf_file.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include <elf.h>

namespace jailrun::core::cli::checker {
namespace {

#if defined(__x86_64__)
constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t kMachine = EM_AARCH64;
#endif

// Every offset is checked before it is read: the file may contain anything.
class Reader {
 public:
  explicit Reader(const std::string& bytes) : bytes_(bytes) {}

  template <class T>
  bool read(uint64_t at, T& into) const {
    if (at > bytes_.size() || bytes_.size() - at < sizeof into) return false;
    std::memcpy(&into, bytes_.data() + at, sizeof into);
    return true;
  }
  // All entries of a section, as far as the file goes.
  template <class T>
  std::vector<T> table(const Elf64_Shdr& section) const {
    std::vector<T> all;
    T one{};
    for (uint64_t at = 0; at + sizeof one <= section.sh_size && read(section.sh_offset + at, one);
         at += sizeof one)
      all.push_back(one);
    return all;
  }
  std::string text(const Elf64_Shdr& strings, uint64_t at) const {
    const uint64_t begin = strings.sh_offset + at;
    if (at >= strings.sh_size || begin >= bytes_.size()) return {};
    return bytes_.substr(begin, bytes_.find('\0', begin) - begin);
  }

 private:
  const std::string& bytes_;
};

// Version names by their index, as .gnu.version_r has them.
std::map<uint16_t, std::string> versions(const Reader& reader, const Elf64_Shdr& section,
                                         const Elf64_Shdr& strings) {
  std::map<uint16_t, std::string> names;
  // Ends where the next one is no further on: the counts may be anything.
  Elf64_Verneed need{};
  for (uint64_t at = section.sh_offset; reader.read(at, need); at += need.vn_next) {
    Elf64_Vernaux one{};
    for (uint64_t aux = at + need.vn_aux; reader.read(aux, one); aux += one.vna_next) {
      names[one.vna_other] = reader.text(strings, one.vna_name);
      if (one.vna_next == 0) break;
    }
    if (need.vn_next == 0) break;
  }
  return names;
}

struct Sections {
  const Elf64_Shdr* symbols = nullptr;
  const Elf64_Shdr* symbol_versions = nullptr;
  const Elf64_Shdr* needed_versions = nullptr;
  const Elf64_Shdr* dynamic = nullptr;
};

void read_symbols(const Reader& reader, const Sections& found, const Elf64_Shdr& strings, ElfFile& file) {
  std::map<uint16_t, std::string> names;
  std::vector<uint16_t> versions_of;
  if (found.needed_versions != nullptr) names = versions(reader, *found.needed_versions, strings);
  if (found.symbol_versions != nullptr) versions_of = reader.table<uint16_t>(*found.symbol_versions);
  const std::vector<Elf64_Sym> symbols = reader.table<Elf64_Sym>(*found.symbols);
  for (size_t i = 1; i < symbols.size(); ++i) {
    const Elf64_Sym& symbol = symbols[i];
    const unsigned char bind = ELF64_ST_BIND(symbol.st_info);
    const unsigned char type = ELF64_ST_TYPE(symbol.st_info);
    if (bind == STB_LOCAL) continue;
    const std::string name = reader.text(strings, symbol.st_name);
    if (symbol.st_shndx == SHN_UNDEF) {
      const auto version = names.find(i < versions_of.size() ? versions_of[i] & 0x7fff : 0);
      file.imports.push_back({name, version == names.end() ? "" : version->second, bind == STB_WEAK});
    } else if (ELF64_ST_VISIBILITY(symbol.st_other) == STV_DEFAULT) {
      file.exported.push_back(name);
      file.exports_code = file.exports_code || type == STT_FUNC || type == STT_GNU_IFUNC;
    }
  }
}

void read_dynamic(const Reader& reader, const Elf64_Shdr& dynamic, const Elf64_Shdr& strings, ElfFile& file) {
  for (const Elf64_Dyn& entry : reader.table<Elf64_Dyn>(dynamic)) {
    if (entry.d_tag == DT_NEEDED) file.libraries.push_back(reader.text(strings, entry.d_un.d_val));
    if (entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH)
      file.search_paths.push_back(reader.text(strings, entry.d_un.d_val));
    if (entry.d_tag == DT_TEXTREL || (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_TEXTREL) != 0))
      file.has_text_relocations = true;
  }
}

}  // namespace

Result<ElfFile> read_elf(const std::string& bytes) {
  const Reader reader(bytes);
  Elf64_Ehdr header{};
  if (!reader.read(0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    return input_error("is not an ELF file");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != kMachine)
    return input_error("is for another architecture");
  if (header.e_type != ET_DYN) return input_error("is not a shared object");
  ElfFile file;
  Elf64_Phdr segment{};
  for (uint64_t i = 0; i < header.e_phnum && reader.read(header.e_phoff + i * sizeof segment, segment); ++i) {
    if (segment.p_type == PT_GNU_STACK) file.has_executable_stack = (segment.p_flags & PF_X) != 0;
    if (segment.p_type == PT_INTERP) return input_error("is a program, not a library");
  }
  Elf64_Shdr section{};
  std::vector<Elf64_Shdr> sections;
  for (uint64_t i = 0; i < header.e_shnum && reader.read(header.e_shoff + i * sizeof section, section); ++i)
    sections.push_back(section);
  Sections found;
  for (const Elf64_Shdr& one : sections) {
    if (one.sh_type == SHT_DYNSYM) found.symbols = &one;
    if (one.sh_type == SHT_GNU_versym) found.symbol_versions = &one;
    if (one.sh_type == SHT_GNU_verneed) found.needed_versions = &one;
    if (one.sh_type == SHT_DYNAMIC) found.dynamic = &one;
  }
  if (found.symbols == nullptr || found.dynamic == nullptr || found.symbols->sh_link >= sections.size())
    return input_error(
        "has no table of its dynamic symbols: it is truncated, or its section headers were removed");
  const Elf64_Shdr& strings = sections[found.symbols->sh_link];
  read_symbols(reader, found, strings, file);
  read_dynamic(reader, *found.dynamic, strings, file);
  std::sort(file.exported.begin(), file.exported.end());
  return file;
}

}  // namespace jailrun::core::cli::checker
