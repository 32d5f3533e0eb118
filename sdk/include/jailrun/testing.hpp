// SPDX-License-Identifier: Apache-2.0
//
// Tests of a stage without jailrun, without root and without changes to the host: a fake runner that gives a
// stage the options and facts that the test chooses, and writes down what the stage plans. It works for a
// stage in any language, linked into the test or loaded from its file, and with any test framework or none.
//
//   int main() {
//     jailrun::FakeHost host(jailrun_plugin_v1);
//     jailrun::Checks checks;
//     host.option("message", "hello").fact("jail.id", "web-1");
//     checks.equal("the message is planned", host.plan(), "write /motd  0444 0:0  \"web-1: hello\\n\"\n");
//     return checks.failed();
//   }
//
// It does not check anything that concerns a complete pipeline: `jailrun check` and `jailrun plan` check the
// order of the stages, and that no path in the jail is planned before there is a root.
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

// A plugin that is linked into the test. A test that uses load_plugin does not need it.
extern "C" const jr_plugin jailrun_plugin_v1;

namespace jailrun {

// Loads the plugin in this file; it stays loaded. Throws std::runtime_error if the file can't be loaded or
// exports no plugin.
inline const jr_plugin& load_plugin(const std::string& file) {
  void* const library =
      dlopen((file.find('/') == std::string::npos ? "./" + file : file).c_str(), RTLD_NOW | RTLD_LOCAL);
  const void* const plugin = library == nullptr ? nullptr : dlsym(library, JR_PLUGIN_SYMBOL);
  if (plugin == nullptr) throw std::runtime_error(dlerror());
  return *static_cast<const jr_plugin*>(plugin);
}

// For tests without a test framework: prints to stderr what differs, and remembers that something did.
class Checks {
 public:
  // Compares two texts. `what` names the check in the output.
  void equal(std::string_view what, std::string_view found, std::string_view wanted) {
    if (found == wanted) return;
    failed_ = 1;
    const auto shown = [](std::string_view text) { return std::string(text.empty() ? "(nothing)\n" : text); };
    std::fprintf(stderr, "%s: found\n%s\nexpected\n%s\n", std::string(what).c_str(), shown(found).c_str(),
                 shown(wanted).c_str());
  }
  // Compares with the text of a file. With JAILRUN_GOLDEN=write in the environment the
  // file is written instead.
  void golden(std::string_view what, std::string_view found, const std::string& file) {
    const char* const mode = std::getenv("JAILRUN_GOLDEN");
    if (mode != nullptr && std::string_view(mode) == "write") {
      std::ofstream(file, std::ios::binary) << found;
      return;
    }
    std::ifstream stream(file, std::ios::binary);
    equal(what, found, std::string(std::istreambuf_iterator<char>(stream), {}));
  }
  // What main returns: 0, or 1 if something differed.
  int failed() const { return failed_; }

 private:
  int failed_ = 0;
};

}  // namespace jailrun

#endif
