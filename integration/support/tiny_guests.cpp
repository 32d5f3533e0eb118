// SPDX-License-Identifier: Apache-2.0
#include "integration/support/tiny_guests.hpp"

#include "integration/support/command.hpp"
#include "integration/support/stage.hpp"

#include <cstring>

#include <elf.h>

namespace jailrun::integration {
namespace {

using namespace std::string_literals;

std::string little_endian(uint64_t number, size_t bytes) {
  std::string text;
  for (size_t i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i) & 0xff);
  return text;
}

}  // namespace

std::string tiny_kernel(Then then) {
  constexpr size_t kPage = 0x1000;
  constexpr uint64_t kEntry = 0x1000000;
  constexpr size_t kText = 0x100;
  const std::string greeting = kTinyGreeting + "\n"s;
  std::string code = "\x66\xba\xf8\x03"s;                  // mov dx, 0x3f8
  code += "\x48\xbe"s + little_endian(kEntry + kText, 8);  // mov rsi, greeting
  code += "\xb9"s + little_endian(greeting.size(), 4);     // mov ecx, its length
  code += "\xac\xee\xff\xc9\x75\xfa"s;                     // lodsb; out dx, al; dec ecx; jnz to lodsb
  if (then == Then::kReset) code += "\xb0\xfe\xe6\x64"s;   // out 0x64, 0xfe: the keyboard controller's reset
  code += "\xf4\xeb\xfd"s;                                 // hlt, for ever
  code.resize(kText, '\x90');
  code += greeting;

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_entry = kEntry;
  header.e_phoff = sizeof header;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_flags = PF_R | PF_W | PF_X;
  segment.p_offset = kPage;
  segment.p_vaddr = segment.p_paddr = kEntry;
  segment.p_filesz = segment.p_memsz = code.size();
  segment.p_align = kPage;
  std::string file(reinterpret_cast<const char*>(&header), sizeof header);
  file.append(reinterpret_cast<const char*>(&segment), sizeof segment);
  file.resize(kPage);
  return file + code;
}

std::string tiny_firmware() {
  constexpr size_t kSize = 0x10000;
  constexpr size_t kText = 0x200;
  constexpr size_t kReset = 0xfff0;
  const std::string greeting = kTinyGreeting + "\n"s;
  std::string code =
      "\xfa\xba\xf8\x03\xbe"s + little_endian(kText, 2);     // cli; mov dx, 0x3f8; mov si, greeting
  code += "\xb9"s + little_endian(greeting.size(), 2);       // mov cx, its length
  code += "\x2e\xac\xee\xe2\xfb"s;                           // lodsb of the code's segment; out; loop
  code += "\xb0"s + static_cast<char>(kFirmwareStatus / 2);  // mov al: QEMU ends with 2 * al + 1
  code += "\xe6\xf4\xf4"s;                                   // out 0xf4, al; hlt
  std::string image(kSize, '\0');
  image.replace(0, code.size(), code);
  image.replace(kText, greeting.size(), greeting);
  const std::string jump =
      "\xe9"s + little_endian(kSize - (kReset + 3), 2);  // to the begin, the segment's end being 0
  return image.replace(kReset, jump.size(), jump);
}

bool kvm_runs_guests() { return run({test_file("kvm-hello")}).succeeded(); }

}  // namespace jailrun::integration
