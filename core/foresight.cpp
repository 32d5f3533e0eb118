// SPDX-License-Identifier: Apache-2.0
// bin/jailrun's entry point. Where the command line or the pipeline shows at a glance that a stage must be
// loaded, the process becomes jailrun-dynamic (hand_over.hpp) here, before libc is set up for nothing: that
// takes longer than all of this. A wrong answer costs time and no more: nothing is judged by it.
//
// No libc: its functions and thread-local data are not ready. So no call of any, no array with initial
// values, no stack protector (CMakeLists.txt has the flags).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-loop-distribute-patterns")  // which makes calls of loops
#endif
#include "core/plugin/twin.hpp"

#include <cstddef>

#include <elf.h>
#include <fcntl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
__asm__(
    ".globl jailrun_start\n.type jailrun_start,@function\njailrun_start:\n"
    "  mov %rsp, %rbx\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call jailrun_foresee\n"
    "  mov %rbx, %rsp\n  xor %edx, %edx\n  jmp _start\n");
#elif defined(__aarch64__)
__asm__(
    ".globl jailrun_start\n.type jailrun_start,%function\njailrun_start:\n"
    "  mov x19, sp\n  mov x0, x19\n  bl jailrun_foresee\n"
    "  mov sp, x19\n  mov x0, #0\n  b _start\n");
#endif

extern "C" void jailrun_foresee(char** stack);

namespace jailrun::core {
namespace {

long system_call(long number, long a, long b, long c, long d) {
#if defined(__x86_64__)
  long result = number;
  register long fourth __asm__("r10") = d;
  __asm__ volatile("syscall" : "+a"(result) : "D"(a), "S"(b), "d"(c), "r"(fourth) : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long which __asm__("x8") = number;
  register long first __asm__("x0") = a;
  register long second __asm__("x1") = b;
  register long third __asm__("x2") = c;
  register long fourth __asm__("x3") = d;
  __asm__ volatile("svc 0" : "+r"(first) : "r"(which), "r"(second), "r"(third), "r"(fourth) : "memory");
  return first;
#endif
}
long address(const void* of) { return reinterpret_cast<long>(of); }
int open_file(const char* path, int flags) {
  return static_cast<int>(system_call(SYS_openat, AT_FDCWD, address(path), flags | O_CLOEXEC, 0));
}

struct Text {
  const char* begin;
  size_t size;

  char operator[](size_t i) const { return begin[i]; }
  Text from(size_t at) const { return {begin + at, size - at}; }
  size_t find(char c) const {
    size_t at = 0;
    while (at < size && begin[at] != c) ++at;
    return at;
  }
  bool begins_with(Text other) const {
    for (size_t i = 0; i < other.size; ++i)
      if (i >= size || begin[i] != other[i]) return false;
    return true;
  }
  bool is(Text other) const { return size == other.size && begins_with(other); }
  Text trimmed() const {
    Text text = *this;
    const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (text.size > 0 && is_blank(text[0])) text = text.from(1);
    while (text.size > 0 && is_blank(text[text.size - 1])) --text.size;
    return text;
  }
};
template <size_t kSize>
constexpr Text literal(const char (&text)[kSize]) {
  return {text, kSize - 1};
}
Text c_string(const char* text) {
  size_t size = 0;
  while (text[size] != '\0') ++size;
  return {text, size};
}

// A path that is put together. Empty, and so the path of nothing, where it does not fit, or where the prefix
// can't be read: without /proc nothing is foreseen.
class Path {
 public:
  Path& add(Text text) {
    if (text.size >= sizeof bytes_ - size_) is_whole_ = false;
    for (size_t i = 0; is_whole_ && i < text.size; ++i) bytes_[size_++] = text[i];
    bytes_[is_whole_ ? size_ : 0] = '\0';
    return *this;
  }
  // The prefix of the running program, PREFIX/bin/jailrun.
  Path& add_prefix() {
    const long length =
        system_call(SYS_readlinkat, AT_FDCWD, address("/proc/self/exe"), address(bytes_), sizeof bytes_);
    is_whole_ = length > 0 && static_cast<size_t>(length) < sizeof bytes_;
    size_ = is_whole_ ? static_cast<size_t>(length) : 0;
    for (int slashes = 0; size_ > 0 && slashes < 2;) slashes += bytes_[--size_] == '/' ? 1 : 0;
    return *this;
  }
  const char* c_str() const { return bytes_; }

 private:
  char bytes_[512];
  size_t size_ = 0;
  bool is_whole_ = true;
};

bool has_twin(Text stage) {
  for (Text rest = c_string(kShippedNames); rest.size > 1;) {
    rest = rest.from(1);
    const size_t end = rest.find(' ');
    if (stage.is({rest.begin, end})) return true;
    rest = rest.from(end);
  }
  return false;
}

// A site's own file of that name, which is found before the one that ships.
bool is_in(int directory, Text stage) {
  Path name;
  name.add(stage).add(literal(".so"));
  return directory >= 0 && system_call(SYS_faccessat, directory, address(name.c_str()), 0, 0) == 0;
}

bool line_shows_it(Text line, int site) {
  line = line.trimmed();
  if (line.size == 0) return false;
  if (line[0] == '[') {
    const Text section = Text{line.begin + 1, line.find(']') - 1}.trimmed();
    return !section.is(literal("jailrun")) && (!has_twin(section) || is_in(site, section));
  }
  const size_t equals = line.find('=');
  if (equals == line.size) return false;
  const Text key = Text{line.begin, equals}.trimmed();
  const Text value = line.from(equals + 1).trimmed();
  return key.is(literal("plugin")) || (key.is(literal("twins")) && value.is(literal("no"))) ||
         (key.is(literal("strict")) && value.is(literal("yes")));
}

// As find_pipeline() finds it.
int open_pipeline(Text name) {
  constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
  Path path;
  if (name.find('/') < name.size) return open_file(path.add(name).c_str(), kFlags);
  const int site = open_file(path.add(literal("/etc/jailrun/pipelines/")).add(name).c_str(), kFlags);
  if (site >= 0) return site;
  Path shipped;
  return open_file(shipped.add_prefix().add(literal("/share/jailrun/pipelines/")).add(name).c_str(), kFlags);
}

bool pipeline_shows_it(Text name) {
  const int file = open_pipeline(name);
  if (file < 0) return false;
  char text[3072];  // those that ship fit; of a longer one, the beginning decides
  const long size = system_call(SYS_read, file, address(text), sizeof text, 0);
  system_call(SYS_close, file, 0, 0, 0);
  const int site = open_file("/etc/jailrun/plugins", O_PATH | O_DIRECTORY);
  bool found = false;
  for (Text rest = {text, size > 0 ? static_cast<size_t>(size) : 0}; !found && rest.size > 0;) {
    const size_t end = rest.find('\n');
    found = line_shows_it({rest.begin, end}, site);
    rest = rest.from(end < rest.size ? end + 1 : end);
  }
  if (site >= 0) system_call(SYS_close, site, 0, 0, 0);
  return found;
}

bool shows_it(long argc, char** argv) {
  constexpr Text kPipeline = literal("--pipeline");
  Text pipeline = literal("default.conf");
  for (long i = 1; i < argc; ++i) {
    const Text word = c_string(argv[i]);
    if (word.is(literal("--"))) break;
    // Commands are another program's: see main.cpp.
    if ((i == 1 && (word.size == 0 || word[0] != '-')) || word.is(literal("--help")) ||
        word.is(literal("-h")) || word.is(literal("--version")))
      return false;
    if (word.is(literal("--strict"))) return true;
    if (word.is(kPipeline) && i + 1 < argc) pipeline = c_string(argv[i + 1]);
    if (word.begins_with(literal("--pipeline="))) pipeline = word.from(kPipeline.size + 1);
  }
  return pipeline_shows_it(pipeline);
}

// Set-user-id and the like are refused by main, with a sentence.
bool has_gained_privileges(char** environment) {
  while (*environment != nullptr) ++environment;
  uint64_t ids[4];
  ids[0] = ids[1] = ids[2] = ids[3] = 0;
  for (auto* entry = reinterpret_cast<const Elf64_auxv_t*>(environment + 1); entry->a_type != AT_NULL;
       ++entry) {
    if (entry->a_type == AT_SECURE && entry->a_un.a_val != 0) return true;
    if (entry->a_type >= AT_UID && entry->a_type <= AT_EGID) ids[entry->a_type - AT_UID] = entry->a_un.a_val;
  }
  return ids[0] != ids[1] || ids[2] != ids[3];
}

}  // namespace
}  // namespace jailrun::core

// `stack`: as the kernel leaves it, with the number of arguments first. Returns where this program goes on.
void jailrun_foresee(char** stack) {
  using namespace jailrun::core;
  const long argc = reinterpret_cast<long>(stack[0]);
  char** const argv = stack + 1;
  char** const environment = argv + argc + 1;
  if (argc < 1 || has_gained_privileges(environment) || !shows_it(argc, argv)) return;
  Path program;
  program.add_prefix().add(literal("/lib/jailrun/jailrun-dynamic"));
  system_call(SYS_execve, address(program.c_str()), address(argv), address(environment), 0);
}
