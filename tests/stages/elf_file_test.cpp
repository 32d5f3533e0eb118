// SPDX-License-Identifier: Apache-2.0
// The reader of ELF headers, and what becomes of headers that lie.
#include "plugins/library-closure/elf_file.hpp"

#include "core/sys/fd.hpp"
#include "tests/support/elf_image.hpp"

#include <gtest/gtest.h>

#include <random>

#include <fcntl.h>
#include <sys/mman.h>

namespace jailrun::tests {
namespace {

using jailrun_stages::ElfFile;
using jailrun_stages::read_elf;

Result<ElfFile> read(const std::string& bytes) {
  const UniqueFd file(memfd_create("elf", MFD_CLOEXEC));
  EXPECT_EQ(write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return read_elf(file.get());
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// What is wrong with it; "" for nothing.
std::string fault(const std::string& bytes) {
  const Result<ElfFile> file = read(bytes);
  if (file) return "";
  const std::string sentence = file.error().sentence;
  const std::string broken = "its ELF headers are broken: ";
  return sentence.compare(0, broken.size(), broken) == 0 ? sentence.substr(broken.size()) : sentence;
}

// A whole file of which one part is then changed.
template <class Change>
std::string fault_with(Change change) {
  ElfImage image({"libc.so.6", "libz.so.1"}, "/lib64/ld.so");
  image.soname = "libx.so";
  change(image.build());
  return fault(image.bytes());
}

TEST(ElfFile, SaysWhatItNeeds) {
  ElfImage image({"libz.so.1", "libc.so.6"}, "/lib64/ld-linux-x86-64.so.2");
  image.soname = "libx.so.3";
  image.rpath = "/a:/b";
  image.runpath = "$ORIGIN/../lib";
  const Result<ElfFile> file = read(image.bytes());
  ASSERT_TRUE(file) << file.error().sentence;
  EXPECT_EQ(joined(file.value().needed), "libz.so.1 libc.so.6");
  EXPECT_EQ(file.value().interpreter, "/lib64/ld-linux-x86-64.so.2");
  EXPECT_EQ(file.value().soname, "libx.so.3");
  EXPECT_EQ(file.value().rpath, "/a:/b");
  EXPECT_EQ(file.value().runpath, "$ORIGIN/../lib");
  EXPECT_EQ(file.value().machine, EM_X86_64);
  EXPECT_EQ(file.value().bits, ELFCLASS64);
}

TEST(ElfFile, OfThisProgramIsReadAsTheLoaderReadsIt) {
  const UniqueFd self(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const Result<ElfFile> file = read_elf(self.get());
  ASSERT_TRUE(file) << file.error().sentence;
  EXPECT_NE((" " + joined(file.value().needed) + " ").find(" libc.so"), std::string::npos);
  EXPECT_EQ(file.value().interpreter.front(), '/');
}

TEST(ElfFile, WithoutDynamicSectionNeedsNothing) {
  ElfImage image;
  image.build();
  image.segments.pop_back();
  image.header.e_phnum = 1;
  const Result<ElfFile> file = read(image.bytes());
  ASSERT_TRUE(file) << file.error().sentence;
  EXPECT_TRUE(file.value().needed.empty());
  EXPECT_EQ(file.value().interpreter, "");
}

TEST(ElfFile, OfAnotherKindIsRefused) {
  EXPECT_EQ(fault("#!/bin/sh\nexit 0\n"), "it is not an ELF file");
  EXPECT_EQ(fault(std::string(100, '\0')), "it is not an ELF file");
  EXPECT_EQ(fault_with([](ElfImage& image) { image.header.e_ident[EI_DATA] = ELFDATA2MSB; }),
            "it is for a machine of another byte order");
  EXPECT_EQ(fault_with([](ElfImage& image) { image.header.e_ident[EI_CLASS] = 7; }),
            "it has neither 32 nor 64 bits");
  EXPECT_EQ(fault_with([](ElfImage& image) { image.header.e_type = ET_REL; }),
            "it is neither a program nor a library");
}

// Cut off behind every byte: never a crash, and whole only at the end.
TEST(ElfFile, ThatEndsTooEarlyIsRefused) {
  const std::string whole = ElfImage({"libc.so.6"}, "/lib64/ld.so").bytes();
  ASSERT_EQ(fault(whole), "");
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(fault(whole.substr(0, length)), "") << length;
}

TEST(ElfFile, WithATableThatIsTooLargeIsRefused) {
  EXPECT_EQ(fault_with([](ElfImage& image) { image.header.e_phnum = 0xffff; }),
            "more program headers than the kernel takes");
  EXPECT_EQ(fault_with([](ElfImage& image) { image.header.e_phentsize = 1; }),
            "program headers of another size");
  EXPECT_EQ(fault_with([](ElfImage& image) { image.segment(PT_DYNAMIC).p_filesz = UINT64_MAX; }),
            "the size of the dynamic section makes no sense");
  EXPECT_EQ(fault_with([](ElfImage& image) { image.segment(PT_INTERP).p_filesz = UINT64_MAX; }),
            "the length of the interpreter's name makes no sense");
  EXPECT_EQ(fault_with([](ElfImage& image) { image.segment(PT_INTERP).p_filesz = 0; }),
            "the length of the interpreter's name makes no sense");
}

TEST(ElfFile, WithAnOffsetBeyondItsEndIsRefused) {
  for (const uint64_t offset :
       {uint64_t{1} << 20, uint64_t{1} << 62, uint64_t{INT64_MAX}, UINT64_MAX - 1, UINT64_MAX}) {
    EXPECT_NE(fault_with([&](ElfImage& image) { image.header.e_phoff = offset; }), "") << offset;
    EXPECT_NE(fault_with([&](ElfImage& image) { image.segment(PT_DYNAMIC).p_offset = offset; }), "")
        << offset;
    EXPECT_NE(fault_with([&](ElfImage& image) { image.segment(PT_INTERP).p_offset = offset; }), "") << offset;
    EXPECT_NE(fault_with([&](ElfImage& image) { image.segment(PT_LOAD).p_offset = offset; }), "") << offset;
  }
}

TEST(ElfFile, WithAStringOutOfRangeIsRefused) {
  for (const uint64_t at : {uint64_t{200}, uint64_t{1} << 40, UINT64_MAX})
    for (const Elf64_Sxword tag : {DT_NEEDED, DT_SONAME})
      EXPECT_EQ(fault_with([&](ElfImage& image) { image.entry(tag).d_un.d_val = at; }),
                "a string is out of range")
          << at;
  EXPECT_EQ(fault_with([](ElfImage& image) { image.entry(DT_STRSZ).d_un.d_val = 0; }),
            "a string is out of range");
  EXPECT_EQ(fault_with([](ElfImage& image) { image.entry(DT_STRSZ).d_un.d_val = UINT64_MAX; }),
            "a string is out of range")
      << "a table that is larger than its segment is none";
  EXPECT_EQ(fault_with([](ElfImage& image) { image.entry(DT_STRTAB).d_un.d_ptr = 1; }),
            "a string is out of range");
  EXPECT_EQ(fault_with([](ElfImage& image) { image.segment(PT_LOAD).p_vaddr = UINT64_MAX; }),
            "a string is out of range");
}

TEST(ElfFile, WithAStringWithoutEndIsRefused) {
  EXPECT_EQ(fault_with([](ElfImage& image) {
              image.strings.back() = 'x';
              image.entry(DT_NEEDED).d_un.d_val = image.strings.size() - 3;
            }),
            "a string has no end");
  EXPECT_EQ(fault_with([](ElfImage& image) {
              image.needed.assign(1, std::string(5000, 'a'));
              image.segments.clear();
              image.dynamic.clear();
              image.build();
            }),
            "a string has no end");
}

TEST(ElfFile, WithEmptyOrRelativeNamesIsRefused) {
  EXPECT_EQ(fault_with([](ElfImage& image) { image.entry(DT_NEEDED).d_un.d_val = 0; }),
            "a needed library has no name");
  EXPECT_EQ(fault(ElfImage({"libc.so.6"}, "ld.so").bytes()),
            "the interpreter's name is not an absolute path");
}

TEST(ElfFile, ThatNeedsMoreThanAnyRealOneIsRefused) {
  EXPECT_EQ(fault(ElfImage(std::vector<std::string>(1024, "libx.so")).bytes()), "");
  EXPECT_EQ(fault(ElfImage(std::vector<std::string>(1025, "libx.so")).bytes()),
            "it needs more than 1024 libraries");
}

// The sanitizers' build looks on.
TEST(ElfFile, OfRandomlyChangedBytesNeverCrashesTheReader) {
  const std::string whole = ElfImage({"libz.so.1", "libc.so.6"}, "/lib64/ld.so").bytes();
  std::mt19937 random(20);  // NOLINT: the same each time
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = whole;
    for (int change = 0; change < 3; ++change)
      bytes[16 + random() % (bytes.size() - 16)] = static_cast<char>(random());
    (void)read(bytes);
  }
}

}  // namespace
}  // namespace jailrun::tests
