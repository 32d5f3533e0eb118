// SPDX-License-Identifier: Apache-2.0
// All that loads code. bin/jailrun can't, and has a function of its own in place of this one (hand_over.cpp):
// so this file defines nothing else.
#include "core/base/at_work.hpp"
#include "core/plugin/libraries.hpp"
#include "core/plugin/loader.hpp"

// Boost.Filesystem looks up the kernel version each time a program that holds it starts.
#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>

#include <cstring>
#include <deque>
#include <string_view>

#include <dlfcn.h>
#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unwind.h>

namespace jailrun::core {
namespace {

// The dynamic loader's own words. It names the descriptor, "/proc/self/fd/7: undefined symbol: x", except
// where it speaks of another file, a library that the plugin needs: "libx.so.1: cannot open shared object
// file: ...".
std::string loaders_words(const char* reported, const std::string& by_fd) {
  if (reported == nullptr) return "no reason given";
  std::string text = reported;
  constexpr std::string_view kSeparator = ": ";
  if (text.compare(0, by_fd.size(), by_fd) == 0 && text.compare(by_fd.size(), 2, kSeparator) == 0)
    text.erase(0, by_fd.size() + kSeparator.size());
  // A mangled name can have kilobytes, and says nothing beyond its beginning.
  constexpr size_t kLongest = 400;
  if (text.size() > kLongest) text.replace(kLongest, std::string::npos, "...");
  return text;
}

// Why the dynamic loader refused a file.
Error refusal(int fd, const std::string& path, const std::string& by_fd) {
  Elf64_Ehdr header{};
  const ssize_t size = pread(fd, &header, sizeof header, 0);
  if (size != static_cast<ssize_t>(sizeof header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    return input_error("plugin " + path + " is not an ELF file");
  if (header.e_type != ET_DYN) return input_error("plugin " + path + " is not a shared object");
  return input_error("plugin " + path + " can't be loaded: " + loaders_words(dlerror(), by_fd));
}

// Runner and plugins each have their own unwinder. The runner's fills its table of registers when it is first
// used; unless that has happened, an exception that leaves a plugin aborts in it instead of reaching the
// guard. Costs some microseconds.
void prepare_unwinder() {
  static const auto kDone =
      _Unwind_Backtrace([](_Unwind_Context*, void*) { return _URC_END_OF_STACK; }, nullptr);
  (void)kDone;
}

// The libraries are never destroyed: unloading code crashes where its destructors or thread-local data are
// still in use.
std::deque<boost::dll::shared_library>& libraries() {
  static auto* const kAll = new std::deque<boost::dll::shared_library>;
  return *kAll;
}

// Without /proc a file can only be loaded by its path. Between this look and the loader's the path could only
// be changed by those who own its directories, and that is root alone, or for others root and the caller: the
// same who could have changed the file's content.
bool is_same_file(int fd, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return fstat(fd, &opened) == 0 && stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

}  // namespace

Result<const jr_plugin*> load_object(int fd, const std::string& path) {
  prepare_unwinder();
  JR_TRY(check_libraries(fd, path));  // two reads: the headers, the dynamic section
  // By descriptor: the file that was checked is the file that is loaded.
  const std::string by_fd = "/proc/self/fd/" + std::to_string(fd);
  std::error_code error;
  boost::dll::shared_library& library = libraries().emplace_back();
  const AtWork at_work("plugin", path, "being loaded");
  const auto load = [&](const std::string& from) {
    library.load(from, error, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  };
  load(by_fd);
  if (error && access(by_fd.c_str(), F_OK) != 0 && is_same_file(fd, path)) load(path);
  if (error) return refusal(fd, path, by_fd);
  if (!library.has(JR_PLUGIN_SYMBOL))
    return input_error("plugin " + path + " does not export " JR_PLUGIN_SYMBOL +
                       ": it is not a jailrun plugin, or is for another major version of the interface");
  return &library.get<const jr_plugin>(JR_PLUGIN_SYMBOL);
}

}  // namespace jailrun::core
