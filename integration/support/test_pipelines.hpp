// SPDX-License-Identifier: Apache-2.0
// Pipeline files as the tests want them, and the plugins that only tests load.
#pragma once

#include "integration/support/files.hpp"
#include "integration/support/stage.hpp"

#include <stdexcept>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {

// A plugin of integration/plugins/samples/.
inline std::string test_plugin(const std::string& name) {
  return stage() + "/lib/jailrun/test-plugins/" + name + ".so";
}

// default.conf's stages, without a setting and without a comment: [validate-id] is line 1, [exec] is line 10.
inline const std::string kTenStages =
    "[validate-id]\n[close-fds]\n[chroot-builder]\n[cgroup-v1]\n[numa]\n[devices]\n[netns]\n[daemonize]\n["
    "drop-privs]\n[exec]\n";

// `text` with `lines` after, or before, the line of the section `stage`.
inline std::string with_setting(std::string text, const std::string& stage, const std::string& lines) {
  const std::string header = "\n[" + stage + "]\n";
  const size_t at = ("\n" + text).find(header);
  if (at == std::string::npos) throw std::runtime_error("no section " + stage);
  return text.insert(at + header.size() - 1, lines);
}
inline std::string with_section_before(std::string text, const std::string& stage, const std::string& lines) {
  const size_t at = ("\n" + text).find("\n[" + stage + "]\n");
  if (at == std::string::npos) throw std::runtime_error("no section " + stage);
  return text.insert(at, lines);
}

// A section for one of the test plugins.
inline std::string section(const std::string& stage, const std::string& plugin_name,
                           const std::string& settings = "") {
  return "[" + stage + "]\nplugin = " + test_plugin(plugin_name) + "\n" + settings;
}

// The file at `path`, for its name in an expression.
inline std::string written(const std::string& path, const std::string& content) {
  write_file(path, content);
  return path;
}

inline void set_owner_and_mode(const std::string& path, uid_t owner, mode_t mode) {
  if (chown(path.c_str(), owner, owner) != 0 || chmod(path.c_str(), mode) != 0)
    throw std::runtime_error("can't change owner and mode of " + path);
}

}  // namespace jailrun::integration
