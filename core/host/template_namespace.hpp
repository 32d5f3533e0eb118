// SPDX-License-Identifier: Apache-2.0
// The template: a small mount namespace with nothing in it but a chroot base, from which the namespaces of
// that base's jails are copied. Copying the host's namespace takes longer the more mounts the host has;
// copying this one does not.
//
// There is one per boot and base, made by the base's first launch, and kept as a bind mount of the
// namespace's file below /run/jailrun/templates. It is a slave of the host's, so what is mounted below the
// base later arrives in it, and in the jails; a base on a mount that is not shared therefore has none.
// Making one removes those of bases that are gone, and the oldest where there are very many.
// `jailrun ps --host` lists it and `jailrun rm --host` removes it.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <vector>

namespace jailrun::core {

enum class Template {
  kReady,  // it exists
  kToDo,   // it can be made
  kNone,   // it can't: the host's namespace is copied
};

struct TemplatePlace {
  std::string file;  // named after the base, its mount and its inode: another mount has another template
  Template state = Template::kNone;
  bool is_known_none = false;  // noted by an earlier launch
};

// Looks, and changes nothing.
TemplatePlace find_template(const std::string& base);

// The template for jails whose root is a mount, which is moved into the copy (core/sys/mounts.hpp): one
// per host, with an empty directory in it. No mounts propagate to it, so it stays small however many such
// jails there are.
TemplatePlace find_empty_template();

// Makes it, or waits for the launch that is about to. Afterwards it exists, unless an error says why not.
Result<void> make_template(const std::string& base, const std::string& file);
Result<void> make_empty_template(const std::string& file);

// So that later launches need not read the mount table. Best effort.
void note_no_template(const std::string& file);

// What is kept below /run/jailrun/templates, for people.
std::vector<std::string> template_files();

Result<void> remove_templates();

}  // namespace jailrun::core
