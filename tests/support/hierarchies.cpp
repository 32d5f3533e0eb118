// SPDX-License-Identifier: Apache-2.0
#include "tests/support/hierarchies.hpp"

#include <optional>

namespace {

using jailrun::sys::Hierarchy;

std::optional<std::map<std::string, Hierarchy>>& replaced() {
  static std::optional<std::map<std::string, Hierarchy>> instance;
  return instance;
}

}  // namespace

// By --wrap (tests/CMakeLists.txt) every call of sys::find_hierarchy lands in the second; the first is the
// function itself.
#define JAILRUN_MANGLED \
  "_ZN7jailrun3sys14find_hierarchyERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEj"
Hierarchy real_find_hierarchy(const std::string& controller,
                              uint32_t version) __asm__("__real_" JAILRUN_MANGLED);
Hierarchy wrapped_find_hierarchy(const std::string& controller,
                                 uint32_t version) __asm__("__wrap_" JAILRUN_MANGLED);

Hierarchy wrapped_find_hierarchy(const std::string& controller, uint32_t version) {
  if (!replaced()) return real_find_hierarchy(controller, version);
  const auto found = replaced()->find(controller);
  if (found == replaced()->end() || (version != 0 && found->second.version != version)) return {};
  return found->second;
}

namespace jailrun::tests {

Hierarchies::Hierarchies(std::map<std::string, sys::Hierarchy> mounted) { replaced() = std::move(mounted); }
Hierarchies::~Hierarchies() { replaced().reset(); }

}  // namespace jailrun::tests
