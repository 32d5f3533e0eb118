// SPDX-License-Identifier: Apache-2.0
// A shared object as the loader sees it.
#include "integration/bench/footprint.hpp"
#include "integration/support/files.hpp"

#include <cstring>
#include <stdexcept>

#include <elf.h>

namespace jailrun::integration::bench {
namespace {

constexpr uint64_t kPage = 4096;

class Object {
 public:
  explicit Object(const std::string& file) : file_(file), bytes_(read_file(file)) {
    header_ = at<Elf64_Ehdr>(0);
    if (std::memcmp(header_.e_ident, ELFMAG, SELFMAG) != 0 || header_.e_ident[EI_CLASS] != ELFCLASS64)
      throw std::runtime_error(file + " is no 64-bit shared object");
  }

  LoadCost cost() const {
    LoadCost cost;
    for (const Elf64_Phdr& segment : segments(PT_LOAD)) {
      cost.bytes += segment.p_filesz;
      const uint64_t begin = segment.p_vaddr / kPage;
      cost.pages += (segment.p_vaddr + segment.p_memsz + kPage - 1) / kPage - begin;
    }
    cost.relative = packed_relative();
    count_relocations(value(DT_RELA), value(DT_RELASZ), cost);
    count_relocations(value(DT_JMPREL), value(DT_PLTRELSZ), cost);
    return cost;
  }

 private:
  template <class Struct>
  Struct at(uint64_t offset) const {
    Struct copy{};
    if (offset + sizeof copy > bytes_.size()) throw std::runtime_error(file_ + " is cut short");
    std::memcpy(&copy, bytes_.data() + offset, sizeof copy);
    return copy;
  }

  std::vector<Elf64_Phdr> segments(uint32_t type) const {
    std::vector<Elf64_Phdr> result;
    for (uint64_t i = 0; i < header_.e_phnum; ++i) {
      const auto segment = at<Elf64_Phdr>(header_.e_phoff + i * header_.e_phentsize);
      if (segment.p_type == type) result.push_back(segment);
    }
    return result;
  }

  uint64_t offset_of(uint64_t address) const {
    for (const Elf64_Phdr& segment : segments(PT_LOAD))
      if (address >= segment.p_vaddr && address < segment.p_vaddr + segment.p_filesz)
        return address - segment.p_vaddr + segment.p_offset;
    throw std::runtime_error(file_ + " names an address that it does not load");
  }

  // Of the dynamic section; 0 where it has none of that tag.
  uint64_t value(int64_t tag) const {
    for (const Elf64_Phdr& dynamic : segments(PT_DYNAMIC))
      for (uint64_t i = 0; i < dynamic.p_filesz / sizeof(Elf64_Dyn); ++i) {
        const auto entry = at<Elf64_Dyn>(dynamic.p_offset + i * sizeof(Elf64_Dyn));
        if (entry.d_tag == tag) return entry.d_un.d_val;
      }
    return 0;
  }

  // An even entry is an address; an odd one has a bit for each of the 63 words after the last.
  size_t packed_relative() const {
    size_t count = 0;
    const uint64_t size = value(DT_RELRSZ) / sizeof(uint64_t);
    for (uint64_t i = 0; i < size; ++i) {
      const auto entry = at<uint64_t>(offset_of(value(DT_RELR)) + i * sizeof(uint64_t));
      count += (entry & 1) == 0 ? 1 : static_cast<size_t>(__builtin_popcountll(entry)) - 1;
    }
    return count;
  }

  void count_relocations(uint64_t address, uint64_t size, LoadCost& cost) const {
    for (uint64_t i = 0; i < size / sizeof(Elf64_Rela); ++i) {
      const auto entry = at<Elf64_Rela>(offset_of(address) + i * sizeof(Elf64_Rela));
      ++(ELF64_R_SYM(entry.r_info) == 0 ? cost.relative : cost.symbolic);
    }
  }

  std::string file_;
  std::string bytes_;
  Elf64_Ehdr header_{};
};

}  // namespace

LoadCost load_cost(const std::string& file) { return Object(file).cost(); }

}  // namespace jailrun::integration::bench
