// SPDX-License-Identifier: Apache-2.0
// What Firecracker reads from the host's sysfs on aarch64: the CPU's caches and its identification.
#include "../common/folders.hpp"
#include "../common/host_text.hpp"
#include "../common/paths.hpp"

#include <jailrun/stage.hpp>

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
                 "which means yes on aarch64")
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

// A file of sysfs, with a newline at its end as there; an error if it can't be read.
Result<std::string> read_attribute(const std::string& path) {
  constexpr size_t kLargest = 64UL * 1024;
  JR_ASSIGN(std::string text, jailrun_stages::read_file(path, kLargest));
  if (text.empty() || text.back() != '\n') text += '\n';
  return text;
}

class Aarch64Cpu final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    const std::string word = context.option("cpu-information");
    if (word != "auto" && word != "yes" && word != "no")
      return jailrun::input_error(context.origin("cpu-information") + ": '" + word +
                                  "' is not one of auto, yes, no");
    is_wanted_ = word == "yes" || (word == "auto" && kIsAarch64);
    sysfs_ = context.option("sysfs");
    if (!jailrun_stages::is_absolute(sysfs_))
      return jailrun::input_error(context.origin("sysfs") + ": '" + sysfs_ + "' is not an absolute path");
    return {};
  }

  Result<void> plan(Plan& plan) override {
    if (!is_wanted_) return {};
    jailrun_stages::Folders folders(plan);  // root's, as in sysfs: nobody in the jail adds to them
    plan_caches(plan, folders);
    const std::string midr = std::string(kCpu) + "/regs/identification/midr_el1";
    Result<std::string> content = read_attribute(sysfs_ + midr);
    if (!content) return std::move(content).error().within(plan.origin("cpu-information"));
    plan_file(plan, folders, midr, content.value());
    return {};
  }

  // Hosts differ in the files that a cache has, and Firecracker needs few of them.
  void plan_caches(Plan& plan, jailrun_stages::Folders& folders) const {
    const std::string caches = std::string(kCpu) + "/cache";
    folders.above("/sys" + caches + "/");
    for (int index = 0; index < kCaches; ++index) {
      const std::string cache = caches + "/index" + std::to_string(index);
      if (access((sysfs_ + cache).c_str(), F_OK) != 0) break;
      folders.above("/sys" + cache + "/");
      for (const char* name : kOfCache) {
        const std::string path = cache + "/" + name;
        const Result<std::string> content = read_attribute(sysfs_ + path);
        if (content) plan_file(plan, folders, path, content.value());
      }
    }
  }

  static void plan_file(Plan& plan, jailrun_stages::Folders& folders, const std::string& path,
                        const std::string& content) {
    folders.above("/sys" + path);
    plan.write("/sys" + path, content, 0644, plan.user());
  }

  bool is_wanted_ = false;
  std::string sysfs_;
};

}  // namespace

JAILRUN_STAGE(Aarch64Cpu, jailrun::Descriptor("aarch64-cpu", "1.0.0", "shows the program its CPU, on aarch64")
                              .options(kOptions)
                              .consumes(kConsumes)
                              .capability(CAP_CHOWN))
