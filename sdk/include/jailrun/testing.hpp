// SPDX-License-Identifier: Apache-2.0
//
// Tests of a stage without jailrun, without root and without a host that changes: a runner that gives a stage
// what the test says and writes down what the stage plans. It serves a stage in any language, linked into the
// test or loaded from its file, and any test framework or none.
//
//   int main() {
//     jailrun::FakeHost host(jailrun_plugin_v1);
//     jailrun::Checks checks;
//     host.option("message", "hello").fact("jail.id", "web-1");
//     checks.equal("the message is planned", host.plan(), "write /motd  0444 0:0  \"web-1: hello\\n\"\n");
//     return checks.failed();
//   }
//
// What it does not do is what concerns a whole pipeline: `jailrun check` and `jailrun plan` look at the order
// of the stages, and at paths before there is a root.
#ifndef JAILRUN_TESTING_HPP
#define JAILRUN_TESTING_HPP

#include "fake_host.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include <dlfcn.h>

// A stage that is linked into the test. One that is loaded with load_plugin needs it not.
extern "C" const jr_plugin jailrun_plugin_v1;

namespace jailrun {

// The plugin in this file, which stays loaded. Throws std::runtime_error where there is none.
inline const jr_plugin& load_plugin(const std::string& file) {
  void* const library =
      dlopen((file.find('/') == std::string::npos ? "./" + file : file).c_str(), RTLD_NOW | RTLD_LOCAL);
  const void* const plugin = library == nullptr ? nullptr : dlsym(library, JR_PLUGIN_SYMBOL);
  if (plugin == nullptr) throw std::runtime_error(dlerror());
  return *static_cast<const jr_plugin*>(plugin);
}

// For tests without a test framework: says on stderr what differs, and counts.
class Checks {
 public:
  void equal(std::string_view what, std::string_view found, std::string_view wanted) {
    if (found == wanted) return;
    failed_ = 1;
    const auto shown = [](std::string_view text) { return std::string(text.empty() ? "(nothing)\n" : text); };
    std::fprintf(stderr, "%s: found\n%s\nwhere there should be\n%s\n", std::string(what).c_str(),
                 shown(found).c_str(), shown(wanted).c_str());
  }
  // Compares with the text of a file. With JAILRUN_GOLDEN=write in the environment the file is written.
  void golden(std::string_view what, std::string_view found, const std::string& file) {
    const char* const wish = std::getenv("JAILRUN_GOLDEN");
    if (wish != nullptr && std::string_view(wish) == "write") {
      std::ofstream(file, std::ios::binary) << found;
      return;
    }
    std::ifstream stream(file, std::ios::binary);
    equal(what, found, std::string(std::istreambuf_iterator<char>(stream), {}));
  }
  // What main returns: 0, or 1 where something differed.
  int failed() const { return failed_; }

 private:
  int failed_ = 0;
};

}  // namespace jailrun

#endif
