// SPDX-License-Identifier: Apache-2.0
#include "core/cli/doctor/launch_check.hpp"

#include "core/base/message.hpp"
#include "core/base/text.hpp"
#include "core/plugin/trust.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <set>

namespace jailrun::core::cli {
namespace {

constexpr std::string_view kFirecracker =
    "https://github.com/firecracker-microvm/firecracker/blob/main/docs/prod-host-setup.md";

bool starts_with(std::string_view text, std::string_view beginning) {
  return text.substr(0, beginning.size()) == beginning;
}

struct HostPath {
  std::string path;       // empty: none
  bool is_input = false;  // a file or tree that the jail is given, and that may be its user's
};

// The host path in a value, by what the option says of it: "DIR", "SOURCE:TARGET", "NAME=BASE[,WORDS]".
HostPath host_path_in(const OptionDescription& option, const std::string& value) {
  const std::string_view name = option.value_name;
  size_t start = 0, end = value.size();
  if (starts_with(name, "NAME=BASE"))
    start = value.find('=') + 1;  // npos + 1 is 0
  else if (name != "FILE" && name != "DIR" && name != "PATH" && !starts_with(name, "SOURCE"))
    return {};
  if (start >= value.size() || value[start] != '/') return {};
  if (start != 0 || starts_with(name, "SOURCE")) end = std::min(end, value.find_first_of(":,", start));
  return {value.substr(start, end - start), starts_with(name, "SOURCE")};
}

struct Paths {
  std::vector<std::string> trusted, refused, unknown;
};

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Owned and writable by the jail's user alone, in a directory that only root can write to.
bool is_jails_own(const std::string& path, const struct stat& now, std::string_view uid, Trust& trust) {
  if (uid.empty() || std::to_string(now.st_uid) != uid || (now.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return false;
  char* const real = realpath(path.c_str(), nullptr);
  const std::string target = real != nullptr ? real : "";
  std::free(real);
  return !target.empty() && trust.open_base(parent_of(path)) && trust.open_base(parent_of(target));
}

void judge_path(const HostPath& one, std::string_view uid, Trust& trust, Paths& paths) {
  const std::string& path = one.path;
  struct stat now = {};
  const bool is_there = ::stat(path.c_str(), &now) == 0;
  const bool is_missing_now = !is_there && errno == ENOENT;
  const auto judge = [&] {
    if (is_there && S_ISDIR(now.st_mode)) return trust.open_base(path);
    // A device or socket is opened by nobody for being looked at, and what is missing can't be: who may
    // replace or make it is what counts.
    if (is_missing_now || (is_there && !S_ISREG(now.st_mode))) return trust.open_base(parent_of(path));
    return trust.open_file(path);
  };
  const Result<int> opened = judge();
  if (opened)
    paths.trusted.push_back(path);
  else if (opened.error().error_number != 0)  // without an errno it was Trust that refused
    paths.unknown.push_back(message(opened.error()));
  else if (is_there && one.is_input && is_jails_own(path, now, uid, trust))
    paths.trusted.push_back(path + " (or the jail's user)");
  else
    paths.refused.push_back(message(opened.error()));
}

Outcome judge_paths(const HostCheck&, const LaunchView& launch) {
  Trust trust(Trust::Of::kInput);
  Paths paths;
  std::set<std::string> seen;
  const std::vector<OptionValue>& uids = launch.values.of("uid");
  const std::string uid = uids.empty() ? "" : uids.back().text;
  for (const StageDescription* stage : launch.stages)
    for (const OptionDescription& option : stage->options)
      for (const OptionValue& value : launch.values.of(option.name)) {
        const HostPath one = host_path_in(option, value.text);
        if (!one.path.empty() && seen.insert(one.path).second) judge_path(one, uid, trust, paths);
      }
  if (!paths.refused.empty()) return {Verdict::kFailure, joined(paths.refused, "; "), ""};
  if (!paths.unknown.empty()) return {Verdict::kNotKnown, joined(paths.unknown, "; "), ""};
  if (paths.trusted.empty()) return {Verdict::kOk, launch.pipeline + " names no path of the host", ""};
  if (!launch.privileged)
    return {Verdict::kNotKnown,
            "only root can tell whether others may write to " + joined(paths.trusted, ", "), ""};
  return {Verdict::kOk, "nobody but root can write to " + joined(paths.trusted, ", "), ""};
}

// Jails of one uid can signal and trace each other, and write each other's files.
Outcome judge_uid(const HostCheck& check, const LaunchView& launch) {
  std::map<std::string, std::vector<std::string>> owners;
  std::vector<std::string> unknown;
  const std::vector<OptionValue>& given = launch.values.of("uid");
  if (!given.empty()) owners[given.back().text].push_back("launches with " + launch.pipeline);
  for (const KnownJail& jail : launch.jails)
    if (jail.uid)
      owners[std::to_string(*jail.uid)].push_back("jail " + jail.name);
    else
      unknown.push_back(jail.name);
  if (!given.empty() && given.back().text == "0")
    return {Verdict::kFailure, launch.pipeline + " runs programs as uid 0", ""};
  for (const auto& [uid, names] : owners)
    if (names.size() > 1)
      return {Verdict::kFailure,
              "uid " + uid + " is that of " + joined(names, ", ") + ": " + std::string(check.why), ""};
  if (!unknown.empty())
    return {Verdict::kNotKnown, "no uid can be read of the jails " + joined(unknown, ", "), ""};
  if (given.empty())
    return {Verdict::kNotKnown,
            launch.pipeline + " sets no uid: each launch gives one" +
                (launch.privileged ? ", and no two jails that exist share one" : ""),
            ""};
  if (!launch.privileged)
    return {Verdict::kNotKnown, "only root sees every jail, and whether another has uid " + given.back().text,
            ""};
  return {Verdict::kOk, "no other jail has uid " + given.back().text, ""};
}

// The last value for a name counts: "memory.max=512M" for "memory.max".
std::string last_value(const LaunchView& launch, std::string_view option, std::string_view name) {
  std::string last;
  for (const OptionValue& value : launch.values.of(option))
    if (starts_with(value.text, std::string(name) + "=")) last = value.text.substr(name.size() + 1);
  return last;
}

bool is_limit(const std::string& value) {
  return !value.empty() && value != "max" && value != "-1" && value.find("unlimited") == std::string::npos;
}

struct Setting {
  std::string_view option, name;
};

Outcome judge_limit(const HostCheck& check, const LaunchView& launch, const std::vector<Setting>& settings) {
  for (const auto& [option, name] : settings) {
    const std::string value = last_value(launch, option, name);
    if (is_limit(value))
      return {Verdict::kOk, launch.pipeline + " sets " + std::string(name) + " to " + value, ""};
  }
  return {Verdict::kWarning, launch.pipeline + " sets no limit: " + std::string(check.why), ""};
}

Outcome judge_memory(const HostCheck& check, const LaunchView& launch) {
  return judge_limit(check, launch, {{"cgroup", "memory.max"}, {"cgroup", "memory.limit_in_bytes"}});
}
Outcome judge_pids(const HostCheck& check, const LaunchView& launch) {
  return judge_limit(check, launch, {{"cgroup", "pids.max"}});
}
Outcome judge_open_files(const HostCheck& check, const LaunchView& launch) {
  const std::vector<OptionValue>& usual = launch.values.of("no-file-default");
  if (last_value(launch, "resource-limit", "no-file").empty() && !usual.empty() &&
      usual.back().text != "keep")
    return {Verdict::kOk, "a jail of " + launch.pipeline + " may have " + usual.back().text + " open files",
            ""};
  return judge_limit(check, launch, {{"resource-limit", "no-file"}});
}

struct LaunchCheck {
  HostCheck about;
  Outcome (*judge)(const HostCheck&, const LaunchView&);
};

const std::vector<LaunchCheck>& launch_checks() {
  static const std::vector<LaunchCheck> kChecks = {
      {{"launch-paths", "launch", "paths in the pipeline", nullptr,
        "chown root:root and chmod go-w each path that is named, or move what is needed below a directory of "
        "root's",
        kFirecracker},
       judge_paths},
      {{"launch-uid", "launch", "the pipeline's uid and those of all jails", nullptr,
        "give each jail a uid and gid of its own: --uid and --gid", kFirecracker, "", Verdict::kFailure,
        "they can signal and trace each other and write each other's files"},
       judge_uid},
      {{"launch-memory", "launch", "cgroup values in the pipeline", nullptr,
        "cgroup = memory.max=SIZE in [cgroup-v2], or memory.limit_in_bytes=SIZE in [cgroup-v1]", kFirecracker,
        "", Verdict::kWarning,
        "a jail can use up the host's memory, unless each launch gives --cgroup or its parent group has a "
        "limit"},
       judge_memory},
      {{"launch-pids", "launch", "cgroup values in the pipeline", nullptr,
        "cgroup = pids.max=COUNT in [cgroup-v2] or [cgroup-v1]",
        "https://docs.kernel.org/admin-guide/cgroup-v2.html", "", Verdict::kWarning,
        "a jail can use up the host's process ids, unless each launch gives --cgroup or its parent group has "
        "a limit"},
       judge_pids},
      {{"launch-open-files", "launch", "resource limits in the pipeline", nullptr,
        "add the stage limits, or resource-limit = no-file=COUNT in its section", kFirecracker, "",
        Verdict::kWarning,
        "a jail may open as many files as the caller, unless each launch gives --resource-limit"},
       judge_open_files},
  };
  return kChecks;
}

}  // namespace

std::vector<Checked> check_launch(const LaunchView& launch) {
  std::vector<Checked> all;
  for (const LaunchCheck& one : launch_checks()) all.push_back({&one.about, one.judge(one.about, launch)});
  return all;
}

}  // namespace jailrun::core::cli
