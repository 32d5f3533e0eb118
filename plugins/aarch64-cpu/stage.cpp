// SPDX-License-Identifier: Apache-2.0
// What Firecracker reads of the host's sysfs on aarch64: the CPU's caches and its identification.
#include <jailrun/stage.hpp>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <linux/capability.h>
#include <unistd.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("cpu-information", "WORD",
                 "copy the CPU's cache and midr_el1 information from sysfs into the jail: yes, no, or auto, "
                 "which is yes on aarch64")
        .defaults_to("auto"),
    Option::text("sysfs", "DIR", "where sysfs is mounted").defaults_to("/sys")};
constexpr Fact kConsumes[] = {Fact::text("jail.root"), Fact::number("jail.uid"), Fact::number("jail.gid")};

#ifdef __aarch64__
constexpr bool kIsAarch64 = true;
#else
constexpr bool kIsAarch64 = false;
#endif

constexpr const char* kCpu = "/devices/system/cpu/cpu0";
constexpr int kCaches = 8;  // an aarch64 CPU names no more than seven levels, in CLIDR_EL1
constexpr const char* kOfCache[] = {"size",          "level", "type", "shared_cpu_map", "coherency_line_size",
                                    "number_of_sets"};

// A file of sysfs, ended by a newline as there; an error where it can't be read.
Result<std::string> read_attribute(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return jailrun::system_error(errno, path);
  std::string text;
  char part[4096];
  ssize_t size = 0;
  while ((size = read(fd, part, sizeof part)) > 0) text.append(part, static_cast<size_t>(size));
  const int error_number = errno;
  close(fd);
  if (size < 0) return jailrun::system_error(error_number, path);
  if (text.empty() || text.back() != '\n') text += '\n';
  return text;
}

class Aarch64Cpu final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    const std::string word = context.option("cpu-information");
    if (word != "auto" && word != "yes" && word != "no")
      return jailrun::input_error(context.origin("cpu-information") + ": '" + word +
                                  "' is none of auto, yes, no");
    is_wanted_ = word == "yes" || (word == "auto" && kIsAarch64);
    sysfs_ = context.option("sysfs");
    if (sysfs_.compare(0, 1, "/") != 0)
      return jailrun::input_error(context.origin("sysfs") + ": '" + sysfs_ + "' is no absolute path");
    return {};
  }

  Result<void> plan(Plan& plan) override {
    if (!is_wanted_) return {};
    folders_.clear();
    plan_caches(plan);
    const std::string midr = std::string(kCpu) + "/regs/identification/midr_el1";
    Result<std::string> content = read_attribute(sysfs_ + midr);
    if (!content) return std::move(content).error().within(plan.origin("cpu-information"));
    plan_file(plan, midr, content.value());
    return {};
  }

  // Which of a cache's files there are differs between hosts, and Firecracker does without most of them.
  void plan_caches(Plan& plan) {
    const std::string caches = std::string(kCpu) + "/cache";
    plan_folders(plan, caches + "/");
    for (int index = 0; index < kCaches; ++index) {
      const std::string cache = caches + "/index" + std::to_string(index);
      if (access((sysfs_ + cache).c_str(), F_OK) != 0) break;
      plan_folders(plan, cache + "/");
      for (const char* name : kOfCache) {
        const std::string path = cache + "/" + name;
        const Result<std::string> content = read_attribute(sysfs_ + path);
        if (content) plan_file(plan, path, content.value());
      }
    }
  }

  void plan_file(Plan& plan, const std::string& path, const std::string& content) {
    plan_folders(plan, path);
    plan.write("/sys" + path, content, 0644, plan.user());
  }

  // Root's, as in sysfs: nobody in the jail adds to them.
  void plan_folders(Plan& plan, const std::string& path) {
    for (size_t slash = 0; slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const std::string folder = "/sys" + path.substr(0, slash);
      if (std::find(folders_.begin(), folders_.end(), folder) != folders_.end()) continue;
      folders_.push_back(folder);
      plan.directory(folder, 0755, {0, 0});
    }
  }

  bool is_wanted_ = false;
  std::string sysfs_;
  std::vector<std::string> folders_;  // planned already
};

}  // namespace

JAILRUN_STAGE(Aarch64Cpu, jailrun::Descriptor("aarch64-cpu", "1.0.0", "shows the program its CPU, on aarch64")
                              .options(kOptions)
                              .consumes(kConsumes)
                              .capability(CAP_CHOWN))
