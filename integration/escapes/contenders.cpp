// SPDX-License-Identifier: Apache-2.0
#include "integration/escapes/contenders.hpp"

#include "integration/support/files.hpp"
#include "integration/support/stage.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration::escapes {
namespace {

constexpr const char* kName = "escape-probe";

// What a pipeline can't do without.
Strings needs_of(const std::string& pipeline_file, const std::string& directory) {
  if (pipeline_file == "overlay.conf") return {"--overlay-lower", directory + "/lower"};
  const Strings bound = {"--bind", directory + "/lower:/shared:ro,nosuid"};
  if (pipeline_file == "qemu.conf") return bound;
  // Its rule for a loader is for one that is bound, too.
  if (pipeline_file == "qemu-hardened.conf") return {bound[0], bound[1], "--execute", "/shared"};
  return {};
}

// How supervised jails have exited, which the runner notes.
const std::string kReports = "/run/jailrun/exited";
std::string reports() { return exists(kReports) ? list(kReports) : ""; }
void remove_reports_but(const std::string& before) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(kReports, ignored))
    if (before.find(" " + entry.path().filename().string() + " ") == std::string::npos)
      std::filesystem::remove(entry.path());
}

// What an ordinary user's jails need: a place for them, and for the index; with root's set-user-ID file
// bound, as nothing in a jail is root's.
Verdicts run_in_users_jail(const HostSide& host, const std::string& directory,
                           const std::string& pipeline_file) {
  for (const char* name : {"", "/users", "/run", "/lower"}) {
    std::filesystem::create_directories(directory + name);
    if (name != std::string("") && name != std::string("/lower") &&
        (chmod((directory + name).c_str(), 0700) != 0 || chown((directory + name).c_str(), kUid, kGid) != 0))
      throw std::runtime_error("can't give away " + directory + name);
  }
  host.put_setuid_file(directory + "/lower/setuid");
  Strings argv = {runner(),
                  "--supervise",
                  "--pipeline",
                  pipeline(pipeline_file),
                  "--id",
                  "jail",
                  "--exec-file",
                  test_file(kName),
                  "--uid",
                  std::to_string(kUid),
                  "--gid",
                  std::to_string(kGid),
                  "--chroot-base-dir",
                  directory + "/users",
                  "--bind",
                  directory + "/lower/setuid:/setuid:ro",
                  "--"};
  for (const std::string& word : host.words(std::string("/") + kName, "/setuid")) argv.push_back(word);
  Command command = host.furnished(argv, Caller::kUser);
  command.environment.push_back("XDG_RUNTIME_DIR=" + directory + "/run");
  const Outcome outcome = run(command);
  for (const char* name : {"/users", "/run", "/lower"}) std::filesystem::remove_all(directory + name);
  return verdicts_of(outcome);
}

Verdicts run_in_jail(const HostSide& host, const std::string& directory, const std::string& pipeline_file) {
  if (pipeline_file == "rootless.conf") return run_in_users_jail(host, directory, pipeline_file);
  const std::string base = directory + "/jails";
  const std::string root = base + "/" + kName + "/jail/root";
  const bool can_be_filled = pipeline_file != "overlay.conf" && pipeline_file != "tmpfs.conf";
  std::filesystem::create_directories(can_be_filled ? root : base);
  std::filesystem::create_directories(directory + "/lower");
  host.put_setuid_file(can_be_filled ? root + "/setuid" : directory + "/lower/setuid");
  Strings argv = {runner(),
                  "--supervise",
                  "--pipeline",
                  pipeline(pipeline_file),
                  "--id",
                  "jail",
                  "--exec-file",
                  test_file(kName),
                  "--uid",
                  std::to_string(kUid),
                  "--gid",
                  std::to_string(kGid),
                  "--chroot-base-dir",
                  base};
  for (const std::string& word : needs_of(pipeline_file, directory)) argv.push_back(word);
  argv.emplace_back("--");
  for (const std::string& word : host.words(std::string("/") + kName, "/setuid")) argv.push_back(word);
  const std::string reports_before = " " + reports() + " ";
  const Outcome outcome = run(host.furnished(argv, Caller::kRoot));
  (void)run({runner(), "rm", "--force", "--chroot-base-dir", base, "jail"});
  remove_reports_but(reports_before);
  std::filesystem::remove_all(base);
  std::filesystem::remove_all(directory + "/lower");
  return verdicts_of(outcome);
}

}  // namespace

Verdicts verdicts_of(const Outcome& outcome) {
  Verdicts verdicts;
  bool has_ended = false;
  for (const std::string& line : outcome.out_lines()) {
    std::istringstream words(line);
    std::string name;
    std::string verdict;
    words >> name >> verdict;
    std::string detail;
    std::getline(words >> std::ws, detail);
    has_ended = name == "end";
    if (verdict == "reached" || verdict == "blocked") verdicts[name] = {verdict == "reached", detail};
  }
  if (!has_ended) throw std::runtime_error("the probe did not run to its end: " + outcome.text());
  return verdicts;
}

Contender unjailed(const HostSide& host, Caller caller) {
  return {caller == Caller::kRoot ? "root" : "user", [&host, caller] {
            const std::string program = test_file(kName);
            const std::string setuid_file = "/dev/shm/jailrun-escape-setuid";
            host.put_setuid_file(setuid_file);
            Strings argv = {program};
            for (const std::string& word : host.words(program, setuid_file)) argv.push_back(word);
            const Outcome outcome = run(host.furnished(argv, caller));
            std::filesystem::remove(setuid_file);
            return verdicts_of(outcome);
          }};
}

Contender jailed(const HostSide& host, const std::string& directory, const std::string& pipeline_file) {
  return {pipeline_file,
          [&host, directory, pipeline_file] { return run_in_jail(host, directory, pipeline_file); }};
}

Strings shipped_pipelines() {
  Strings all;
  for (const auto& entry : std::filesystem::directory_iterator(stage() + "/share/jailrun/pipelines"))
    all.push_back(entry.path().filename().string());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace jailrun::integration::escapes
