// SPDX-License-Identifier: Apache-2.0
#include "core/cli/doctor/launch_check.hpp"

#include "core/base/message.hpp"
#include "core/base/text.hpp"
#include "core/plugin/trust.hpp"

#include <map>

namespace jailrun::core::cli {
namespace {

constexpr std::string_view kFirecracker =
    "https://github.com/firecracker-microvm/firecracker/blob/main/docs/prod-host-setup.md";

bool starts_with(std::string_view text, std::string_view beginning) {
  return text.substr(0, beginning.size()) == beginning;
}

// The host path in a value, by what the option says of it: "DIR", "SOURCE:TARGET", "NAME=BASE[,WORDS]".
// Empty: none.
std::string host_path_in(const OptionDescription& option, const std::string& value) {
  size_t start = 0;
  if (starts_with(option.value_name, "NAME=BASE"))
    start = value.find('=') + 1;  // npos + 1 is 0
  else if (!starts_with(option.value_name, "FILE") && !starts_with(option.value_name, "DIR") &&
           !starts_with(option.value_name, "SOURCE"))
    return "";
  if (start >= value.size() || value[start] != '/') return "";
  return value.substr(start, value.find_first_of(":,", start) - start);
}

struct Paths {
  std::vector<std::string> trusted, refused, unknown;
};

void judge_path(const std::string& path, Trust& trust, Paths& paths) {
  struct stat now = {};
  const bool is_there = ::stat(path.c_str(), &now) == 0;
  const size_t slash = path.rfind('/');
  const auto judge = [&] {
    if (is_there && S_ISDIR(now.st_mode)) return trust.open_base(path);
    // A device or socket is opened by nobody for being looked at: who may replace it is what counts.
    if (is_there && !S_ISREG(now.st_mode)) return trust.open_base(slash == 0 ? "/" : path.substr(0, slash));
    return trust.open_file(path);
  };
  const Result<int> opened = judge();
  if (opened)
    paths.trusted.push_back(path);
  else  // without an errno it was Trust that refused
    (opened.error().error_number == 0 ? paths.refused : paths.unknown).push_back(message(opened.error()));
}

Outcome judge_paths(const HostCheck&, const LaunchView& launch) {
  Trust trust(Trust::Of::kState);
  Paths paths;
  std::map<std::string, bool> seen;
  for (const StageDescription* stage : launch.stages)
    for (const OptionDescription& option : stage->options)
      for (const OptionValue& value : launch.values.of(option.name)) {
        const std::string path = host_path_in(option, value.text);
        if (!path.empty() && seen.emplace(path, true).second) judge_path(path, trust, paths);
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
  if (!given.empty()) owners[given.back().text].push_back(launch.pipeline);
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
            launch.pipeline + " sets no uid: each launch gives one, and no two jails that exist share one",
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
        "give each jail a uid and gid of its own: --uid and --gid",
        "https://github.com/firecracker-microvm/firecracker/blob/main/docs/jailer.md", "", Verdict::kFailure,
        "they can signal and trace each other and write each other's files"},
       judge_uid},
      {{"launch-memory", "launch", "cgroup values in the pipeline", nullptr,
        "cgroup = memory.max=SIZE in [cgroup-v2], or memory.limit_in_bytes=SIZE in [cgroup-v1]", kFirecracker,
        "", Verdict::kWarning, "a jail can use up the host's memory, unless each launch gives --cgroup"},
       judge_memory},
      {{"launch-pids", "launch", "cgroup values in the pipeline", nullptr,
        "cgroup = pids.max=COUNT in [cgroup-v2] or [cgroup-v1]",
        "https://docs.kernel.org/admin-guide/cgroup-v2.html", "", Verdict::kWarning,
        "a jail can use up the host's process ids, unless each launch gives --cgroup"},
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
