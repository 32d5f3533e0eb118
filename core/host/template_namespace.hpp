// SPDX-License-Identifier: Apache-2.0
// The template: a mount namespace with nothing in it, from which the namespaces of all jails are copied, and on
// whose root each jail's root is mounted. Copying the host's namespace takes longer the more mounts the host
// has, and pivot_root longer the more threads it has; this takes the same time always.
//
// There is one per boot, made by the first launch, and kept as a bind mount of the namespace's file below
// /run/jailrun/templates. `jailrun ps --host` lists it and `jailrun rm --host` removes it.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <vector>

namespace jailrun::core {

enum class Template {
  kReady,  // it exists
  kToDo,   // it can be made
  kNone,   // it can't, with this kernel or as an earlier launch has found out: the host's namespace is copied
};

struct TemplatePlace {
  std::string file;
  Template state = Template::kNone;
};

// Looks, and changes nothing.
TemplatePlace find_template();

// Makes it, or waits for the launch that is about to. Afterwards it exists, unless an error says why not.
Result<void> make_template();

// What is kept below /run/jailrun/templates, for people.
std::vector<std::string> template_files();

Result<void> remove_templates();

}  // namespace jailrun::core
