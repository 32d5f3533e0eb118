// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/twin.hpp"

#include "core/base/message.hpp"
#include "core/plugin/loader.hpp"
#include "core/plugin/segments.hpp"
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <jailrun/testing.hpp>

#include <gtest/gtest.h>

#include <cstring>

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace jailrun::core {
namespace {

using tests::read_file;
using tests::TempDirectory;

// The loader knows a file by its descriptor's number, so those that were loaded stay open until the tests end.
Trust& trust() {
  static auto* const kTrust = new Trust;
  return *kTrust;
}

std::string netns() { return read_file(JAILRUN_TEST_PLUGINS "/netns.so"); }

std::optional<LinkId> link_of(const std::string& file) {
  const UniqueFd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  return read_link_id(fd.get());
}

// Where the build-id's note is in a file's bytes.
size_t note_at(const std::string& bytes) {
  Elf64_Nhdr note{};
  note.n_namesz = 4;
  note.n_descsz = 20;
  note.n_type = NT_GNU_BUILD_ID;
  return bytes.find(std::string(reinterpret_cast<const char*>(&note), sizeof note) + std::string("GNU\0", 4));
}

Elf64_Phdr& first_segment(std::string& bytes, uint32_t type) {
  Elf64_Ehdr header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  auto* segment = reinterpret_cast<Elf64_Phdr*>(bytes.data() + header.e_phoff);
  while (segment->p_type != type) ++segment;
  return *segment;
}

// Twins that this process has while it lives.
class Linked {
 public:
  explicit Linked(std::span<const Twin> twins) { link_twins(twins); }
  Linked(const Linked&) = delete;
  Linked& operator=(const Linked&) = delete;
  ~Linked() { link_twins({}); }
};

// netns, as it ships, and as its own twin.
class Twins : public testing::Test {
 protected:
  // Whether the twin runs where the file has these bytes.
  std::string runs(const std::string& bytes) {
    const TempDirectory directory;
    directory.file("netns.so", bytes);
    Loader loader(trust(), {directory.path()});
    return outcome(loader.load_by_name("netns"));
  }
  static std::string outcome(const Result<const Plugin*>& plugin) {
    if (!plugin) return message(plugin.error());
    return plugin.value()->is_linked_in ? "twin" : "file";
  }
  // Judged only, as a file that is not the twin's may be none that can be loaded.
  bool is_same(const std::string& bytes) {
    const std::string path = directory_.file("edited.so", bytes);
    return link_of(path) == twin_.file;
  }

  TempDirectory directory_;
  Twin twin_ = {"netns", link_of(JAILRUN_TEST_PLUGINS "/netns.so").value_or(LinkId{}), testing_stage()};
  Linked linked_{{&twin_, 1}};

 private:
  static const jr_stage_descriptor* testing_stage() {
    return jailrun::load_plugin(JAILRUN_TEST_PLUGINS "/netns.so").stages[0];
  }
};

TEST_F(Twins, RunInPlaceOfTheFileThatWasLinkedWithThem) { EXPECT_EQ(runs(netns()), "twin"); }

TEST_F(Twins, DoNotRunWhereTheFileHasAnotherBuildId) {
  std::string bytes = netns();
  ASSERT_NE(note_at(bytes), std::string::npos);
  bytes[note_at(bytes) + sizeof(Elf64_Nhdr) + 4 + 19] ^= 1;
  EXPECT_EQ(runs(bytes), "file");
}

TEST_F(Twins, DoNotRunWhereTheBuildIdIsOfAnotherKindOrMissing) {
  std::string bytes = netns();
  bytes[note_at(bytes) + offsetof(Elf64_Nhdr, n_descsz)] = 16;  // md5
  EXPECT_FALSE(is_same(bytes));
  bytes = netns();
  bytes[note_at(bytes) + offsetof(Elf64_Nhdr, n_type)] = 7;
  EXPECT_EQ(runs(bytes), "file");
  bytes = netns();
  bytes[note_at(bytes) + sizeof(Elf64_Nhdr)] = 'X';  // somebody else's note
  EXPECT_EQ(runs(bytes), "file");
}

TEST_F(Twins, DoNotRunWhereASegmentHasAnotherSize) {
  for (Elf64_Xword Elf64_Phdr::*size : {&Elf64_Phdr::p_filesz, &Elf64_Phdr::p_memsz}) {
    std::string bytes = netns();
    first_segment(bytes, PT_LOAD).*size += 1;
    EXPECT_FALSE(is_same(bytes));
  }
}

TEST_F(Twins, DoNotRunWhereTheFileBreaksOff) {
  const std::string bytes = netns();
  for (size_t size = 0; size < note_at(bytes) + 36; ++size)
    ASSERT_FALSE(is_same(bytes.substr(0, size))) << size;
  EXPECT_TRUE(is_same(bytes));
}

// Nothing in the headers leads the reader out of what it has read.
TEST_F(Twins, AreNotConfusedByHeadersThatLie) {
  const std::string good = netns();
  for (size_t at = 0; at < 1024; ++at)
    for (const char byte : {'\xff', '\x7f', '\0'}) {
      std::string bytes = good.substr(0, 4096);
      bytes[at] = byte;
      (void)is_same(bytes);
    }
}

TEST_F(Twins, DoNotStandForAFileThatIsNotTrusted) {
  const TempDirectory directory;
  const std::string path = directory.file("netns.so", netns());
  chmod(path.c_str(), 0666);
  Loader loader(trust(), {directory.path()});
  EXPECT_NE(outcome(loader.load_by_name("netns")).find("is writable by others"), std::string::npos);
}

TEST_F(Twins, DoNotRunForAFileThatIsNamedOrWhereTheyAreSwitchedOff) {
  const TempDirectory directory;
  const std::string path = directory.file("netns.so", netns());
  Loader named(trust(), {directory.path()});
  EXPECT_EQ(outcome(named.load_by_name("netns")), "twin");
  EXPECT_EQ(outcome(named.load(path)), "file");
  Loader off(trust(), {directory.path()});
  off.use_no_twins();
  EXPECT_EQ(outcome(off.load_by_name("netns")), "file");
}

TEST(Sha256, IsThatOfTheStandard) {
  const auto hex = [](std::string_view text) {
    std::string digits;
    for (const uint8_t byte : sha256(text))
      digits.append({"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]});
    return digits;
  };
  EXPECT_EQ(hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Segments, DifferWhereACodeByteDoesAndNotWhereSymbolsAreStripped) {
  const std::string good = netns();
  const auto digest = digest_of_segments(good);
  ASSERT_TRUE(digest);
  std::string edited = good;
  edited[first_segment(edited, PT_LOAD).p_filesz / 2] ^= 1;
  EXPECT_NE(digest_of_segments(edited).value(), digest.value());
  std::string stripped = good;
  auto* header = reinterpret_cast<Elf64_Ehdr*>(stripped.data());
  stripped.resize(header->e_shoff);
  header->e_shoff = 0;
  header->e_shnum = header->e_shstrndx = 0;
  EXPECT_EQ(digest_of_segments(stripped).value(), digest.value());
  for (const size_t size : {size_t{0}, size_t{63}, size_t{100}, good.size() / 8})
    EXPECT_FALSE(digest_of_segments(good.substr(0, size))) << size;
}

}  // namespace
}  // namespace jailrun::core
