// SPDX-License-Identifier: Apache-2.0
#include "integration/support/proc.hpp"

#include "integration/support/command.hpp"
#include "integration/support/files.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace jailrun::integration {
namespace {

std::string proc(pid_t pid, const std::string& file) { return "/proc/" + std::to_string(pid) + "/" + file; }

std::string link_target(const std::string& path) {
  std::error_code gone;
  return std::filesystem::read_symlink(path, gone).string();
}

}  // namespace

std::vector<pid_t> all_processes() {
  std::vector<pid_t> pids;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") == std::string::npos) pids.push_back(std::atoi(name.c_str()));
  }
  std::sort(pids.begin(), pids.end());
  return pids;
}

std::string command_of(pid_t pid) {
  try {
    std::string line = read_file(proc(pid, "cmdline"));
    std::replace(line.begin(), line.end(), '\0', ' ');
    return line.empty() ? read_file(proc(pid, "comm")) : line;
  } catch (const std::exception&) {
    return "(gone)";
  }
}

std::string namespace_of(pid_t pid, const std::string& kind) { return link_target(proc(pid, "ns/" + kind)); }

std::map<std::string, std::string> status_fields(pid_t pid) {
  std::map<std::string, std::string> fields;
  for (const std::string& line : split_lines(read_file(proc(pid, "status")))) {
    const size_t colon = line.find(':');
    const size_t value = line.find_first_not_of(" \t", colon + 1);
    fields[line.substr(0, colon)] = value == std::string::npos ? "" : line.substr(value);
  }
  return fields;
}

std::vector<std::string> stat_fields(pid_t pid) {
  const std::string text = read_file(proc(pid, "stat"));
  const size_t name_end = text.rfind(')');  // the name, field 2, may hold anything
  std::vector<std::string> fields = {"", std::to_string(pid), text.substr(text.find('('), name_end)};
  std::istringstream stream(text.substr(name_end + 1));
  for (std::string field; stream >> field;) fields.push_back(field);
  return fields;
}

std::map<int, std::string> descriptors(pid_t pid) {
  std::map<int, std::string> open;
  for (const auto& entry : std::filesystem::directory_iterator(proc(pid, "fd")))
    open[std::atoi(entry.path().filename().c_str())] = link_target(entry.path());
  return open;
}

std::vector<Mount> mounts(pid_t pid) {
  std::vector<Mount> all;
  for (const std::string& line : split_lines(read_file(proc(pid, "mountinfo")))) {
    std::istringstream stream(line);
    std::string skipped;
    Mount mount;
    stream >> skipped >> skipped >> skipped >> mount.root >> mount.target >> mount.options;
    for (std::string word; stream >> word && word != "-";)
      mount.propagation += (mount.propagation.empty() ? "" : " ") + word;
    stream >> mount.type >> mount.source;
    all.push_back(mount);
  }
  return all;
}

}  // namespace jailrun::integration
