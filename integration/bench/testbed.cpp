// SPDX-License-Identifier: Apache-2.0
#include "integration/bench/testbed.hpp"

#include "integration/bench/timed_launch.hpp"
#include "integration/support/cgroups.hpp"
#include "integration/support/files.hpp"
#include "integration/support/stage.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration::bench {
namespace {

constexpr const char* kId = "bench";
constexpr const char* kUser = "1234";
constexpr const char* kGroup = "4321";

std::string cpuset() { return v1_mount("cpuset"); }

Strings cpuset_values() {
  Strings values;
  for (const std::string file : {"cpuset.cpus", "cpuset.mems"}) {
    std::string value = read_file(cpuset() + "/" + file);
    values.push_back(file + "=" + value.substr(0, value.find('\n')));
  }
  return values;
}

void append(Strings& words, const Strings& more) { words.insert(words.end(), more.begin(), more.end()); }

}  // namespace

Testbed::Testbed(std::string base, const std::string& program)
    : base_(std::move(base)), program_(program.empty() ? test_file("first") : program) {
  std::filesystem::create_directories(base_);
  chmod(base_.c_str(), 0755);
}

Strings Testbed::jailrun_words(const std::string& id, const Strings& options,
                               const std::string& pipeline_file) const {
  Strings words = {runner(), "--pipeline", pipeline_file.empty() ? pipeline("default.conf") : pipeline_file,
                   "--id",   id,           "--exec-file",
                   program_, "--uid",      kUser,
                   "--gid",  kGroup,       "--chroot-base-dir",
                   base_};
  append(words, options);
  words.emplace_back("--");
  return words;
}

Strings Testbed::floor_words(const std::string& id, const Strings& flags) const {
  Strings words = {test_file("floor"), "--base", base_, "--id",  id,    "--exec",
                   program_,           "--uid",  kUser, "--gid", kGroup};
  append(words, flags);
  // As many arguments as the jailer's program gets.
  append(words,
         {"--", "--id", id, "--start-time-us", "0", "--start-time-cpu-us", "0", "--parent-cpu-time-us", "0"});
  return words;
}

void Testbed::remove(const std::string& id) const {
  run_quietly({runner(), "rm", "--chroot-base-dir", base_, "first/" + id});
}

void Testbed::wipe(const std::string& id) const {
  std::filesystem::remove_all(base_ + "/first/" + id);
  rmdir((base_ + "/first").c_str());
  for (const std::string& hierarchy : {cpuset(), v2_mount()})
    if (!hierarchy.empty() && exists(hierarchy + "/first")) remove_group_tree(hierarchy + "/first");
}

Contender Testbed::jailrun(const std::string& name, const Strings& options,
                           const std::string& pipeline_file) const {
  const Strings words = jailrun_words(kId, options, pipeline_file);
  // There the program is not our child, and `rm` must not come before it exits.
  const bool orphans = std::find(words.begin(), words.end(), "--new-pid-ns") != words.end();
  return {name, [words, orphans] { return time_to_program(words, orphans); }, [] {}, [this] { remove(kId); }};
}

Contender Testbed::floor(const std::string& name, const Strings& flags) const {
  const Strings words = floor_words(kId, flags);
  const bool orphans = std::find(words.begin(), words.end(), "--v2") != words.end() ||
                       std::find(words.begin(), words.end(), "--pid-ns") != words.end();
  return {name, [words, orphans] { return time_to_program(words, orphans); }, [] {}, [this] { wipe(kId); }};
}

std::string program_of(const std::string& directory, size_t bytes) {
  std::filesystem::create_directories(directory);
  std::string content = read_file(test_file("first"));
  content.resize(bytes, 'x');
  write_file(directory + "/first", content);
  chmod((directory + "/first").c_str(), 0755);
  return directory + "/first";
}

Tmpfs::Tmpfs(std::string directory) : path_(std::move(directory)) {
  std::filesystem::create_directories(path_);
  if (mount("tmpfs", path_.c_str(), "tmpfs", MS_NOSUID, "mode=0755") != 0)
    throw std::runtime_error("can't mount a tmpfs at " + path_ + ": " + std::strerror(errno));
}

Tmpfs::~Tmpfs() { umount2(path_.c_str(), MNT_DETACH); }

Contender alone(const std::string& name) {
  const Strings words = {test_file("first")};
  return {name, [words] { return time_to_program(words); }};
}

Strings cgroup_options() {
  Strings options;
  for (const std::string& value : cpuset_values()) append(options, {"--cgroup", value});
  return options;
}

Strings cgroup_flags(const std::string& join) {
  Strings flags = {"--cgroup", cpuset(), "--join", join};
  for (const std::string& value : cpuset_values()) append(flags, {"--value", value});
  return flags;
}

}  // namespace jailrun::integration::bench
