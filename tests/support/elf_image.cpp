// SPDX-License-Identifier: Apache-2.0
#include "tests/support/elf_image.hpp"

#include <cstring>
#include <stdexcept>

namespace jailrun::tests {
namespace {

template <class T>
std::string raw(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

}  // namespace

uint64_t ElfImage::string(const std::string& text) {
  const uint64_t at = strings.size();
  strings += text + '\0';
  return at;
}

ElfImage& ElfImage::build() {
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_DYN;
  header.e_machine = machine;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);

  strings.assign(1, '\0');
  const auto add = [&](Elf64_Sxword tag, uint64_t value) {
    Elf64_Dyn one{};
    one.d_tag = tag;
    one.d_un.d_val = value;
    dynamic.push_back(one);
  };
  for (const std::string& name : needed) add(DT_NEEDED, string(name));
  if (!soname.empty()) add(DT_SONAME, string(soname));
  if (!rpath.empty()) add(DT_RPATH, string(rpath));
  if (!runpath.empty()) add(DT_RUNPATH, string(runpath));
  const uint64_t interpreter_at = string(interpreter);
  add(DT_STRTAB, 0);
  add(DT_STRSZ, strings.size());
  add(DT_NULL, 0);

  segments.resize(interpreter.empty() ? 2 : 3);
  const uint64_t dynamic_at = sizeof header + segments.size() * sizeof(Elf64_Phdr);
  const uint64_t strings_at = dynamic_at + dynamic.size() * sizeof(Elf64_Dyn);
  entry(DT_STRTAB).d_un.d_ptr = kAddress + strings_at;
  const auto place = [&](size_t index, uint32_t type, uint64_t offset, uint64_t size) {
    segments[index].p_type = type;
    segments[index].p_offset = offset;
    segments[index].p_vaddr = kAddress + offset;
    segments[index].p_filesz = segments[index].p_memsz = size;
  };
  place(0, PT_LOAD, 0, strings_at + strings.size());
  place(1, PT_DYNAMIC, dynamic_at, dynamic.size() * sizeof(Elf64_Dyn));
  if (!interpreter.empty()) place(2, PT_INTERP, strings_at + interpreter_at, interpreter.size() + 1);
  header.e_phnum = static_cast<uint16_t>(segments.size());
  return *this;
}

std::string ElfImage::bytes() {
  if (segments.empty()) build();
  std::string file = raw(header);
  for (const Elf64_Phdr& one : segments) file += raw(one);
  for (const Elf64_Dyn& one : dynamic) file += raw(one);
  return file + strings;
}

Elf64_Dyn& ElfImage::entry(Elf64_Sxword tag) {
  for (Elf64_Dyn& one : dynamic)
    if (one.d_tag == tag) return one;
  throw std::out_of_range("no such entry");
}

Elf64_Phdr& ElfImage::segment(uint32_t type) {
  for (Elf64_Phdr& one : segments)
    if (one.p_type == type) return one;
  throw std::out_of_range("no such segment");
}

}  // namespace jailrun::tests
